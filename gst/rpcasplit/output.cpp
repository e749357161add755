// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/output.h"

#include <string>

#include "common/guarded.h"
#include "common/video_format.h"
#include "lowrank/composite.h"
#include "lowrank/matte.h"
#include "rpcasplit/debug.h"
#include "rpcasplit/field_views.h"
#include "rpcasplit/metadata.h"
#include "rpcasplit/negotiation.h"

namespace gst_lowrank {

namespace {

// A format with an alpha channel for content of this kind.
GstVideoFormat alpha_format(const GstVideoInfo& info) {
  if (has_alpha(*info.finfo))
    return GST_VIDEO_INFO_FORMAT(&info);
  return GST_VIDEO_INFO_IS_RGB(&info) ? GST_VIDEO_FORMAT_RGBA : GST_VIDEO_FORMAT_AYUV;
}

// The one that a matte is painted in: with a colour for each alpha, which A420 does not have.
GstVideoFormat matte_format(const GstVideoInfo& info) {
  const lowrank::ImageFormat format = image_format(info);
  const bool full_chroma = format.chroma_shift_x == 0 && format.chroma_shift_y == 0;
  return full_chroma ? alpha_format(info) : GST_VIDEO_FORMAT_AYUV;
}

// Whether frames of both hold the same numbers, if perhaps in another order.
bool same_content(const GstVideoInfo& a, const GstVideoInfo& b) {
  if (!is_native(*a.finfo) || !is_native(*b.finfo) || image_format(a) != image_format(b))
    return false;
  return GST_VIDEO_INFO_IS_GRAY(&a) || (a.colorimetry.matrix == b.colorimetry.matrix &&
                                        a.colorimetry.range == b.colorimetry.range);
}

// A buffer of the memory of `frame` and its layout, without the rest of its metadata. Who writes to
// either gets a copy. The frame goes back to its pool when both have gone.
BufferPtr share_frame(GstBuffer* frame) {
  BufferPtr shared(gst_buffer_new());
  if (!gst_buffer_copy_into(shared.get(), frame, GST_BUFFER_COPY_MEMORY, 0, static_cast<gsize>(-1)))
    throw ElementError(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
                       "The memory of an input frame cannot be shared.");
  gst_buffer_add_parent_buffer_meta(shared.get(), frame);
  if (GstVideoMeta* meta = gst_buffer_get_video_meta(frame); meta != nullptr) {
    GstVideoMeta* layout =
        gst_buffer_add_video_meta_full(shared.get(), meta->flags, meta->format, meta->width,
                                       meta->height, meta->n_planes, meta->offset, meta->stride);
    gst_video_meta_set_alignment(layout, meta->alignment);
  }
  return shared;
}

}  // namespace

bool Output::shows_input(const Settings& settings) const {
  return role_ == Role::foreground && settings.foreground_mode == ForegroundMode::input &&
         input_caps_;
}

bool Output::shows_alpha(const Settings& settings) const {
  return role_ == Role::foreground && settings.foreground_mode == ForegroundMode::alpha;
}

GstVideoInfo Output::content_info(const Stream& stream, bool alpha) const {
  if (role_ == Role::mask) {
    GstVideoInfo info = like_with_format(stream.work, GST_VIDEO_FORMAT_GRAY8);
    info.colorimetry.range = GST_VIDEO_COLOR_RANGE_0_255;
    return info;
  }
  if (!alpha)
    return stream.work;
  GstVideoInfo info = like_with_format(stream.work, matte_format(stream.work));
  if (GST_VIDEO_INFO_IS_GRAY(&stream.work))
    info.colorimetry.range = stream.work.colorimetry.range;
  else
    info.colorimetry = stream.work.colorimetry;
  return info;
}

GstFlowReturn Output::negotiate(const Stream& stream, const Settings& settings) {
  // Links come and go at any time. The pad is told to reconfigure only after a new peer is there.
  for (;;) {
    const bool linked = note_peer();
    const GstFlowReturn flow = settle_caps(stream, settings);
    const bool same_peer = linked && unlinks_ == negotiated_after_;
    negotiated_ = negotiated_ && same_peer;
    if (same_peer || flow == GST_FLOW_FLUSHING)
      return flow;
    if (!gst_pad_is_linked(pad_))
      return flow == GST_FLOW_OK ? flow : GST_FLOW_NOT_LINKED;
  }
}

bool Output::note_peer() {
  // A peer that is going has been counted but is still there, while the pad is locked.
  const ObjectLocker locker(pad_);
  negotiated_after_ = unlinks_;
  return GST_PAD_IS_LINKED(pad_);
}

GstFlowReturn Output::settle_caps(const Stream& stream, const Settings& settings) {
  gst_pad_check_reconfigure(pad_);
  const bool alpha = shows_alpha(settings);
  const GstVideoInfo content = content_info(stream, alpha);
  const CapsWish wish = {stream.caps.get(), &stream.input, &content,
                         role_ == Role::mask ? GST_VIDEO_FORMAT_GRAY8
                         : alpha             ? alpha_format(stream.input)
                                             : GST_VIDEO_INFO_FORMAT(&stream.input),
                         alpha};
  const CapsPtr templ(gst_pad_get_pad_template_caps(pad_));
  CapsPtr peer(gst_pad_peer_query_caps(pad_, templ.get()));
  CapsPtr caps = choose_caps(wish, peer.get());
  if (!caps) {
    GST_WARNING_OBJECT(pad_,
                       "peer takes no %" GST_PTR_FORMAT " in any format, it takes %" GST_PTR_FORMAT,
                       static_cast<gpointer>(stream.caps.get()), static_cast<gpointer>(peer.get()));
    gst_pad_mark_reconfigure(pad_);
    return GST_PAD_IS_FLUSHING(pad_) ? GST_FLOW_FLUSHING : GST_FLOW_NOT_NEGOTIATED;
  }
  return apply_caps(stream, settings, std::move(caps));
}

GstFlowReturn Output::apply_caps(const Stream& stream, const Settings& settings, CapsPtr caps) {
  if (!gst_video_info_from_caps(&info_, caps.get()))
    return GST_FLOW_NOT_NEGOTIATED;
  negotiated_ = false;  // should what follows throw
  pool_.reset();
  caps_ = std::move(caps);
  alpha_wanted_ = shows_alpha(settings);
  plan_rendering(stream, settings);
  negotiated_ = true;
  GST_DEBUG_OBJECT(pad_, "caps %" GST_PTR_FORMAT "%s", static_cast<gpointer>(caps_.get()),
                   converter_ ? ", converted" : "");
  const CapsPtr current(gst_pad_get_current_caps(pad_));
  if (current && gst_caps_is_equal(current.get(), caps_.get()))
    return GST_FLOW_OK;
  if (gst_pad_push_event(pad_, gst_event_new_caps(caps_.get())) || !gst_pad_is_linked(pad_))
    return GST_FLOW_OK;
  negotiated_ = false;
  return GST_PAD_IS_FLUSHING(pad_) ? GST_FLOW_FLUSHING : GST_FLOW_NOT_NEGOTIATED;
}

void Output::plan_rendering(const Stream& stream, const Settings& settings) {
  alpha_ = alpha_wanted_ && has_alpha(*info_.finfo);
  if (alpha_wanted_ && !alpha_)
    GST_WARNING_OBJECT(pad_, "peer takes no format with alpha, falling back to black");
  input_caps_ = gst_caps_is_equal(caps_.get(), stream.caps.get());
  const GstVideoInfo content = content_info(stream, alpha_);
  content_ = image_format(content);
  interlaced_ = stream.interlaced();
  scratch_.reset();
  converter_.reset();
  opaque_row_.assign(static_cast<std::size_t>(content_.width), 255);
  if (same_content(content, info_))
    return;
  // What input caps leave out the peer may have filled in; a converter wants them alike.
  GstVideoInfo target = info_;
  target.fps_n = content.fps_n;
  target.fps_d = content.fps_d;
  target.interlace_mode = content.interlace_mode;
  scratch_.emplace(content);
  const bool way_back = GST_VIDEO_INFO_FORMAT(&info_) == GST_VIDEO_INFO_FORMAT(&stream.input);
  converter_.emplace(content, target, settings.options.threads,
                     way_back ? Converter::Rounding::plain : Converter::Rounding::dithered);
}

GstFlowReturn Output::prepare_pool() {
  if (pool_.active() || pool_.negotiate(pad_, caps_.get(), info_))
    return GST_FLOW_OK;
  if (GST_PAD_IS_FLUSHING(pad_))
    return GST_FLOW_FLUSHING;
  const CharPtr name(gst_pad_get_name(pad_));
  throw ElementError(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT,
                     std::string("No buffers can be had for the pad ") + name.get() + ".");
}

GstFlowReturn Output::prepare(const Stream& stream, const Settings& settings) {
  const bool asked = gst_pad_check_reconfigure(pad_);
  const bool same_peer = negotiated_after_ == unlinks_;
  if (!asked && negotiated_ && same_peer && alpha_wanted_ == shows_alpha(settings))
    return GST_FLOW_OK;
  const GstFlowReturn flow = negotiate(stream, settings);
  if (flow == GST_FLOW_NOT_NEGOTIATED)
    post_mismatch(stream);
  return flow;
}

void Output::post_mismatch(const Stream& stream) const {
  const CapsPtr peer(gst_pad_peer_query_caps(pad_, nullptr));
  const CharPtr takes(gst_caps_to_string(peer.get()));
  const CharPtr input(gst_caps_to_string(stream.caps.get()));
  GST_ELEMENT_ERROR(GST_PAD_PARENT(pad_), CORE, NEGOTIATION,
                    ("What follows the pad %s takes no video like the input's, in any format of "
                     "system memory. It takes %s; the input is %s.",
                     GST_PAD_NAME(pad_), takes.get(), input.get()),
                    (nullptr));
}

GstFlowReturn Output::push(BufferPtr buffer) {
  if (after_gap_)
    GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DISCONT);
  after_gap_ = false;
  const GstFlowReturn flow = gst_pad_push(pad_, buffer.release());
  // The caps were for a peer that has gone since: this one gets the next frame.
  return flow == GST_FLOW_NOT_NEGOTIATED && negotiated_after_ != unlinks_ ? GST_FLOW_OK : flow;
}

