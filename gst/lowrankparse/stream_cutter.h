// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/base/gstbaseparse.h>

#include <atomic>
#include <optional>
#include <vector>

#include "common/gst_ptr.h"
#include "lowrank/codec.h"
#include "lowrankparse/file_scan.h"
#include "lowrankparse/timeline.h"

namespace gst_lowrank {

/// Everything behind the element lowrankparse, in ordinary C++.
///
/// The base class hands out the bytes ahead again and again until they are taken; a PacketParser
/// gets each once, and says where in them pictures are.
///
/// Threads: members under "any thread" may be called at any time. Everything else runs under the
/// stream lock of the sink pad, or in a state change while the pads are inactive. The object lock
/// of the element guards limits_.
class StreamCutter {
 public:
  explicit StreamCutter(GstBaseParse* element);

  // Any thread.
  lowrank::CodecLimits limits() const;
  template <typename Change>
  void change_limits(Change&& change) {
    const ObjectLocker locker(element_);
    change(limits_);
  }
  /// The seek to be done for `event`, which is to be sent on: to a key whose place is known.
  EventPtr prepare_seek(EventPtr event);

  // Streaming thread, and state changes.
  void start();
  void stop();
  bool set_caps(GstCaps* caps);
  void segment_changed(const GstSegment& segment);
  void flushed();
  GstFlowReturn handle_frame(GstBaseParseFrame* frame, gint* skip);
  void before_push(GstBaseParseFrame* frame);
  /// What is to be sent in place of a segment event.
  EventPtr outgoing_segment(GstEvent* event) const;

 private:
  struct Verdict {
    std::uint64_t take = 0;  // bytes
    bool picture = false;    // they are pending_, or nothing
  };

  void restart(std::uint64_t position);
  Verdict look(GstBaseParseFrame& frame);
  void report(const lowrank::StreamError& error);
  GstFlowReturn pass_over(GstBaseParseFrame* frame, std::uint64_t bytes, gint* skip);
  GstFlowReturn send(GstBaseParseFrame* frame);
  void announce(const lowrank::ParsedPicture& picture);
  void stamp(GstBuffer* buffer, const lowrank::ParsedPicture& picture);
  void begin_at(GstClockTime time);
  void update_duration();
  bool reads_freely() const;

  GstBaseParse* const element_;

  lowrank::CodecLimits limits_;
  FileScan file_;

  std::optional<lowrank::PacketParser> parser_;  // from start to stop
  std::uint64_t origin_ = 0;  // positions of the base class: of the parser's first byte,
  std::uint64_t fed_ = 0;     // behind its last one,
  std::uint64_t next_ = 0;    // and behind what was taken
  std::optional<lowrank::ParsedPicture> pending_;
  std::optional<lowrank::StreamInfo> announced_;
  std::vector<std::uint8_t> sequence_;  // of what was announced
  Timeline timeline_;
  bool in_time_ = false;  // upstream's segment is in time, and so are its buffers
  bool sent_any_ = false;
  bool gap_ = false;                         // something was left out
  GstClockTime time_ = GST_CLOCK_TIME_NONE;  // of the picture being sent
  std::optional<FileScan::End> file_end_;    // once it was looked for
  std::uint64_t file_end_shift_ = 0;         // what was added to it
  std::atomic<bool> reads_freely_{false};
  std::atomic<GstClockTime> first_time_{GST_CLOCK_TIME_NONE};
};

}  // namespace gst_lowrank
