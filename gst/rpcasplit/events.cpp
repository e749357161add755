// SPDX-License-Identifier: LGPL-2.1-or-later

// Events. Serialized ones stay behind the frames that they followed.
#include "common/video_format.h"
#include "rpcasplit/debug.h"
#include "rpcasplit/state.h"

namespace gst_lowrank {

namespace {

// GStreamer's own macros mix two enums, which C++20 deprecates.
bool has_flag(const GstEvent* event, GstEventTypeFlags flag) {
  return (gst_event_type_get_flags(GST_EVENT_TYPE(event)) & flag) != 0;
}
bool is_serialized(const GstEvent* event) {
  return has_flag(event, GST_EVENT_TYPE_SERIALIZED);
}
bool is_sticky(const GstEvent* event) {
  return has_flag(event, GST_EVENT_TYPE_STICKY);
}

}  // namespace

bool State::sink_event(EventPtr event) {
  switch (GST_EVENT_TYPE(event.get())) {
    case GST_EVENT_FLUSH_START:
      set_cancelled(true);
      return forward(std::move(event));
    case GST_EVENT_FLUSH_STOP:
      after_flush();
      return forward(std::move(event));
    case GST_EVENT_STREAM_START:
      drain();
      return forward_stream_start(std::move(event));
    case GST_EVENT_CAPS:
      return set_caps(std::move(event));
    case GST_EVENT_SEGMENT:
      return set_segment(std::move(event));
    case GST_EVENT_EOS:
    case GST_EVENT_SEGMENT_DONE:
      return finish(std::move(event));
    default:
      if (is_serialized(event.get()))
        return queue_or_forward(std::move(event));
      return forward(std::move(event));
  }
}

bool State::forward(EventPtr event) {
  // A pad that has a new peer since the last frame still holds caps that nobody asked the peer
  // about, and any event would take them along.
  const bool in_stream =
      is_serialized(event.get()) && GST_EVENT_TYPE(event.get()) != GST_EVENT_FLUSH_STOP;
  for (Output& output : outputs_)
    if (in_stream && stream_ && gst_pad_needs_reconfigure(output.pad()))
      output.negotiate(*stream_, settings());
  bool sent = false;
  for (const Output& output : outputs_)
    sent |= gst_pad_push_event(output.pad(), gst_event_ref(event.get())) != FALSE;
  return sent || is_sticky(event.get());
}

bool State::queue_or_forward(EventPtr event) {
  if (pending_.empty())
    return forward(std::move(event));
  pending_.emplace_back(std::move(event));
  return true;
}

/// A stream of its own for each pad, all of one group.
bool State::forward_stream_start(EventPtr event) {
  const gchar* upstream = nullptr;
  gst_event_parse_stream_start(event.get(), &upstream);
  guint group = 0;
  if (!gst_event_parse_group_id(event.get(), &group))
    group = gst_util_group_id_next();
  GstStreamFlags flags = GST_STREAM_FLAG_NONE;
  gst_event_parse_stream_flags(event.get(), &flags);
  bool sent = false;
  for (const Output& output : outputs_) {
    const CharPtr name(gst_pad_get_name(output.pad()));
    // What gst_pad_create_stream_id() makes, which cannot see the event that is being handled.
    const CharPtr id(g_strdup_printf("%s/%s", upstream, name.get()));
    GstEvent* own = gst_event_new_stream_start(id.get());
    gst_event_set_group_id(own, group);
    gst_event_set_stream_flags(own, flags);
    gst_event_set_seqnum(own, gst_event_get_seqnum(event.get()));
    sent |= gst_pad_push_event(output.pad(), own) != FALSE;
  }
  return sent || is_sticky(event.get());
}

bool State::set_caps(EventPtr event) {
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event.get(), &caps);
  if (stream_ && gst_caps_is_equal(stream_->caps.get(), caps))
    return true;
  GstVideoInfo input;
  if (!gst_video_info_from_caps(&input, caps) || input.finfo->unpack_func == nullptr) {
    GST_ERROR_OBJECT(pads_.sink, "caps that are no raw video: %" GST_PTR_FORMAT,
                     static_cast<gpointer>(caps));
    return false;
  }
  if (GST_VIDEO_INFO_INTERLACE_MODE(&input) == GST_VIDEO_INTERLACE_MODE_FIELDS ||
      GST_VIDEO_INFO_INTERLACE_MODE(&input) == GST_VIDEO_INTERLACE_MODE_ALTERNATE) {
    GST_ELEMENT_ERROR(pads_.element, STREAM, FORMAT,
                      ("Fields have to come as rows of one frame (interlace-mode=interleaved or "
                       "mixed), not as pictures of their own (%s).",
                       gst_video_interlace_mode_to_string(GST_VIDEO_INFO_INTERLACE_MODE(&input))),
                      (nullptr));
    return false;
  }
  // Frames of the old caps leave as such.
  drain();
  Stream stream{CapsPtr(gst_caps_ref(caps)), input, input, {}};
  plan_work(stream, settings());
  // Another rate or shape of pixel leaves what was learned as it is.
  if (!stream_ || stream_->format != stream.format || stream_->interlaced() != stream.interlaced())
    configured_ = false;
  stream_ = std::move(stream);
  negotiate_outputs();
  update_latency(configured_ ? engine_.delay() : settings().delay());
  return true;
}

