// SPDX-License-Identifier: LGPL-2.1-or-later

// Buffers: from the sink pad through the engine to the source pads.
#include <algorithm>
#include <stdexcept>
#include <utility>

#include "common/video_format.h"
#include "rpcasplit/debug.h"
#include "rpcasplit/metadata.h"
#include "rpcasplit/state.h"

namespace gst_lowrank {

namespace {

guint64 now_ns() {
  return static_cast<guint64>(gst_util_get_timestamp());
}

// What outlives the input buffer: its metadata, and none of its memory. Upstream's pool would run
// dry if a window held the buffers themselves.
BufferPtr shell_of(GstBuffer* buffer) {
  BufferPtr shell(gst_buffer_new());
  copy_metadata(buffer, shell.get());
  return shell;
}

}  // namespace

GstFlowReturn State::chain(BufferPtr buffer) {
  if (cancelled_)
    return GST_FLOW_FLUSHING;
  if (!stream_) {
    GST_ERROR_OBJECT(pads_.sink, "buffer without caps");
    return GST_FLOW_NOT_NEGOTIATED;
  }
  if (!any_linked())
    return GST_FLOW_NOT_LINKED;
  sync_controlled(buffer.get());
  if (const GstFlowReturn flow = apply_settings(buffer.get()); flow != GST_FLOW_OK)
    return flow;
  return process(std::move(buffer));
}

GstFlowReturn State::process(BufferPtr buffer) {
  const guint64 started = now_ns();
  downstream_ns_ = 0;
  // Online, the engine reads the input until it is pulled: it stays mapped until all is sent.
  MappedFrame input(buffer.get(), stream_->input, GST_MAP_READ);
  const lowrank::ImageView image = working_image(*input);
  BufferPtr shell = shell_of(buffer.get());
  {
    const auto lock = models_.use();
    give_hints(buffer.get());
    engine_.push(image);
  }
  pending_.emplace_back(std::move(shell));
  const GstFlowReturn flow = deliver(buffer.get());
  counted_.busy_ns += now_ns() - started - downstream_ns_;
  publish_figures();
  return flow;
}

lowrank::ImageView State::working_image(GstVideoFrame& input) {
  if (!input_converter_)
    return image_of(input, stream_->format);
  input_converter_->convert(input, **input_scratch_);
  return image_of(**input_scratch_, stream_->format);
}

/// Sends everything that the engine has ready, until a pad refuses a frame. `input` is the frame
/// that has just been pushed, if any.
GstFlowReturn State::deliver(GstBuffer* input) {
  GstFlowReturn flow = GST_FLOW_OK;
  lowrank::Separation result;
  while (flow == GST_FLOW_OK && !cancelled_ && engine_.pull(result))
    flow = deliver_one(result, engine_.delay() == 0 ? input : nullptr, Recipients::all);
  return close_delivery(flow);
}

/// The same of what is held back. Upstream may never see the answer, as an event has none: what one
/// pad refuses, those that take frames still get.
GstFlowReturn State::deliver_rest() {
  GstFlowReturn flow = GST_FLOW_OK;
  lowrank::Separation result;
  while (!cancelled_ && (flow == GST_FLOW_OK || any_willing()) && engine_.pull(result)) {
    const bool refused = flow != GST_FLOW_OK;
    const GstFlowReturn answer =
        deliver_one(result, nullptr, refused ? Recipients::willing : Recipients::all);
    flow = refused ? flow : answer;
  }
  return close_delivery(flow);
}

GstFlowReturn State::close_delivery(GstFlowReturn flow) {
  if (cancelled_)
    flow = GST_FLOW_FLUSHING;
  if (flow != GST_FLOW_OK)
    abandon_frames();
  return flow;
}

GstFlowReturn State::deliver_one(const lowrank::Separation& result, GstBuffer* input,
                                 Recipients recipients) {
  send_leading_events();
  const BufferPtr shell = take_shell();
  const Settings wanted = with_live_settings(running_, settings());
  std::array<BufferPtr, 3> buffers;
  std::array<GstFlowReturn, 3> flows;
  for (std::size_t i = 0; i < outputs_.size(); i++) {
    flows[i] = GST_FLOW_NOT_LINKED;
    if (recipients == Recipients::willing && !outputs_[i].willing())
      flows[i] = gst_pad_get_last_flow_return(outputs_[i].pad());
    else if (gst_pad_is_linked(outputs_[i].pad()))
      flows[i] = outputs_[i].prepare(*stream_, wanted);
    if (flows[i] == GST_FLOW_OK && !leaves_out(outputs_[i], wanted, shell.get()))
      flows[i] = outputs_[i].render(wanted, result, shell.get(), input, buffers[i]);
  }
  counted_.frames++;
  if (!wanted.plate_location.empty())
    plate_file_.keep(result.background, stream_->work, stream_->format);
  report_regions(wanted, result, shell.get(), buffers);
  const guint64 rendered = now_ns();
  GstFlowReturn combined = GST_FLOW_OK;
  for (std::size_t i = 0; i < outputs_.size(); i++) {
    GstPad* pad = outputs_[i].pad();
    if (flows[i] == GST_FLOW_OK)
      flows[i] =
          buffers[i] ? outputs_[i].push(std::move(buffers[i])) : outputs_[i].push_gap(shell.get());
    combined = gst_flow_combiner_update_pad_flow(pads_.combiner, pad, flows[i]);
  }
  downstream_ns_ += now_ns() - rendered;
  return combined;
}

/// Whether the frame comes too late for the sink of `output`; if so, says it on the bus.
bool State::leaves_out(Output& output, const Settings& wanted, GstBuffer* shell) {
  const FrameTimes times(shell, segment_);
  const GstVideoInfo& info = stream_->input;
  const GstClockTime length =
      info.fps_n > 0 ? gst_util_uint64_scale_int(GST_SECOND, info.fps_d, info.fps_n) : 0;
  if (!wanted.qos)
    output.lateness().forget();
  if (!output.lateness().skips(times, length))
    return false;
  counted_.dropped++;
  GST_DEBUG_OBJECT(output.pad(), "late, frame of %" GST_TIME_FORMAT " left out",
                   GST_TIME_ARGS(times.timestamp));
  gst_element_post_message(pads_.element, output.lateness().message(output.pad(), times));
  return true;
}

/// Tells the engine what up- and downstream say of this frame.
void State::give_hints(GstBuffer* buffer) {
  std::vector<lowrank::Rectangle> hints =
      hints_.of_downstream(FrameTimes(buffer, segment_).stream_time);
  if (running_.roi_hints)
    add_region_hints(buffer, hints);
  if (!hints.empty())
    engine_.set_foreground_hints(hints);
}

/// Says what the mask holds, on the bus and on the buffers.
void State::report_regions(const Settings& wanted, lowrank::Separation result, GstBuffer* shell,
                           std::array<BufferPtr, 3>& buffers) {
  if (wanted.max_regions > 0)
    result.regions =
        result.regions.first(std::min(result.regions.size(), std::size_t{wanted.max_regions}));
  if (wanted.roi_meta) {
    for (const BufferPtr& buffer : buffers) {
      if (!buffer)
        continue;
      add_region_metas(result, buffer.get());
#ifdef HAVE_GST_ANALYTICS
      add_analytics(result, buffer.get());
#endif
    }
  }
  if (!wanted.post_messages) {
    region_messages_.skip(engine_.stats());
    return;
  }
  gst_element_post_message(pads_.element, region_messages_.message(FrameTimes(shell, segment_),
                                                                   result, engine_.stats()));
}

/// Separates and sends what is held back, and the events behind it.
GstFlowReturn State::drain() {
  GstFlowReturn flow = GST_FLOW_OK;
  if (configured_ && !pending_.empty()) {
    const guint64 started = now_ns();
    downstream_ns_ = 0;
    engine_.drain();
    flow = deliver_rest();
    counted_.busy_ns += now_ns() - started - downstream_ns_;
    publish_figures();
  }
  send_leading_events();
  return flow;
}

/// Brings the engine up to date with properties and action signals.
GstFlowReturn State::apply_settings(GstBuffer* buffer) {
  Settings wanted = settings();
  region_mask_.follow(wanted.region_mask);
  if (!configured_ || needs_configure(running_, wanted)) {
    reset_requested_ = false;
    if (const GstFlowReturn flow = drain(); flow != GST_FLOW_OK)
      return flow;
    return configure(wanted, buffer);
  }
  if (reset_requested_.exchange(false)) {
    if (const GstFlowReturn flow = drain(); flow != GST_FLOW_OK)
      return flow;
    GST_DEBUG_OBJECT(pads_.element, "model dropped");
    const auto lock = models_.use();
    engine_.reset();
  }
  models_.apply();
  if (has_learned(buffer, wanted.learn_time))
    wanted.options.update = lowrank::Update::frozen;
  const Settings live = with_live_settings(running_, wanted);
  if (live.engine_options() != running_.engine_options()) {
    const auto lock = models_.use();
    engine_.set_options(live.engine_options());
  }
  running_ = live;
  region_mask_.give(engine_, stream_->format, false);
  return GST_FLOW_OK;
}

/// Counts the frame, and says whether those before have filled the time that is for learning.
bool State::has_learned(GstBuffer* buffer, GstClockTime learn_time) {
  if (const guint64 resets = engine_.stats().resets; resets != known_resets_) {
    known_resets_ = resets;
    learn_clock_.restart();
  }
  GstClockTime running = GST_CLOCK_TIME_NONE;
  if (segment_.format == GST_FORMAT_TIME)
    running = gst_segment_to_running_time(&segment_, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
  GstClockTime duration = GST_BUFFER_DURATION(buffer);
  if (!GST_CLOCK_TIME_IS_VALID(duration))
    duration = frame_duration(stream_->input);
  learn_clock_.frame(running, duration);
  return learn_time > 0 && learn_clock_.elapsed() >= learn_time;
}

GstFlowReturn State::configure(const Settings& wanted, GstBuffer* buffer) {
  configured_ = false;
  // Another method may take fewer bits.
  if (nearest_native(*stream_->input.finfo, !wanted.windowed()) !=
      GST_VIDEO_INFO_FORMAT(&stream_->work)) {
    plan_work(*stream_, wanted);
    for (Output& output : outputs_)
      output.invalidate();
  }
  running_ = wanted;
  running_.options.interlaced = stream_->interlaced();
  models_.close();
  engine_.configure(stream_->format, running_.engine_options());
  configured_ = true;
  if (!running_.windowed()) {
    models_.open();
    if (std::exchange(model_expected_, false))
      models_.apply_at_start(running_.model_location);
  }
  models_.apply();
  learn_clock_.restart();
  known_resets_ = 0;
  has_learned(buffer, running_.learn_time);
  region_mask_.give(engine_, stream_->format, true);
  update_latency(engine_.delay());
  if (engine_.delay() == lowrank::BackgroundEngine::unbounded_delay)
    warn_if_live();
  return GST_FLOW_OK;
}

/// The metadata of the oldest frame in the engine.
BufferPtr State::take_shell() {
  if (pending_.empty() || !std::holds_alternative<BufferPtr>(pending_.front()))
    throw std::logic_error("the engine gave more frames than it was given");
  BufferPtr shell = std::get<BufferPtr>(std::move(pending_.front()));
  pending_.pop_front();
  return shell;
}

/// Sends the events at the head of the queue, up to the next frame.
void State::send_leading_events() {
  while (!pending_.empty() && std::holds_alternative<EventPtr>(pending_.front())) {
    EventPtr event = std::get<EventPtr>(std::move(pending_.front()));
    pending_.pop_front();
    forward(std::move(event));
  }
}

/// Drops the frames in the engine and keeps the events that were queued behind them.
void State::abandon_frames() {
  if (configured_)
    engine_.flush();
  std::erase_if(pending_, [](const Pending& p) { return std::holds_alternative<BufferPtr>(p); });
}

bool State::any_linked() const {
  return std::any_of(outputs_.begin(), outputs_.end(),
                     [](const Output& output) { return gst_pad_is_linked(output.pad()); });
}

bool State::any_willing() const {
  return std::any_of(outputs_.begin(), outputs_.end(),
                     [](const Output& output) { return output.willing(); });
}

void State::sync_controlled(GstBuffer* buffer) {
  if (segment_.format != GST_FORMAT_TIME)
    return;
  const GstClockTime time =
      gst_segment_to_stream_time(&segment_, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
  if (GST_CLOCK_TIME_IS_VALID(time))
    gst_object_sync_values(GST_OBJECT(pads_.element), time);
}

}  // namespace gst_lowrank
