// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "lowrank/background.h"
#include "raster.h"
#include "regions.h"

namespace lowrank {

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
  void draw(const Regions& regions, const BackgroundOptions& options, Separation& result);

  std::vector<Region> regions_;
  // The last mask that had to be changed, drawn run by run: masks are mostly empty.
  Raster<std::uint8_t> mask_;
  std::vector<RegionRun> drawn_;
};

}  // namespace lowrank
