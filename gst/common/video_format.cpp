// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/video_format.h"

#include <algorithm>
#include <array>

namespace gst_lowrank {

namespace {

bool is_chroma_regular(const GstVideoFormatInfo& format) {
  return format.n_components >= 3 && format.w_sub[1] == format.w_sub[2] &&
         format.h_sub[1] == format.h_sub[2] && format.w_sub[1] <= 1 && format.h_sub[1] <= 1;
}

bool is_full_size(const GstVideoFormatInfo& format, guint component) {
  return format.w_sub[component] == 0 && format.h_sub[component] == 0;
}

constexpr guint irregular_flags = GST_VIDEO_FORMAT_FLAG_COMPLEX | GST_VIDEO_FORMAT_FLAG_PALETTE |
                                  GST_VIDEO_FORMAT_FLAG_TILED | GST_VIDEO_FORMAT_FLAG_SUBTILES;

bool has_bytes(const GstVideoFormatInfo& format) {
  for (guint c = 0; c < format.n_components; c++)
    if (format.depth[c] != 8 || format.shift[c] != 0 || format.pixel_stride[c] < 1)
      return false;
  return true;
}

// Words of this machine that hold a sample each. Packed ones (Y210) are left out: GStreamer 1.22
// does not say where their components begin.
bool has_words(const GstVideoFormatInfo& format) {
  const bool little_endian = (format.flags & GST_VIDEO_FORMAT_FLAG_LE) != 0;
  if (little_endian != (G_BYTE_ORDER == G_LITTLE_ENDIAN) || format.pixel_stride[0] != 2)
    return false;
  for (guint c = 0; c < format.n_components; c++)
    if (format.depth[c] != format.depth[0] || format.shift[c] != format.shift[0] ||
        format.pixel_stride[c] < 2)
      return false;
  return format.depth[0] > 8 && format.depth[0] + format.shift[0] <= 16;
}

// The deep native format that holds every sample of `format`, gray or YUV, with the least to spare.
GstVideoFormat deep_counterpart(const GstVideoFormatInfo& format) {
  GstVideoFormat best = GST_VIDEO_FORMAT_UNKNOWN;
  guint best_spare = G_MAXUINT;
  guint count = 0;
  const GstVideoFormat* known = gst_video_formats_raw(&count);
  for (guint i = 0; i < count; i++) {
    const GstVideoFormatInfo& other = *gst_video_format_get_info(known[i]);
    if (!is_deep(other) ||
        GST_VIDEO_FORMAT_INFO_IS_GRAY(&other) != GST_VIDEO_FORMAT_INFO_IS_GRAY(&format) ||
        other.depth[0] < format.depth[0])
      continue;
    guint spare = 2 * (other.depth[0] - format.depth[0]) + (other.shift[0] > 0 ? 1 : 0);
    if (!GST_VIDEO_FORMAT_INFO_IS_GRAY(&format)) {
      const guint narrow = std::min(format.w_sub[1], 1u);
      const guint low = std::min(format.h_sub[1], 1u);
      if (other.w_sub[1] > narrow || other.h_sub[1] > low)
        continue;
      spare += 100 * (narrow - other.w_sub[1] + low - other.h_sub[1]);
    }
    if (spare < best_spare) {
      best_spare = spare;
      best = known[i];
    }
  }
  return best;
}

}  // namespace

guint first_byte(const GstVideoFormatInfo& format, guint component) {
  const guint offset = format.poffset[component];
  return format.depth[component] > 8 ? (offset + 1) / 2 * 2 : offset;
}

bool is_deep(const GstVideoFormatInfo& format) {
  return is_native(format) && format.depth[0] > 8;
}

bool is_native(const GstVideoFormatInfo& format) {
  if (format.n_components == 0 || (format.flags & irregular_flags) != 0)
    return false;
  const bool words_fit =
      has_words(format) && format.n_components <= 3 && !GST_VIDEO_FORMAT_INFO_IS_RGB(&format);
  if (!has_bytes(format) && !words_fit)
    return false;
  if (!is_full_size(format, 0) || (format.n_components > 3 && !is_full_size(format, 3)))
    return false;
  if (GST_VIDEO_FORMAT_INFO_IS_GRAY(&format))
    return format.n_components == 1;
  if (GST_VIDEO_FORMAT_INFO_IS_YUV(&format))
    return is_chroma_regular(format);
  return GST_VIDEO_FORMAT_INFO_IS_RGB(&format) && format.n_components >= 3 &&
         is_full_size(format, 1) && is_full_size(format, 2);
}

bool has_alpha(const GstVideoFormatInfo& format) {
  return GST_VIDEO_FORMAT_INFO_HAS_ALPHA(&format) || format.n_components > 3;
}

GstVideoFormat nearest_native(const GstVideoFormatInfo& format, bool deep) {
  if (is_native(format) && (deep || !is_deep(format)))
    return format.format;
  if (deep && format.depth[0] > 8 && !GST_VIDEO_FORMAT_INFO_IS_RGB(&format))
    return deep_counterpart(format);
  if (GST_VIDEO_FORMAT_INFO_IS_GRAY(&format))
    return GST_VIDEO_FORMAT_GRAY8;
  if (!GST_VIDEO_FORMAT_INFO_IS_YUV(&format))
    return GST_VIDEO_FORMAT_RGBx;
  if (format.n_components >= 3 && format.h_sub[1] > 0)
    return GST_VIDEO_FORMAT_I420;
  if (format.n_components >= 3 && format.w_sub[1] > 0)
    return GST_VIDEO_FORMAT_Y42B;
  return GST_VIDEO_FORMAT_Y444;
}

lowrank::ImageFormat image_format(const GstVideoInfo& info) {
  const GstVideoFormatInfo& format = *info.finfo;
  lowrank::ImageFormat result;
  result.width = GST_VIDEO_INFO_WIDTH(&info);
  result.height = GST_VIDEO_INFO_HEIGHT(&info);
  if (GST_VIDEO_FORMAT_INFO_IS_RGB(&format)) {
    result.color = lowrank::ColorModel::rgb;
    return result;
  }
  result.depth = static_cast<int>(format.depth[0]);
  result.shift = static_cast<int>(format.shift[0]);
  result.black = info.colorimetry.range == GST_VIDEO_COLOR_RANGE_16_235 ? 16 : 0;
  if (GST_VIDEO_FORMAT_INFO_IS_GRAY(&format))
    return result;
  result.color = lowrank::ColorModel::ycbcr;
  result.chroma_shift_x = static_cast<int>(format.w_sub[1]);
  result.chroma_shift_y = static_cast<int>(format.h_sub[1]);
  return result;
}

GstVideoInfo like_with_format(const GstVideoInfo& like, GstVideoFormat format) {
  GstVideoInfo info;
  gst_video_info_set_interlaced_format(&info, format, GST_VIDEO_INFO_INTERLACE_MODE(&like),
                                       static_cast<guint>(GST_VIDEO_INFO_WIDTH(&like)),
                                       static_cast<guint>(GST_VIDEO_INFO_HEIGHT(&like)));
  info.fps_n = like.fps_n;
  info.fps_d = like.fps_d;
  info.par_n = like.par_n;
  info.par_d = like.par_d;
  return info;
}

const std::vector<GstVideoFormat>& all_formats() {
  static const std::vector<GstVideoFormat> formats = [] {
    // The order is that in which a source without a wish of its own picks.
    std::vector<GstVideoFormat> result = {
        GST_VIDEO_FORMAT_I420,  GST_VIDEO_FORMAT_NV12, GST_VIDEO_FORMAT_YV12, GST_VIDEO_FORMAT_NV21,
        GST_VIDEO_FORMAT_Y42B,  GST_VIDEO_FORMAT_Y444, GST_VIDEO_FORMAT_YUY2, GST_VIDEO_FORMAT_UYVY,
        GST_VIDEO_FORMAT_GRAY8, GST_VIDEO_FORMAT_RGB};
    const auto add = [&](bool native, bool deep) {
      guint count = 0;
      const GstVideoFormat* known = gst_video_formats_raw(&count);
      for (guint i = 0; i < count; i++) {
        const GstVideoFormatInfo* info = gst_video_format_get_info(known[i]);
        if (info->unpack_func != nullptr && is_native(*info) == native && is_deep(*info) == deep &&
            std::find(result.begin(), result.end(), known[i]) == result.end())
          result.push_back(known[i]);
      }
    };
    add(true, false);
    add(true, true);
    add(false, false);
    return result;
  }();
  return formats;
}

GstCaps* make_template_caps(const std::vector<GstVideoFormat>& formats) {
  GstCaps* caps = gst_video_make_raw_caps(formats.data(), static_cast<guint>(formats.size()));
  gst_caps_set_simple(caps, "width", GST_TYPE_INT_RANGE, 1, max_size, "height", GST_TYPE_INT_RANGE,
                      1, max_size, nullptr);
  // A field in a template is a field that caps must have; frames without a rate are welcome.
  gst_structure_remove_field(gst_caps_get_structure(caps, 0), "framerate");
  return caps;
}

lowrank::MutableImageView mutable_image_of(GstVideoFrame& frame,
                                           const lowrank::ImageFormat& format) {
  lowrank::MutableImageView image{format, {}};
  for (int p = 0; p < format.planes(); p++)
    image.planes[static_cast<std::size_t>(p)] = {
        static_cast<std::uint8_t*>(
            GST_VIDEO_FRAME_PLANE_DATA(&frame, GST_VIDEO_FORMAT_INFO_PLANE(frame.info.finfo, p))) +
            first_byte(*frame.info.finfo, static_cast<guint>(p)),
        GST_VIDEO_FRAME_COMP_STRIDE(&frame, p), GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, p),
        format.plane_width(p), format.plane_height(p)};
  return image;
}

