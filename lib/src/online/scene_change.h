// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "online/model_bytes.h"
#include "raster.h"

namespace lowrank {

/// Notices that the video has gone on to another scene: from one frame to the next nearly all of
/// the picture differs from the background, or much of it does and the edges of the background are
/// gone, which light leaves where they are. An object before the camera takes some frames to get
/// there, and only counts as a scene when it covers nearly all for seconds.
class SceneChange {
 public:
  enum class Verdict : std::uint8_t {
    same,
    doubtful,  ///< this frame seems to show another scene, but too few did in a row
    another,
  };

  struct Evidence {
    const PlaneView& luma;
    const PlaneView& predicted;         ///< L of the luma
    const Raster<std::uint8_t>& score;  ///< see Scene
    double foreground_ratio;
    /// The automatic threshold over the one that is set: a low one is meant to mark more.
    float lowered;
  };

  /// To be called for each frame that is not of the first ones.
  Verdict judge(const Evidence& evidence);

  void save(ModelWriter& out) const;
  void load(ModelReader& in);

 private:
  int frames_ = 0;         ///< in a row that differ
  bool sudden_ = false;    ///< whether they began to from one frame to the next
  double last_share_ = 1;  ///< before the first frame: nothing is sudden yet
};

}  // namespace lowrank