GstFlowReturn Output::push_gap(GstBuffer* shell) {
  after_gap_ = true;
  gst_pad_push_event(pad_, gst_event_new_gap(GST_BUFFER_PTS(shell), GST_BUFFER_DURATION(shell)));
  // That of the last frame: a sink that wants no more still wants no more. What was not linked, or
  // had no caps in common, is and has by now.
  const GstFlowReturn last = gst_pad_get_last_flow_return(pad_);
  return last == GST_FLOW_NOT_LINKED || last == GST_FLOW_NOT_NEGOTIATED ? GST_FLOW_OK : last;
}

GstFlowReturn Output::render(const Settings& settings, const lowrank::Separation& result,
                             GstBuffer* shell, GstBuffer* input, BufferPtr& buffer) {
  if (input != nullptr && shows_input(settings)) {
    buffer = share_frame(input);
    copy_metadata(shell, buffer.get());
    return GST_FLOW_OK;
  }
  if (const GstFlowReturn flow = prepare_pool(); flow != GST_FLOW_OK)
    return flow;
  if (const GstFlowReturn flow = pool_.acquire(buffer); flow != GST_FLOW_OK)
    return flow;
  copy_metadata(shell, buffer.get());
  MappedFrame target(buffer.get(), info_, GST_MAP_WRITE);
  if (!converter_) {
    paint(settings, result, *target);
  } else {
    paint(settings, result, **scratch_);
    converter_->convert(**scratch_, *target);
  }
  return GST_FLOW_OK;
}