/// In which format the engine gets the frames.
void State::plan_work(Stream& stream, const Settings& wanted) {
  const GstVideoFormat native = nearest_native(*stream.input.finfo, !wanted.windowed());
  stream.work = stream.input;
  input_converter_.reset();
  input_scratch_.reset();
  if (native != GST_VIDEO_INFO_FORMAT(&stream.input)) {
    stream.work = like_with_format(stream.input, native);
    stream.work.colorimetry = stream.input.colorimetry;
    input_scratch_.emplace(stream.work);
    input_converter_.emplace(stream.input, stream.work, wanted.options.threads,
                             Converter::Rounding::plain);
  }
  stream.format = image_format(stream.work);
}

/// Early, so that a GAP or EOS without any buffer finds caps. A failure shows with the next frame.
void State::negotiate_outputs() {
  const Settings wanted = settings();
  for (Output& output : outputs_) {
    output.invalidate();
    output.negotiate(*stream_, wanted);
  }
}

bool State::set_segment(EventPtr event) {
  GstSegment segment;
  gst_event_copy_segment(event.get(), &segment);
  if (!gst_segment_is_equal(&segment, &segment_))
    drain();
  segment_ = segment;
  for (Output& output : outputs_)
    output.lateness().forget();
  return queue_or_forward(std::move(event));
}

bool State::finish(EventPtr event) {
  if (drain() == GST_FLOW_FLUSHING && cancelled_)
    return false;
  if (const Settings wanted = settings();
      GST_EVENT_TYPE(event.get()) == GST_EVENT_EOS && !wanted.plate_location.empty())
    plate_file_.write(wanted.plate_location);
  return forward(std::move(event));
}

/// Frames go, the model stays, and sticky events are kept for those who come later.
void State::after_flush() {
  for (Pending& item : pending_) {
    const auto* event = std::get_if<EventPtr>(&item);
    if (event == nullptr || !is_sticky(event->get()) ||
        GST_EVENT_TYPE(event->get()) == GST_EVENT_SEGMENT)
      continue;
    for (const Output& output : outputs_)
      gst_pad_store_sticky_event(output.pad(), event->get());
  }
  pending_.clear();
  abandon_frames();
  gst_flow_combiner_reset(pads_.combiner);
  gst_segment_init(&segment_, GST_FORMAT_UNDEFINED);
  for (Output& output : outputs_)
    output.lateness().forget();
  set_cancelled(false);
  if (stopping_)  // perhaps since a moment ago
    set_cancelled(true);
}

bool State::source_event(GstPad* pad, EventPtr event) {
  GstEvent* raw = event.get();
  if (GST_EVENT_TYPE(raw) == GST_EVENT_RECONFIGURE)
    return true;  // the pad has noted it; what upstream sends does not depend on downstream
  if (hints_.take(pad, raw))
    return true;
  if (GST_EVENT_TYPE(raw) == GST_EVENT_QOS)
    for (Output& output : outputs_)
      if (output.pad() == pad)
        output.lateness().report(raw);
  if (GST_EVENT_TYPE(raw) != GST_EVENT_SEEK)
    return gst_pad_event_default(pad, GST_OBJECT(pads_.element), event.release()) != FALSE;
  // A pipeline seeks through each of its sinks: the same seek arrives from each pad.
  const guint32 seqnum = gst_event_get_seqnum(raw);
  {
    const ObjectLocker locker(pads_.element);
    if (seek_seqnum_ == seqnum)
      return true;
  }
  if (!gst_pad_event_default(pad, GST_OBJECT(pads_.element), event.release()))
    return false;
  const ObjectLocker locker(pads_.element);
  seek_seqnum_ = seqnum;
  return true;
}

}  // namespace gst_lowrank
