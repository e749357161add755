// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <optional>
#include <vector>

#include "common/gst_ptr.h"
#include "lowrank/codec.h"

namespace gst_lowrank {

/// The media type of streams of the codec.
inline constexpr const char* stream_media_type = "video/x-lowrank";

/// What tags call the codec.
inline constexpr const char* codec_name = "Low-rank video";

/// Raw formats that the pictures of streams come out in.
const std::vector<GstVideoFormat>& decoded_formats();

/// Raw formats that are encoded as they lie: those, and any in which the same samples lie
/// otherwise.
const std::vector<GstVideoFormat>& encoded_formats();

/// What the codec is told about video of `info`, whose format is one of encoded_formats(). Throws
/// ElementError when the fields of interlaced video do not lie in one picture.
lowrank::StreamInfo stream_info(const GstVideoInfo& info);

/// The raw video that comes out of a stream. Halved vertically alone, chroma is shown whole: there
/// is no raw format for it.
GstVideoInfo video_info(const lowrank::StreamInfo& stream);

/// Caps of a stream cut into pictures, with its sequence packet as codec_data.
CapsPtr stream_caps(const lowrank::StreamInfo& stream, lowrank::ByteSpan sequence);

/// PictureInfo::fields of a buffer of `info`, and back.
guint8 fields_of(GstBuffer* buffer, const GstVideoInfo& info);
void set_fields(GstBuffer* buffer, guint8 fields);

/// GST_CLOCK_TIME_NONE is no time.
inline std::optional<guint64> time_from_clock(GstClockTime time) {
  return GST_CLOCK_TIME_IS_VALID(time) ? std::optional<guint64>(time) : std::nullopt;
}
inline GstClockTime clock_from_time(const std::optional<guint64>& time) {
  return time.value_or(GST_CLOCK_TIME_NONE);
}

/// Adds the pads of an encoder or decoder, whose raw video flows in direction `raw`.
void add_codec_templates(GstElementClass* element_class, GstPadDirection raw);
void add_parser_templates(GstElementClass* element_class);

BufferPtr buffer_of(lowrank::ByteSpan bytes);

}  // namespace gst_lowrank
