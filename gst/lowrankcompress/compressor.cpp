// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lowrankcompress/compressor.h"

#include <memory>
#include <utility>

#include "codec/stream_caps.h"
#include "common/mapped_frame.h"
#include "common/video_format.h"
#include "lowrankcompress/debug.h"

namespace gst_lowrank {

namespace {

// `wanted` with those options of `running` that an encoder keeps to the end of its stream.
lowrank::EncoderOptions with_fixed_options(lowrank::EncoderOptions wanted,
                                           const lowrank::EncoderOptions& running) {
  wanted.layout = running.layout;
  wanted.base_rank = running.base_rank;
  wanted.threads = running.threads;
  return wanted;
}

BufferPtr wrap(std::vector<std::uint8_t> bytes) {
  auto owner = std::make_unique<std::vector<std::uint8_t>>(std::move(bytes));
  const gsize size = owner->size();
  BufferPtr buffer(gst_buffer_new_wrapped_full(
      static_cast<GstMemoryFlags>(0), owner->data(), size, 0, size, owner.get(),
      [](gpointer data) { delete static_cast<std::vector<std::uint8_t>*>(data); }));
  owner.release();
  return buffer;
}

// GStreamer overwrites the chroma site of caps without a colorimetry by its default.
GstVideoInfo info_of(const GstVideoCodecState& state) {
  GstVideoInfo info = state.info;
  const gchar* site =
      gst_structure_get_string(gst_caps_get_structure(state.caps, 0), "chroma-site");
  if (site != nullptr)
    info.chroma_site = gst_video_chroma_site_from_string(site);
  return info;
}

void add_tags(GstVideoEncoder* element) {
  GstTagList* tags =
      gst_tag_list_new(GST_TAG_ENCODER, "gst-lowrank", GST_TAG_VIDEO_CODEC, codec_name, nullptr);
  gst_video_encoder_merge_tags(element, tags, GST_TAG_MERGE_REPLACE);
  gst_tag_list_unref(tags);
}

}  // namespace

CompressSettings Compressor::settings() const {
  const ObjectLocker locker(element_);
  return settings_;
}

lowrank::EncoderStats Compressor::stats() const {
  const ObjectLocker locker(element_);
  return stats_;
}

void Compressor::publish_stats() {
  const lowrank::EncoderStats stats = encoder_->stats();
  const ObjectLocker locker(element_);
  stats_ = stats;
}

void Compressor::start() {
  const ObjectLocker locker(element_);
  stats_ = {};
}

void Compressor::stop() {
  input_.reset();
  encoder_.reset();
}

void Compressor::flush() {
  if (input_)
    encoder_->flush();
}

bool Compressor::set_format(GstVideoCodecState* state) {
  // The encoder holds no frames back, so that there are none of the old format to be sent first.
  // Until the new one is agreed on the old one holds: where this fails the base class goes on with
  // it, and does not set it again.
  const CompressSettings wanted = settings();
  lowrank::Encoder encoder;
  encoder.configure(stream_info(info_of(*state)), wanted.options);
  set_output(*state, encoder);
  if (!gst_video_encoder_negotiate(element_)) {
    if (input_)
      set_output(*input_, *encoder_);
    return false;
  }
  encoder_ = std::move(encoder);
  running_ = wanted;
  input_.reset(gst_video_codec_state_ref(state));
  return true;
}

void Compressor::set_output(GstVideoCodecState& state, const lowrank::Encoder& encoder) {
  BufferPtr sequence = buffer_of(encoder.sequence_packet());
  GstCaps* caps = gst_caps_new_simple(stream_media_type, "parsed", G_TYPE_BOOLEAN, TRUE, nullptr);
  const CodecStatePtr output(gst_video_encoder_set_output_state(element_, caps, &state));
  output->info.chroma_site = info_of(state).chroma_site;
  output->codec_data = sequence.release();
  add_tags(element_);
  gst_video_encoder_set_latency(element_, 0, 0);
}

void Compressor::sync_controlled(const GstVideoCodecFrame& frame) {
  const GstClockTime stream_time =
      gst_segment_to_stream_time(&element_->input_segment, GST_FORMAT_TIME, frame.pts);
  if (GST_CLOCK_TIME_IS_VALID(stream_time))
    gst_object_sync_values(GST_OBJECT(element_), stream_time);
}

void Compressor::apply_settings() {
  CompressSettings wanted = settings();
  if (wanted.revision == running_.revision)
    return;
  wanted.options = with_fixed_options(wanted.options, running_.options);
  encoder_->set_options(wanted.options);
  running_ = wanted;
}

bool Compressor::too_late(GstVideoCodecFrame* frame) const {
  return gst_video_encoder_get_max_encode_time(element_, frame) < 0;
}

void Compressor::encode(GstVideoCodecFrame& frame) {
  const GstVideoInfo& info = input_->info;
  {
    MappedFrame input(frame.input_buffer, info, GST_MAP_READ);
    const lowrank::PictureInfo picture{time_from_clock(frame.pts), time_from_clock(frame.duration),
                                       fields_of(frame.input_buffer, info)};
    encoder_->push(image_of(*input, image_format(info)), picture);
  }
  lowrank::EncodedPicture result;
  if (!encoder_->pull(result))
    return;
  if (result.key)
    GST_VIDEO_CODEC_FRAME_SET_SYNC_POINT(&frame);
  frame.output_buffer = wrap(std::move(result.bytes)).release();
  // Pictures are stored in the order in which they are shown.
  frame.dts = frame.pts;
}

GstFlowReturn Compressor::handle_frame(GstVideoCodecFrame* frame) {
  // The base class drops a frame that is finished without output.
  const auto finish = [&] { return gst_video_encoder_finish_frame(element_, frame); };
  try {
    sync_controlled(*frame);
    apply_settings();
    if (GST_VIDEO_CODEC_FRAME_IS_FORCE_KEYFRAME(frame))
      encoder_->request_key();
    if (too_late(frame))
      GST_DEBUG_OBJECT(element_, "frame %u is too late", frame->system_frame_number);
    else
      encode(*frame);
  } catch (...) {
    finish();
    throw;
  }
  publish_stats();
  return finish();
}

}  // namespace gst_lowrank
