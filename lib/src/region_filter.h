// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "lowrank/background.h"
#include "raster.h"

namespace lowrank {

struct Regions;

/// What becomes of a mask before it is given out: regions of the wrong size leave it, those that
/// stay are told of. The model never sees it.
class RegionFilter {
 public:
  /// Whether these options ask for anything.
  static bool needed(const BackgroundOptions& options);

  /// `result` refers to what this object holds until the next call.
  void apply(const BackgroundOptions& options, Separation& result);

 private:
  void measure(const Regions& regions);
  void clear(const Regions& regions, const BackgroundOptions& options, Separation& result);

  std::vector<Region> regions_;
  Raster<std::uint8_t> mask_;  ///< set when a mask had to be changed
};

}  // namespace lowrank
