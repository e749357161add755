// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "codec/mode_syntax.h"
#include "codec/patch_picture.h"

namespace lowrank::codec {

/// Steps of the search, from the first to the last by halves, in quarters of a sample.
struct MotionEffort {
  int first;
  int last;
};

/// A patch of luma and where it may come from.
struct MotionTask {
  const Patch& wanted;
  PatchPlace at;
  const Raster<std::uint8_t>& reference;
  const SliceModes& modes;
  int step;  ///< of the quantiser
};

/// A vector that leaves little of the patch and costs few bits: from the best of those of the
/// patches around by ever shorter steps, as in the three-step search (Koga et al., NTC 1981).
MotionVector find_motion(const MotionTask& task, const MotionEffort& effort);

}  // namespace lowrank::codec
