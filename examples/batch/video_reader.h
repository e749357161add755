// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <cstdint>
#include <string>

#include <lowrank/image.h>

#include "pipeline.h"

namespace batch {

/// The file that a URI names, or the URI.
std::string name_of(const std::string& uri);

/// The frames of a video, one after the other, decoded to planar YCbCr of 8 bits or to grey.
class VideoReader {
 public:
  /// Opens it and decodes the first frame. Throws std::runtime_error when there is none.
  explicit VideoReader(const std::string& uri);
  ~VideoReader();

  const GstVideoInfo& info() const { return info_; }
  const lowrank::ImageFormat& format() const { return format_; }
  /// How many frames the container announces; 0 when it does not say. No more than an estimate.
  std::int64_t announced_frames() const;

  /// Goes on to the next frame, the first one at first; false at the end. Throws
  /// std::runtime_error for what cannot be decoded and when the frames change their format, and
  /// Interrupted.
  bool next();
  lowrank::ImageView image() const;
  GstClockTime time() const { return time_; }  ///< running time of the frame
  GstClockTime duration() const;               ///< of the frame, perhaps GST_CLOCK_TIME_NONE

 private:
  SamplePtr pull();
  void unmap();

  Pipeline pipeline_;
  ElementPtr sink_;
  GstVideoInfo info_;
  lowrank::ImageFormat format_;
  CapsPtr caps_;
  SamplePtr sample_;
  bool first_ = true;
  bool mapped_ = false;
  GstVideoFrame frame_;
  GstClockTime time_ = 0;
  std::uint64_t frames_ = 0;  ///< that next() has given
};

}  // namespace batch
