// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lowrankparse/stream_cutter.h"

#include <utility>

#include "codec/limits.h"
#include "codec/stream_caps.h"
#include "common/mapped_buffer.h"
#include "lowrankparse/debug.h"
#include "lowrankparse/seek.h"

namespace gst_lowrank {

namespace {

// What the base class would read to get to a time, without asking upstream for another place.
constexpr std::uint64_t far_ahead = 20 * GST_SECOND;

void add_tags(GstBaseParse* element) {
  GstTagList* tags = gst_tag_list_new(GST_TAG_VIDEO_CODEC, codec_name, nullptr);
  gst_base_parse_merge_tags(element, tags, GST_TAG_MERGE_REPLACE);
  gst_tag_list_unref(tags);
}

}  // namespace

StreamCutter::StreamCutter(GstBaseParse* element)
    : element_(element), file_(GST_BASE_PARSE_SINK_PAD(element)) {}

lowrank::CodecLimits StreamCutter::limits() const {
  const ObjectLocker locker(element_);
  return limits_;
}

// Whether upstream gives bytes from anywhere, and at once: each that comes over a network takes
// long.
bool StreamCutter::reads_freely() const {
  GstPad* pad = GST_BASE_PARSE_SINK_PAD(element_);
  if (GST_PAD_MODE(pad) != GST_PAD_MODE_PULL)
    return false;
  const QueryPtr query(gst_query_new_scheduling());
  if (!gst_pad_peer_query(pad, query.get()))
    return false;
  GstSchedulingFlags flags = static_cast<GstSchedulingFlags>(0);
  gst_query_parse_scheduling(query.get(), &flags, nullptr, nullptr, nullptr);
  return (flags & GST_SCHEDULING_FLAG_BANDWIDTH_LIMITED) == 0;
}

void StreamCutter::start() {
  const lowrank::CodecLimits limits = this->limits();
  parser_.emplace(limits);
  file_.reset(limits);
  restart(0);
  announced_.reset();
  sequence_.clear();
  in_time_ = false;
  sent_any_ = false;
  gap_ = false;
  reads_freely_ = false;
  file_end_.reset();
  file_end_shift_ = 0;
  first_time_ = GST_CLOCK_TIME_NONE;
}

void StreamCutter::stop() {
  parser_.reset();
  file_.reset({});
  file_end_.reset();
  pending_.reset();
  announced_.reset();
  sequence_ = std::vector<std::uint8_t>();
}

bool StreamCutter::set_caps(GstCaps* caps) {
  const GstStructure* fields = gst_caps_get_structure(caps, 0);
  gboolean parsed = FALSE;
  gst_structure_get_boolean(fields, "parsed", &parsed);
  const bool complete = parsed && gst_structure_has_field(fields, "width") &&
                        gst_structure_has_field(fields, "height");
  gst_base_parse_set_passthrough(element_, complete);
  if (!complete)
    return true;
  GST_DEBUG_OBJECT(element_, "already parsed");
  return gst_pad_set_caps(GST_BASE_PARSE_SRC_PAD(element_), caps);
}

void StreamCutter::segment_changed(const GstSegment& segment) {
  in_time_ = segment.format == GST_FORMAT_TIME;
  restart(0);
}

void StreamCutter::flushed() {
  restart(next_);
}

// Goes on with bytes that do not follow those that the parser had.
void StreamCutter::restart(std::uint64_t position) {
  if (parser_)
    parser_->flush();
  pending_.reset();
  time_ = GST_CLOCK_TIME_NONE;
  origin_ = fed_ = next_ = position;
  timeline_ = Timeline(file_.shift_at(position));
}

void StreamCutter::report(const lowrank::StreamError& error) {
  if (error.kind == lowrank::StreamError::Kind::none)
    return;
  // Later on, bytes that are no packet may look like one that asks for too much.
  if (!sent_any_)
    refuse(error);
  GST_WARNING_OBJECT(element_, "skipped %s", error.message.c_str());
}

// Finds out what to do with the first bytes of `frame`.
StreamCutter::Verdict StreamCutter::look(GstBaseParseFrame& frame) {
  const MappedBuffer mapped(frame.buffer);
  const lowrank::ByteSpan bytes = mapped.bytes();
  const std::uint64_t position = frame.offset;
  const bool draining = GST_BASE_PARSE_DRAINING(element_);
  if (position != next_ || position + bytes.size() < fed_)
    restart(position);
  parser_->push(bytes.subspan(static_cast<std::size_t>(fed_ - position)));
  fed_ = position + bytes.size();
  if (draining)
    parser_->drain();
  if (!pending_) {
    lowrank::ParsedPicture picture;
    if (parser_->pull(picture))
      pending_ = std::move(picture);
    report(parser_->take_error());
  }
  if (!pending_)
    return {draining ? bytes.size() : origin_ + parser_->position() - position, false};
  const std::uint64_t begin = origin_ + pending_->begin;
  if (begin > position)
    return {begin - position, false};
  return {pending_->end - pending_->begin, true};
}

// The base class gives up when it is told to skip 2 MiB, which one large damaged picture has. In
// reverse it wants to know, since what it has is the rest of something.
GstFlowReturn StreamCutter::pass_over(GstBaseParseFrame* frame, std::uint64_t bytes, gint* skip) {
  gap_ = true;
  if (element_->segment.rate < 0) {
    *skip = static_cast<gint>(bytes);
    return GST_FLOW_OK;
  }
  frame->flags |= GST_BASE_PARSE_FRAME_FLAG_DROP;
  return gst_base_parse_finish_frame(element_, frame, static_cast<gint>(bytes));
}

GstFlowReturn StreamCutter::handle_frame(GstBaseParseFrame* frame, gint* skip) {
  *skip = 0;
  const Verdict verdict = look(*frame);
  next_ = frame->offset + verdict.take;
  if (verdict.take == 0)
    return GST_FLOW_OK;
  return verdict.picture ? send(frame) : pass_over(frame, verdict.take, skip);
}

void StreamCutter::announce(const lowrank::ParsedPicture& picture) {
  if (announced_ == picture.stream)
    return;
  sequence_.assign(picture.bytes.begin(),
                   picture.bytes.begin() + static_cast<std::ptrdiff_t>(picture.sequence_size));
  const CapsPtr caps = stream_caps(picture.stream, sequence_);
  announced_ = picture.stream;
  GST_DEBUG_OBJECT(element_, "caps %" GST_PTR_FORMAT, static_cast<void*>(caps.get()));
  gst_pad_set_caps(GST_BASE_PARSE_SRC_PAD(element_), caps.get());
  const lowrank::Rational rate = picture.stream.frame_rate;
  gst_base_parse_set_frame_rate(element_, rate.numerator, rate.denominator, 0, 0);
  add_tags(element_);
}

void StreamCutter::update_duration() {
  if (!reads_freely_)
    return;
  if (!file_end_ || file_end_->interrupted)
    file_end_ = file_.end(sequence_);
  else if (file_end_->on_timeline || file_end_shift_ == timeline_.shift())
    return;
  file_end_shift_ = timeline_.shift();
  if (!file_end_->time)
    return;
  const std::uint64_t shift = file_end_->on_timeline ? 0 : file_end_shift_;
  gst_base_parse_set_duration(element_, GST_FORMAT_TIME,
                              static_cast<gint64>(*file_end_->time + shift), 0);
}

// A file that was cut out of another begins when its first picture does.
void StreamCutter::begin_at(GstClockTime time) {
  GstSegment& segment = element_->segment;
  if (in_time_ || segment.rate < 0 || segment.start != 0)
    return;
  first_time_ = time;
  segment.start = segment.time = segment.position = time;
}

EventPtr StreamCutter::outgoing_segment(GstEvent* event) const {
  const GstSegment* segment = nullptr;
  gst_event_parse_segment(event, &segment);
  if (in_time_ || segment->format != GST_FORMAT_TIME || segment->start == element_->segment.start ||
      element_->segment.format != GST_FORMAT_TIME)
    return EventPtr(gst_event_ref(event));
  EventPtr changed(gst_event_new_segment(&element_->segment));
  gst_event_set_seqnum(changed.get(), gst_event_get_seqnum(event));
  return changed;
}

void StreamCutter::stamp(GstBuffer* buffer, const lowrank::ParsedPicture& picture) {
  const GstClockTime duration = clock_from_time(picture.info.duration);
  time_ = clock_from_time(timeline_.place(picture.info, picture.key));
  if (GST_CLOCK_TIME_IS_VALID(time_)) {
    GST_BUFFER_PTS(buffer) = time_;
    GST_BUFFER_DTS(buffer) = time_;
  }
  if (GST_CLOCK_TIME_IS_VALID(duration))
    GST_BUFFER_DURATION(buffer) = duration;
  if (picture.key)
    GST_BUFFER_FLAG_UNSET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  else
    GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  if (std::exchange(gap_, false) || picture.discontinuous)
    GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
}

GstFlowReturn StreamCutter::send(GstBaseParseFrame* frame) {
  const lowrank::ParsedPicture picture = std::move(*pending_);
  pending_.reset();
  const auto size = static_cast<gint>(picture.end - picture.begin);
  announce(picture);
  if (picture.bytes.size() != static_cast<std::size_t>(size)) {
    // Packets of unknown kinds lie between those of the picture.
    frame->out_buffer = buffer_of(picture.bytes).release();
    gst_buffer_copy_into(frame->out_buffer, frame->buffer,
                         static_cast<GstBufferCopyFlags>(GST_BUFFER_COPY_METADATA), 0, 0);
  }
  stamp(frame->out_buffer != nullptr ? frame->out_buffer : frame->buffer, picture);
  if (!sent_any_)
    reads_freely_ = reads_freely();
  if (picture.key && !reads_freely_ && !in_time_ && GST_CLOCK_TIME_IS_VALID(time_))
    file_.add({frame->offset, time_, timeline_.shift()});
  update_duration();
  if (!sent_any_ && GST_CLOCK_TIME_IS_VALID(time_))
    begin_at(time_);
  sent_any_ = true;
  const bool keys_only = (element_->segment.flags & GST_SEGMENT_FLAG_TRICKMODE_KEY_UNITS) != 0;
  if (keys_only && !picture.key) {
    gap_ = true;
    frame->flags |= GST_BASE_PARSE_FRAME_FLAG_DROP;
  }
  return gst_base_parse_finish_frame(element_, frame, size);
}

// Where upstream counts in time but has none for its buffers, as with raw bytes from an
// application, the base class leaves them without.
void StreamCutter::before_push(GstBaseParseFrame* frame) {
  frame->flags |= GST_BASE_PARSE_FRAME_FLAG_CLIP;
  GstBuffer* buffer = frame->out_buffer != nullptr ? frame->out_buffer : frame->buffer;
  if (!in_time_ || GST_BUFFER_PTS_IS_VALID(buffer) || !GST_CLOCK_TIME_IS_VALID(time_))
    return;
  GST_BUFFER_PTS(buffer) = time_;
  GST_BUFFER_DTS(buffer) = time_;
}

namespace {

// The key that a seek to `time` with these flags snaps to.
std::optional<KeyPlace> snap(const FileScan::Neighbors& keys, std::uint64_t time,
                             GstSeekFlags flags) {
  const bool before = (flags & GST_SEEK_FLAG_SNAP_BEFORE) != 0;
  const bool after = (flags & GST_SEEK_FLAG_SNAP_AFTER) != 0;
  if (!keys.before || !keys.after)
    return keys.before ? keys.before : keys.after;
  if (before && after)
    return time - keys.before->time <= keys.after->time - time ? keys.before : keys.after;
  return after && keys.before->time != time ? keys.after : keys.before;
}

}  // namespace

EventPtr StreamCutter::prepare_seek(EventPtr event) {
  Seek seek(event.get());
  if (seek.format != GST_FORMAT_TIME || seek.start_type != GST_SEEK_TYPE_SET || seek.start < 0)
    return event;
  auto target = static_cast<std::uint64_t>(seek.start);
  const GstClockTime first = first_time_;
  if (seek.rate > 0 && GST_CLOCK_TIME_IS_VALID(first))
    target = std::max(target, first);
  // The base class does not expect a segment that ends before it starts.
  const auto end = seek.stop_type == GST_SEEK_TYPE_SET && seek.stop >= 0
                       ? static_cast<std::uint64_t>(seek.stop)
                       : GST_CLOCK_TIME_NONE;
  target = std::min(target, end);
  const bool can_read = reads_freely_;
  FileScan::Neighbors keys = file_.find(target, can_read);
  if (keys.after && keys.after->time > end)
    keys.after.reset();
  const bool to_key = (seek.flags & GST_SEEK_FLAG_KEY_UNIT) != 0 && seek.rate > 0;
  const std::optional<KeyPlace> key = to_key ? snap(keys, target, seek.flags) : keys.before;
  if (!key || (!can_read && target > key->time + far_ahead))
    return event;
  GST_DEBUG_OBJECT(element_, "key for %" GST_TIME_FORMAT " at %" GST_TIME_FORMAT,
                   GST_TIME_ARGS(target), GST_TIME_ARGS(key->time));
  if (to_key)
    target = key->time;
  // The base class looks in an index of its own, which may have no key before this time, and then
  // takes any picture.
  gst_base_parse_add_index_entry(element_, key->position, target, TRUE, TRUE);
  seek.flags = static_cast<GstSeekFlags>(seek.flags | GST_SEEK_FLAG_ACCURATE);
  seek.start = static_cast<gint64>(target);
  return EventPtr(seek.event());
}

}  // namespace gst_lowrank
