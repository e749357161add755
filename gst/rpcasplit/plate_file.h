// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <optional>
#include <string>

#include "common/mapped_frame.h"
#include "lowrank/image.h"

namespace gst_lowrank {

/// The last background, and the PNG file that it becomes at the end of the stream. Streaming thread
/// only.
class PlateFile {
 public:
  explicit PlateFile(GstElement* element) : element_(element) {}

  /// Takes a copy of the background of a frame of `info`, in the library's words `format`.
  void keep(const lowrank::ImageView& background, const GstVideoInfo& info,
            const lowrank::ImageFormat& format);

  /// Writes it: 8 bits of RGB, or of gray for a gray stream. What came of it is told on the bus: by
  /// the element message `rpcasplit-plate`, or by a warning.
  void write(const std::string& location);

  void forget() { plate_.reset(); }

 private:
  GstElement* element_;
  GstVideoInfo info_;  // of plate_
  std::optional<ScratchFrame> plate_;
};

}  // namespace gst_lowrank
