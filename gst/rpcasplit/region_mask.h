// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <string>

#include "lowrank/background.h"
#include "rpcasplit/gray_picture.h"

namespace gst_lowrank {

/// The property `region-mask`: a file, and how often the property was set, since a file may have
/// changed when it is named again.
struct RegionMaskFile {
  std::string path;  ///< empty is none
  guint times_set = 0;

  bool operator==(const RegionMaskFile&) const = default;
};

/// The picture of the property `region-mask`, and the engine that has it. Streaming thread, and
/// state changes.
class RegionMask {
 public:
  explicit RegionMask(GstElement* element) : element_(element) {}

  /// Reads the file at start; throws ElementError when it cannot be used.
  void load(const RegionMaskFile& file);
  /// Follows the property while playing: a file that cannot be used is a warning, and what held
  /// before goes on to hold.
  void follow(const RegionMaskFile& file);
  /// Gives back what load() took.
  void forget();
  /// Gives the picture to `engine` unless it has it. `configured` says that it has none.
  void give(lowrank::BackgroundEngine& engine, const lowrank::ImageFormat& format, bool configured);

 private:
  GstElement* element_;
  RegionMaskFile file_;
  std::string path_;  ///< of the picture
  GrayPicture picture_;
  bool given_ = true;
};

}  // namespace gst_lowrank