void Output::paint(const Settings& settings, const lowrank::Separation& result,
                   GstVideoFrame& target) {
  const lowrank::MutableImageView image = mutable_image_of(target, content_);
  if (role_ == Role::mask) {
    lowrank::copy_plane(result.mask, image.planes[0]);
    return;
  }
  const auto alpha = alpha_of(target, content_);
  if (role_ == Role::background)
    paint_background(settings, result, image);
  else if (interlaced_ && has_field_views(result.input.format))
    for (const int parity : {0, 1})
      paint_foreground(settings, field_of(result, parity), field_of(image, parity),
                       alpha ? std::optional(field_of(*alpha, parity)) : std::nullopt);
  else
    paint_foreground(settings, result, image, alpha);
  if (alpha && !alpha_)
    paint_opaque(*alpha);
}

void Output::paint_background(const Settings& settings, const lowrank::Separation& result,
                              const lowrank::MutableImageView& target) {
  if (settings.foreground_mode == ForegroundMode::residual)
    lowrank::composite_residual_background(result.input, result.background, target);
  else
    lowrank::copy_image(result.background, target);
}

void Output::paint_foreground(const Settings& settings, const lowrank::Separation& result,
                              const lowrank::MutableImageView& target,
                              const std::optional<lowrank::MutablePlaneView>& alpha) {
  switch (settings.foreground_mode) {
    case ForegroundMode::alpha:
      if (alpha_ && alpha)
        lowrank::composite_matte(result.input, result.background, result.mask, target, *alpha);
      else
        lowrank::composite_masked(result.input, result.mask, target);
      break;
    case ForegroundMode::masked:
      lowrank::composite_masked(result.input, result.mask, target);
      break;
    case ForegroundMode::residual:
      lowrank::composite_residual(result.input, result.background, target);
      break;
    case ForegroundMode::absolute:
      lowrank::composite_absolute(result.input, result.background, target);
      break;
    case ForegroundMode::input:
      lowrank::copy_image(result.input, target);
      break;
  }
}

void Output::paint_opaque(const lowrank::MutablePlaneView& alpha) {
  // One opaque row, read again for each row of the picture.
  lowrank::copy_plane({opaque_row_.data(), 0, 1, content_.width, content_.height}, alpha);
}

void Output::reset() {
  negotiated_ = false;
  after_gap_ = false;
  pool_.reset();
  caps_.reset();
  scratch_.reset();
  converter_.reset();
}

}  // namespace gst_lowrank
