// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <filesystem>
#include <functional>
#include <string>

#include <lowrank/image.h>

#include "pipeline.h"

namespace batch {

/// The elements from raw video to the bytes of a file when nothing else is asked for: lossless if
/// there is an encoder for that.
std::string default_encoder();

/// The extension of the files that the elements write. Throws std::runtime_error when they cannot
/// be made, do not have one input and one output, or end in a format that is not known.
std::string extension_of(const std::string& encoder);

/// A video file that is written frame by frame.
class VideoWriter {
 public:
  VideoWriter(const std::filesystem::path& file, const GstVideoInfo& info,
              const std::string& encoder);

  /// Adds a frame that `paint` fills in. Throws std::runtime_error for what cannot be written, and
  /// Interrupted.
  void write(GstClockTime time, GstClockTime duration,
             const std::function<void(const lowrank::MutableImageView&)>& paint);
  /// Completes the file and puts it onto the disk.
  void finish();

 private:
  std::filesystem::path file_;
  GstVideoInfo info_;
  Pipeline pipeline_;
  ElementPtr source_;
};

}  // namespace batch
