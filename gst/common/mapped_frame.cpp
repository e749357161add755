// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/mapped_frame.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <string>

#include "common/guarded.h"
#include "common/video_format.h"

namespace gst_lowrank {

namespace {

[[noreturn]] void fail(const std::string& text) {
  throw ElementError(GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT, text);
}

std::string describe(const GstVideoInfo& info) {
  return std::string(GST_VIDEO_INFO_NAME(&info)) + " frame of " +
         std::to_string(GST_VIDEO_INFO_WIDTH(&info)) + "x" +
         std::to_string(GST_VIDEO_INFO_HEIGHT(&info));
}

// Bytes from the first to the last that a row of a plane holds, without the padding of the stride.
gsize row_bytes(const GstVideoInfo& caps, guint plane) {
  gsize bytes = 0;
  for (guint c = 0; c < GST_VIDEO_INFO_N_COMPONENTS(&caps); c++) {
    if (GST_VIDEO_FORMAT_INFO_PLANE(caps.finfo, c) != plane)
      continue;
    const auto pixel_stride = static_cast<gsize>(GST_VIDEO_FORMAT_INFO_PSTRIDE(caps.finfo, c));
    if (pixel_stride == 0)
      return static_cast<gsize>(caps.stride[plane]);
    const gsize last = static_cast<gsize>(GST_VIDEO_INFO_COMP_WIDTH(&caps, c) - 1) * pixel_stride;
    const gsize sample = (caps.finfo->depth[c] + caps.finfo->shift[c] + 7) / 8;
    bytes = std::max(bytes, first_byte(*caps.finfo, c) + last + sample);
  }
  return bytes;
}

// What a plane takes before and after the address of its top left sample.
struct Extent {
  gsize before = 0;
  gsize after = 0;
};

Extent plane_extent(const GstVideoInfo& caps, const GstVideoFrame& frame, guint plane) {
  if (GST_VIDEO_FORMAT_INFO_IS_TILED(caps.finfo)) {
    const bool last = plane + 1 == GST_VIDEO_INFO_N_PLANES(&caps);
    const gsize end = last ? GST_VIDEO_INFO_SIZE(&caps) : caps.offset[plane + 1];
    return {0, end - caps.offset[plane]};
  }
  if (GST_VIDEO_FORMAT_INFO_HAS_PALETTE(caps.finfo) && plane == 1)
    return {0, 256 * 4};
  gint components[GST_VIDEO_MAX_COMPONENTS];
  gst_video_format_info_component(caps.finfo, plane, components);
  const gint stride = frame.info.stride[plane];
  const auto rows = static_cast<gsize>(GST_VIDEO_INFO_COMP_HEIGHT(&caps, components[0]));
  const gsize body = (rows - 1) * static_cast<gsize>(std::abs(stride));
  const gsize row = row_bytes(caps, plane);
  return stride < 0 ? Extent{body, row} : Extent{0, body + row};
}

// GStreamer trusts the offsets and strides of a GstVideoMeta; this does not.
void check_meta_planes(const GstVideoInfo& caps, const GstVideoFrame& frame) {
  for (guint p = 0; p < GST_VIDEO_INFO_N_PLANES(&caps); p++) {
    const GstMapInfo& map = frame.map[p];
    const gssize offset = static_cast<const guint8*>(frame.data[p]) - map.data;
    const auto before = static_cast<gsize>(std::max<gssize>(offset, 0));
    const gsize after = map.size - std::min(map.size, before);
    const Extent needed = plane_extent(caps, frame, p);
    if (offset < 0 || needed.before > before || needed.after > after)
      fail("Plane " + std::to_string(p) + " of a " + describe(caps) + " takes " +
           std::to_string(needed.before + needed.after) + " bytes, and its buffer has " +
           std::to_string(needed.before > 0 ? before : after) + ".");
  }
}

void check_meta(const GstVideoMeta& meta, const GstVideoInfo& caps) {
  if (meta.format == GST_VIDEO_INFO_FORMAT(&caps) &&
      meta.width >= static_cast<guint>(GST_VIDEO_INFO_WIDTH(&caps)) &&
      meta.height >= static_cast<guint>(GST_VIDEO_INFO_HEIGHT(&caps)))
    return;
  fail("The caps promise a " + describe(caps) + ", and the buffer's video meta describes " +
       gst_video_format_to_string(meta.format) + " of " + std::to_string(meta.width) + "x" +
       std::to_string(meta.height) + ".");
}

}  // namespace

MappedFrame::MappedFrame(GstBuffer* buffer, const GstVideoInfo& info, GstMapFlags flags) {
  const gsize size = gst_buffer_get_size(buffer);
  const GstVideoMeta* meta = gst_buffer_get_video_meta(buffer);
  if (meta != nullptr)
    check_meta(*meta, info);
  else if (size < GST_VIDEO_INFO_SIZE(&info))
    fail("A " + describe(info) + " takes " + std::to_string(GST_VIDEO_INFO_SIZE(&info)) +
         " bytes, and the buffer has " + std::to_string(size) + ".");
  const auto all_flags =
      static_cast<GstMapFlags>(static_cast<guint>(flags) | GST_VIDEO_FRAME_MAP_FLAG_NO_REF);
  if (!gst_video_frame_map(&frame_, &info, buffer, all_flags))
    fail("A buffer of " + std::to_string(size) + " bytes does not map as a " + describe(info) +
         ", which takes " + std::to_string(GST_VIDEO_INFO_SIZE(&info)) + " bytes.");
  if (meta == nullptr)
    return;
  try {
    check_meta_planes(info, frame_);
  } catch (...) {
    gst_video_frame_unmap(&frame_);
    throw;
  }
}

namespace {

GstBuffer* allocate_frame(const GstVideoInfo& info) {
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&info), nullptr);
  if (buffer == nullptr)
    throw std::bad_alloc();
  return buffer;
}

}  // namespace

ScratchFrame::ScratchFrame(const GstVideoInfo& info)
    : buffer_(allocate_frame(info)), mapped_(buffer_.get(), info, GST_MAP_READWRITE) {}

Converter::Converter(const GstVideoInfo& from, const GstVideoInfo& to, unsigned threads,
                     Rounding rounding) {
  GstStructure* config = gst_structure_new("GstVideoConverter", GST_VIDEO_CONVERTER_OPT_THREADS,
                                           G_TYPE_UINT, threads, nullptr);
  if (rounding == Rounding::plain)
    gst_structure_set(config, GST_VIDEO_CONVERTER_OPT_DITHER_METHOD, GST_TYPE_VIDEO_DITHER_METHOD,
                      GST_VIDEO_DITHER_NONE, GST_VIDEO_CONVERTER_OPT_CHROMA_MODE,
                      GST_TYPE_VIDEO_CHROMA_MODE, GST_VIDEO_CHROMA_MODE_NONE,
                      // Planes of one depth are scaled by the shortest way.
                      GST_VIDEO_CONVERTER_OPT_RESAMPLER_METHOD, GST_TYPE_VIDEO_RESAMPLER_METHOD,
                      GST_VIDEO_RESAMPLER_METHOD_NEAREST, nullptr);
  converter_.reset(gst_video_converter_new(&from, &to, config));
  if (!converter_)
    throw ElementError(GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION,
                       "No conversion from " + describe(from) + " to " + describe(to) + ".");
}

void Converter::convert(const GstVideoFrame& from, GstVideoFrame& to) {
  gst_video_converter_frame(converter_.get(), &from, &to);
}

}  // namespace gst_lowrank
