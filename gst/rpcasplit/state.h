// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/base/base.h>
#include <gst/video/video.h>

#include <array>
#include <atomic>
#include <deque>
#include <optional>
#include <variant>

#include "common/gst_ptr.h"
#include "common/mapped_frame.h"
#include "lowrank/background.h"
#include "rpcasplit/hints.h"
#include "rpcasplit/learn_clock.h"
#include "rpcasplit/model_store.h"
#include "rpcasplit/output.h"
#include "rpcasplit/plate_file.h"
#include "rpcasplit/progress.h"
#include "rpcasplit/region_mask.h"
#include "rpcasplit/region_report.h"
#include "rpcasplit/settings.h"

namespace gst_lowrank {

/// The pads that State works on; the element owns them.
struct Pads {
  GstElement* element;
  GstPad* sink;
  GstPad* foreground;
  GstPad* background;
  GstPad* mask;
  GstFlowCombiner* combiner;
};

/// Figures behind the property `stats`.
struct Figures {
  guint64 frames = 0;
  guint64 busy_ns = 0;  ///< time spent on them, that of downstream elements not counted
  guint64 dropped = 0;  ///< left out by source pads that were late
  lowrank::BackgroundStats engine;
};

/// Everything behind the element rpcasplit, in ordinary C++.
///
/// Threads: members under "any thread" may be called at any time. Everything else runs under the
/// stream lock of the sink pad, or in a state change while the pads are inactive. The object lock
/// of the element guards settings_, figures_ and the last seek, and nothing is pushed, posted or
/// computed under it. The engine asks and reports on threads of its own as well.
class State {
 public:
  explicit State(const Pads& pads);

  // Any thread.
  Settings settings() const;
  template <typename Change>
  void change_settings(Change&& change) {
    const ObjectLocker locker(pads_.element);
    change(settings_);
  }
  Figures figures() const;
  void request_reset() { reset_requested_ = true; }
  /// Ends a factorization that is under way and the waiting for buffers, and refuses frames until
  /// start(), whatever flushes there are.
  void prepare_stop();
  void save_model() { models_.save(settings().model_location); }
  /// Before the next frame.
  void load_model() { models_.load(settings().model_location); }
  /// Called with the pad locked.
  void unlinked(GstPad* pad) {
    for (Output& output : outputs_)
      if (output.pad() == pad)
        output.unlinked();
  }
  bool source_event(GstPad* pad, EventPtr event);
  bool source_query(GstPad* pad, GstQuery* query);
  bool sink_query(GstQuery* query);

  // Streaming thread, and state changes.
  GstFlowReturn chain(BufferPtr buffer);
  bool sink_event(EventPtr event);
  void start();
  /// Once no more frames come, before stop().
  void save_at_end();
  void stop();

 private:
  using Pending = std::variant<BufferPtr, EventPtr>;
  enum class Recipients { all, willing };

  void connect_engine();
  void set_cancelled(bool cancelled);

  // streaming.cpp
  GstFlowReturn process(BufferPtr buffer);
  GstFlowReturn deliver(GstBuffer* input);
  GstFlowReturn deliver_rest();
  GstFlowReturn deliver_one(const lowrank::Separation& result, GstBuffer* input,
                            Recipients recipients);
  GstFlowReturn close_delivery(GstFlowReturn flow);
  GstFlowReturn drain();
  GstFlowReturn apply_settings(GstBuffer* buffer);
  GstFlowReturn configure(const Settings& wanted, GstBuffer* buffer);
  bool has_learned(GstBuffer* buffer, GstClockTime learn_time);
  lowrank::ImageView working_image(GstVideoFrame& input);
  void give_hints(GstBuffer* buffer);
  void report_regions(const Settings& wanted, lowrank::Separation result, GstBuffer* shell,
                      std::array<BufferPtr, 3>& buffers);
  BufferPtr take_shell();
  bool leaves_out(Output& output, const Settings& wanted, GstBuffer* shell);
  void send_leading_events();
  void abandon_frames();
  bool any_linked() const;
  bool any_willing() const;
  void sync_controlled(GstBuffer* buffer);
  void publish_figures();

  // events.cpp
  bool forward(EventPtr event);
  bool queue_or_forward(EventPtr event);
  bool forward_stream_start(EventPtr event);
  bool set_caps(EventPtr event);
  bool set_segment(EventPtr event);
  bool finish(EventPtr event);
  void after_flush();
  void plan_work(Stream& stream, const Settings& wanted);
  void negotiate_outputs();

  // queries.cpp
  bool answer_latency(GstPad* pad, GstQuery* query);
  bool answer_source_caps(GstPad* pad, GstQuery* query);
  bool answer_sink_caps(GstQuery* query);
  bool answer_allocation(GstQuery* query);
  void update_latency(int delay);
  void warn_if_live() const;

  const Pads pads_;

  Settings settings_;
  Figures figures_;
  guint32 seek_seqnum_ = GST_SEQNUM_INVALID;

  std::atomic<bool> cancelled_{false};
  std::atomic<bool> stopping_{false};  // cancelled_ until start()
  std::atomic<bool> reset_requested_{false};
  std::atomic<GstClockTime> latency_{0};  // GST_CLOCK_TIME_NONE when there is no bound

  Hints hints_;

  ProgressMessages progress_;  // before the engine, which reports to it to its end
  lowrank::BackgroundEngine engine_;
  bool configured_ = false;  // engine_ is, with running_ and for stream_->format
  Settings running_;
  ModelStore models_;
  bool model_expected_ = false;  // the file of model-location is yet to be looked for
  LearnClock learn_clock_;
  guint64 known_resets_ = 0;  // of the model, when learn_clock_ was last looked at
  RegionMask region_mask_;
  PlateFile plate_file_;
  RegionMessages region_messages_;
  std::optional<Stream> stream_;
  std::optional<ScratchFrame> input_scratch_;  // set when the engine gets another format
  std::optional<Converter> input_converter_;
  std::array<Output, 3> outputs_;
  GstSegment segment_;
  // Frames inside the engine, without their pixels, and the events that follow each.
  std::deque<Pending> pending_;
  Figures counted_;
  guint64 downstream_ns_ = 0;
};

}  // namespace gst_lowrank