lowrank::ImageView image_of(const GstVideoFrame& frame, const lowrank::ImageFormat& format) {
  return mutable_image_of(const_cast<GstVideoFrame&>(frame), format);
}

std::optional<lowrank::MutablePlaneView> alpha_of(GstVideoFrame& frame,
                                                  const lowrank::ImageFormat& format) {
  const GstVideoFormatInfo& layout = *frame.info.finfo;
  lowrank::MutablePlaneView plane{nullptr, 0, 1, format.width, format.height};
  if (has_alpha(layout)) {
    plane.data = static_cast<std::uint8_t*>(GST_VIDEO_FRAME_COMP_DATA(&frame, 3));
    plane.stride = GST_VIDEO_FRAME_COMP_STRIDE(&frame, 3);
    plane.pixel_stride = GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, 3);
    return plane;
  }
  if (layout.n_planes != 1 || layout.n_components != 3 || layout.pixel_stride[0] != 4 ||
      !GST_VIDEO_FORMAT_INFO_IS_RGB(&layout))
    return std::nullopt;
  // Three of the offsets 0 + 1 + 2 + 3 = 6 are taken.
  const guint offset = 6 - layout.poffset[0] - layout.poffset[1] - layout.poffset[2];
  plane.data = static_cast<std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0)) + offset;
  plane.stride = GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0);
  plane.pixel_stride = 4;
  return plane;
}

GstClockTime frame_duration(const GstVideoInfo& info) {
  if (info.fps_n > 0 && info.fps_d > 0)
    return gst_util_uint64_scale_int(GST_SECOND, info.fps_d, info.fps_n);
  return GST_SECOND / assumed_fps;
}

}  // namespace gst_lowrank
