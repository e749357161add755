// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <optional>
#include <vector>

#include "common/size_limit.h"
#include "lowrank/image.h"

namespace gst_lowrank {

/// Whether the library reads frames of this format as they lie in memory: 8 bits a sample, or up to
/// 16 in a word of this machine for gray and YUV without alpha, each component at a constant pixel
/// stride, chroma at most halved.
bool is_native(const GstVideoFormatInfo& format);

/// Where a component begins in its plane. GStreamer has the second sample of P010's chroma at a
/// byte's distance from the first, where two lie.
guint first_byte(const GstVideoFormatInfo& format, guint component);

/// Whether it is native and has more than 8 bits a sample.
bool is_deep(const GstVideoFormatInfo& format);

/// Whether there is an alpha channel. GStreamer 1.22 does not say so of AV12, which has a fourth
/// component.
bool has_alpha(const GstVideoFormatInfo& format);

/// The native format that keeps most of `format`: itself when it is native, and not deep unless
/// `deep` allows it; otherwise one chosen by colour model, chroma subsampling and, for gray and YUV
/// when `deep` allows it, depth.
GstVideoFormat nearest_native(const GstVideoFormatInfo& format, bool deep);

/// What the library is told about frames of `info`, whose format is native.
lowrank::ImageFormat image_format(const GstVideoInfo& info);

/// `like` in another format and that format's default colorimetry.
GstVideoInfo like_with_format(const GstVideoInfo& like, GstVideoFormat format);

/// Every raw format that GStreamer can unpack, native ones first.
const std::vector<GstVideoFormat>& all_formats();

/// Caps of system memory with these formats, of sizes from 1×1 to 16384×16384 and any or no
/// framerate.
GstCaps* make_template_caps(const std::vector<GstVideoFormat>& formats);

/// The planes of a mapped frame whose format is native, of the size of `format`: that of the frame
/// is its GstVideoMeta's, which may be larger.
lowrank::ImageView image_of(const GstVideoFrame& frame, const lowrank::ImageFormat& format);
lowrank::MutableImageView mutable_image_of(GstVideoFrame& frame,
                                           const lowrank::ImageFormat& format);

/// The alpha component of a mapped frame, or the byte that pads its pixels (the x of RGBx), if it
/// has either. Of `format` the size counts.
std::optional<lowrank::MutablePlaneView> alpha_of(GstVideoFrame& frame,
                                                  const lowrank::ImageFormat& format);

/// Stands in for a framerate that is unknown or 0/1.
inline constexpr int assumed_fps = 25;
/// From one frame to the next, by the framerate.
GstClockTime frame_duration(const GstVideoInfo& info);

}  // namespace gst_lowrank
