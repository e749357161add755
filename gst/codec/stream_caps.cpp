// SPDX-License-Identifier: LGPL-2.1-or-later
#include "codec/stream_caps.h"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "common/guarded.h"
#include "common/video_format.h"

namespace gst_lowrank {

namespace {

constexpr guint8 field_interlaced = 1;
constexpr guint8 field_top_first = 2;
constexpr guint8 field_repeat_first = 4;
constexpr guint8 field_one = 8;
constexpr int black_of_video_range = 16;
constexpr guint known_sites = 15;

lowrank::Scan scan_of(const GstVideoInfo& info) {
  switch (GST_VIDEO_INFO_INTERLACE_MODE(&info)) {
    case GST_VIDEO_INTERLACE_MODE_PROGRESSIVE:
      return lowrank::Scan::progressive;
    case GST_VIDEO_INTERLACE_MODE_INTERLEAVED:
      return lowrank::Scan::interleaved;
    case GST_VIDEO_INTERLACE_MODE_MIXED:
      return lowrank::Scan::mixed;
    default:
      throw ElementError(
          GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT,
          std::string("The interlace-mode ") +
              gst_video_interlace_mode_to_string(GST_VIDEO_INFO_INTERLACE_MODE(&info)) +
              " is not encoded; progressive, interleaved and mixed are.");
  }
}

GstVideoInterlaceMode interlace_mode_of(lowrank::Scan scan) {
  switch (scan) {
    case lowrank::Scan::interleaved:
      return GST_VIDEO_INTERLACE_MODE_INTERLEAVED;
    case lowrank::Scan::mixed:
      return GST_VIDEO_INTERLACE_MODE_MIXED;
    default:
      return GST_VIDEO_INTERLACE_MODE_PROGRESSIVE;
  }
}

// Whether the samples are those of a format that is decoded, if perhaps in another order.
bool is_encoded(const GstVideoFormatInfo& format) {
  return is_native(format) && !is_deep(format) && !GST_VIDEO_FORMAT_INFO_IS_RGB(&format) &&
         !has_alpha(format);
}

GstVideoFormat raw_format(const lowrank::ImageFormat& format) {
  if (format.color == lowrank::ColorModel::gray)
    return GST_VIDEO_FORMAT_GRAY8;
  if (format.chroma_shift_x == 0)
    return GST_VIDEO_FORMAT_Y444;
  return format.chroma_shift_y == 0 ? GST_VIDEO_FORMAT_Y42B : GST_VIDEO_FORMAT_I420;
}

// What GStreamer knows and ISO/IEC 23091-2 does not; the numbers are those of docs/bitstream.md.
constexpr std::pair<GstVideoTransferFunction, guint8> own_transfers[] = {
    {GST_VIDEO_TRANSFER_GAMMA18, 224},
    {GST_VIDEO_TRANSFER_GAMMA20, 225},
    {GST_VIDEO_TRANSFER_ADOBERGB, 226}};
constexpr guint8 own_adobe_primaries = 224;

guint8 code_of(GstVideoTransferFunction transfer) {
  for (const auto& [own, code] : own_transfers)
    if (transfer == own)
      return code;
  return static_cast<guint8>(gst_video_transfer_function_to_iso(transfer));
}

GstVideoTransferFunction transfer_of(guint8 code) {
  for (const auto& [transfer, own] : own_transfers)
    if (code == own)
      return transfer;
  return gst_video_transfer_function_from_iso(code);
}

guint8 code_of(GstVideoColorPrimaries primaries) {
  if (primaries == GST_VIDEO_COLOR_PRIMARIES_ADOBERGB)
    return own_adobe_primaries;
  return static_cast<guint8>(gst_video_color_primaries_to_iso(primaries));
}

GstVideoColorPrimaries primaries_of(guint8 code) {
  return code == own_adobe_primaries ? GST_VIDEO_COLOR_PRIMARIES_ADOBERGB
                                     : gst_video_color_primaries_from_iso(code);
}

GstVideoColorimetry colorimetry_of(const lowrank::StreamInfo& stream) {
  GstVideoColorimetry color;
  color.range = stream.format.black == black_of_video_range ? GST_VIDEO_COLOR_RANGE_16_235
                                                            : GST_VIDEO_COLOR_RANGE_0_255;
  color.matrix = gst_video_color_matrix_from_iso(stream.matrix);
  color.transfer = transfer_of(stream.transfer);
  color.primaries = primaries_of(stream.primaries);
  return color;
}

gint clamp_to_int(std::uint32_t value) {
  return static_cast<gint>(std::min(value, static_cast<std::uint32_t>(G_MAXINT)));
}

}  // namespace

const std::vector<GstVideoFormat>& decoded_formats() {
  static const std::vector<GstVideoFormat> formats = {
      GST_VIDEO_FORMAT_I420, GST_VIDEO_FORMAT_Y42B, GST_VIDEO_FORMAT_Y444, GST_VIDEO_FORMAT_GRAY8};
  return formats;
}

const std::vector<GstVideoFormat>& encoded_formats() {
  static const std::vector<GstVideoFormat> formats = [] {
    // A source without a wish of its own picks the first.
    std::vector<GstVideoFormat> result = decoded_formats();
    for (const GstVideoFormat format : all_formats())
      if (is_encoded(*gst_video_format_get_info(format)) &&
          std::ranges::find(result, format) == result.end())
        result.push_back(format);
    return result;
  }();
  return formats;
}

lowrank::StreamInfo stream_info(const GstVideoInfo& info) {
  lowrank::StreamInfo stream;
  stream.format = image_format(info);
  // Caps of a varying rate may name its maximum, which GstVideoInfo holds in the same place.
  const bool varying = (GST_VIDEO_INFO_FLAGS(&info) & GST_VIDEO_FLAG_VARIABLE_FPS) != 0;
  if (!varying && info.fps_n > 0 && info.fps_d > 0)
    stream.frame_rate = {static_cast<std::uint32_t>(info.fps_n),
                         static_cast<std::uint32_t>(info.fps_d)};
  if (info.par_n > 0 && info.par_d > 0)
    stream.pixel_aspect = {static_cast<std::uint32_t>(info.par_n),
                           static_cast<std::uint32_t>(info.par_d)};
  stream.primaries = code_of(info.colorimetry.primaries);
  stream.transfer = code_of(info.colorimetry.transfer);
  stream.matrix = static_cast<std::uint8_t>(gst_video_color_matrix_to_iso(info.colorimetry.matrix));
  stream.chroma_site = static_cast<std::uint8_t>(info.chroma_site);
  stream.scan = scan_of(info);
  return stream;
}

GstVideoInfo video_info(const lowrank::StreamInfo& stream) {
  GstVideoInfo info;
  gst_video_info_init(&info);
  if (!gst_video_info_set_interlaced_format(
          &info, raw_format(stream.format), interlace_mode_of(stream.scan),
          static_cast<guint>(stream.format.width), static_cast<guint>(stream.format.height)))
    throw ElementError(GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT,
                       "Pictures of " + std::to_string(stream.format.width) + "x" +
                           std::to_string(stream.format.height) + " are too large for a buffer.");
  info.fps_n = clamp_to_int(stream.frame_rate.numerator);
  info.fps_d = clamp_to_int(stream.frame_rate.denominator);
  info.par_n = clamp_to_int(stream.pixel_aspect.numerator);
  info.par_d = clamp_to_int(stream.pixel_aspect.denominator);
  info.colorimetry = colorimetry_of(stream);
  info.chroma_site = static_cast<GstVideoChromaSite>(stream.chroma_site & known_sites);
  return info;
}

CapsPtr stream_caps(const lowrank::StreamInfo& stream, lowrank::ByteSpan sequence) {
  const GstVideoInfo info = video_info(stream);
  CapsPtr caps(gst_video_info_to_caps(&info));
  GstStructure* fields = gst_caps_get_structure(caps.get(), 0);
  gst_structure_set_name(fields, stream_media_type);
  gst_structure_remove_field(fields, "format");
  gst_structure_set(fields, "parsed", G_TYPE_BOOLEAN, TRUE, nullptr);
  const BufferPtr data = buffer_of(sequence);
  gst_structure_set(fields, "codec_data", GST_TYPE_BUFFER, data.get(), nullptr);
  return caps;
}

guint8 fields_of(GstBuffer* buffer, const GstVideoInfo& info) {
  const auto has = [buffer](guint flag) { return GST_BUFFER_FLAG_IS_SET(buffer, flag); };
  if (!GST_VIDEO_INFO_IS_INTERLACED(&info))
    return 0;
  const bool interleaved =
      GST_VIDEO_INFO_INTERLACE_MODE(&info) == GST_VIDEO_INTERLACE_MODE_INTERLEAVED;
  guint8 fields = 0;
  if (interleaved || has(GST_VIDEO_BUFFER_FLAG_INTERLACED))
    fields |= field_interlaced;
  if (has(GST_VIDEO_BUFFER_FLAG_TFF) ||
      (interleaved && GST_VIDEO_INFO_FIELD_ORDER(&info) == GST_VIDEO_FIELD_ORDER_TOP_FIELD_FIRST))
    fields |= field_top_first;
  if (has(GST_VIDEO_BUFFER_FLAG_RFF))
    fields |= field_repeat_first;
  if (has(GST_VIDEO_BUFFER_FLAG_ONEFIELD))
    fields |= field_one;
  return fields;
}

void set_fields(GstBuffer* buffer, guint8 fields) {
  const auto set = [&](guint8 bit, guint flag) {
    if ((fields & bit) != 0)
      GST_BUFFER_FLAG_SET(buffer, flag);
    else
      GST_BUFFER_FLAG_UNSET(buffer, flag);
  };
  set(field_interlaced, GST_VIDEO_BUFFER_FLAG_INTERLACED);
  set(field_top_first, GST_VIDEO_BUFFER_FLAG_TFF);
  set(field_repeat_first, GST_VIDEO_BUFFER_FLAG_RFF);
  set(field_one, GST_VIDEO_BUFFER_FLAG_ONEFIELD);
}

namespace {

void add_template(GstElementClass* element_class, GstPadDirection direction, CapsPtr caps) {
  gst_element_class_add_pad_template(
      element_class, gst_pad_template_new(direction == GST_PAD_SINK ? "sink" : "src", direction,
                                          GST_PAD_ALWAYS, caps.get()));
}

CapsPtr parsed_caps() {
  return CapsPtr(gst_caps_new_simple(stream_media_type, "parsed", G_TYPE_BOOLEAN, TRUE, nullptr));
}

}  // namespace

void add_codec_templates(GstElementClass* element_class, GstPadDirection raw) {
  add_template(
      element_class, raw,
      CapsPtr(make_template_caps(raw == GST_PAD_SINK ? encoded_formats() : decoded_formats())));
  add_template(element_class, raw == GST_PAD_SINK ? GST_PAD_SRC : GST_PAD_SINK, parsed_caps());
}

void add_parser_templates(GstElementClass* element_class) {
  add_template(element_class, GST_PAD_SINK, CapsPtr(gst_caps_new_empty_simple(stream_media_type)));
  add_template(element_class, GST_PAD_SRC, parsed_caps());
}

BufferPtr buffer_of(lowrank::ByteSpan bytes) {
  BufferPtr buffer(gst_buffer_new_allocate(nullptr, bytes.size(), nullptr));
  if (!buffer)
    throw std::bad_alloc();
  gst_buffer_fill(buffer.get(), 0, bytes.data(), bytes.size());
  return buffer;
}

}  // namespace gst_lowrank
