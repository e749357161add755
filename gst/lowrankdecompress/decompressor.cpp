// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lowrankdecompress/decompressor.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "codec/limits.h"
#include "codec/stream_caps.h"
#include "common/mapped_buffer.h"
#include "common/mapped_frame.h"
#include "lowrankdecompress/debug.h"

namespace gst_lowrank {

namespace {

// Copies a plane to one of the same width and of a height, by `info`, that is the same or, for
// chroma halved vertically alone, twice as much.
void copy_plane(const lowrank::PlaneView& from, const GstVideoInfo& info, GstVideoFrame& to,
                int plane) {
  auto* data = static_cast<guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&to, plane));
  const std::ptrdiff_t stride = GST_VIDEO_FRAME_PLANE_STRIDE(&to, plane);
  const int rows = GST_VIDEO_INFO_COMP_HEIGHT(&info, plane);
  const int shift = rows > from.height ? 1 : 0;
  for (int y = 0; y < rows; y++)
    std::memcpy(data + y * stride, from.row(y >> shift), static_cast<gsize>(from.width));
}

}  // namespace

lowrank::DecoderOptions Decompressor::settings() const {
  const ObjectLocker locker(element_);
  return settings_;
}

void Decompressor::start() {
  decoder_.emplace().configure(settings());
  key_asked_for_ = false;
}

void Decompressor::stop() {
  input_.reset();
  shown_.reset();
  decoder_.reset();
}

void Decompressor::flush() {
  if (decoder_)
    decoder_->flush();
  key_asked_for_ = false;
}

bool Decompressor::set_format(GstVideoCodecState* state) {
  input_.reset(gst_video_codec_state_ref(state));
  // The stream's own words hold for its pictures; the caps may change what they are sent as.
  shown_.reset();
  if (state->codec_data == nullptr)
    return true;
  const lowrank::StreamError error = push(state->codec_data);
  refuse(error);
  if (error.kind != lowrank::StreamError::Kind::none)
    GST_WARNING_OBJECT(element_, "codec_data: %s", error.message.c_str());
  return true;
}

lowrank::StreamError Decompressor::push(GstBuffer* buffer) {
  const MappedBuffer packets(buffer);
  return decoder_->push(packets.bytes());
}

GstFlowReturn Decompressor::count_error(const lowrank::StreamError& error) {
  GstFlowReturn flow = GST_FLOW_OK;
  GST_VIDEO_DECODER_ERROR(element_, 1, STREAM, DECODE, ("%s", error.message.c_str()), (nullptr),
                          flow);
  return flow;
}

void Decompressor::ask_for_key(GstVideoCodecFrame& frame) {
  if (std::exchange(key_asked_for_, true))
    return;
  gst_video_decoder_request_sync_point(element_, &frame,
                                       static_cast<GstVideoDecoderRequestSyncPointFlags>(0));
}

GstFlowReturn Decompressor::decode(CodecFramePtr& frame) {
  decoder_->set_max_rank(settings().max_rank);
  const lowrank::StreamError error = push(frame->input_buffer);
  lowrank::DecodedPicture picture;
  const bool has_picture = decoder_->pull(picture);
  if (error.kind != lowrank::StreamError::Kind::none) {
    refuse(error);
    ask_for_key(*frame);
    const GstFlowReturn flow = count_error(error);
    if (flow != GST_FLOW_OK)
      return flow;
  }
  // There is none after a sequence packet alone, or when nothing can stand for what was lost.
  if (!has_picture)
    return GST_FLOW_OK;
  if (picture.damaged || error.kind != lowrank::StreamError::Kind::none)
    GST_VIDEO_CODEC_FRAME_FLAG_SET(frame.get(), GST_VIDEO_CODEC_FRAME_FLAG_CORRUPTED);
  else if (picture.key)
    key_asked_for_ = false;
  return show(frame, picture);
}

GstFlowReturn Decompressor::show(CodecFramePtr& frame, const lowrank::DecodedPicture& picture) {
  if (!GST_CLOCK_TIME_IS_VALID(frame->pts))
    frame->pts = clock_from_time(picture.info.time);
  if (!GST_CLOCK_TIME_IS_VALID(frame->duration))
    frame->duration = clock_from_time(picture.info.duration);
  if (!negotiate(picture.stream))
    return GST_PAD_IS_FLUSHING(GST_VIDEO_DECODER_SRC_PAD(element_)) ? GST_FLOW_FLUSHING
                                                                    : GST_FLOW_NOT_NEGOTIATED;
  // It had to be decoded, for those after it, but need not be copied.
  if (gst_video_decoder_get_max_decode_time(element_, frame.get()) < 0)
    return gst_video_decoder_drop_frame(element_, frame.release());
  const GstFlowReturn flow = gst_video_decoder_allocate_output_frame(element_, frame.get());
  if (flow != GST_FLOW_OK)
    return flow;
  {
    MappedFrame output(frame->output_buffer, output_, GST_MAP_WRITE);
    for (int p = 0; p < picture.image.format.planes(); p++)
      copy_plane(picture.image.planes[static_cast<std::size_t>(p)], output_, *output, p);
  }
  set_fields(frame->output_buffer, picture.info.fields);
  return gst_video_decoder_finish_frame(element_, frame.release());
}

GstFlowReturn Decompressor::handle_frame(CodecFramePtr frame) {
  const auto release = [&] {
    if (frame)
      gst_video_decoder_release_frame(element_, frame.release());
  };
  try {
    const GstFlowReturn flow = decode(frame);
    release();
    return flow;
  } catch (...) {
    release();
    throw;
  }
}

// What the caps of the stream say of how it is to be shown goes before what its packets say: they
// may know more, or have been changed on the way.
GstVideoInfo Decompressor::output_info(const lowrank::StreamInfo& stream) const {
  GstVideoInfo info = video_info(stream);
  if (!input_)
    return info;
  const GstVideoInfo& caps = input_->info;
  if (GST_VIDEO_INFO_WIDTH(&caps) != GST_VIDEO_INFO_WIDTH(&info) ||
      GST_VIDEO_INFO_HEIGHT(&caps) != GST_VIDEO_INFO_HEIGHT(&info))
    return info;
  const GstStructure* fields = gst_caps_get_structure(input_->caps, 0);
  const auto has = [fields](const char* name) { return gst_structure_has_field(fields, name); };
  if (has("framerate")) {
    info.fps_n = caps.fps_n;
    info.fps_d = caps.fps_d;
    info.flags = caps.flags;
  }
  if (has("pixel-aspect-ratio")) {
    info.par_n = caps.par_n;
    info.par_d = caps.par_d;
  }
  if (has("colorimetry"))
    info.colorimetry = caps.colorimetry;
  if (has("chroma-site"))
    info.chroma_site = caps.chroma_site;
  if (has("field-order"))
    GST_VIDEO_INFO_FIELD_ORDER(&info) = GST_VIDEO_INFO_FIELD_ORDER(&caps);
  return info;
}

bool Decompressor::negotiate(const lowrank::StreamInfo& stream) {
  if (shown_ == stream)
    return true;
  output_ = output_info(stream);
  const CodecStatePtr state(gst_video_decoder_set_interlaced_output_state(
      element_, GST_VIDEO_INFO_FORMAT(&output_), GST_VIDEO_INFO_INTERLACE_MODE(&output_),
      static_cast<guint>(GST_VIDEO_INFO_WIDTH(&output_)),
      static_cast<guint>(GST_VIDEO_INFO_HEIGHT(&output_)), input_.get()));
  state->info = output_;
  shown_ = stream;
  return gst_video_decoder_negotiate(element_);
}

}  // namespace gst_lowrank
