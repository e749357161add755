// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "lowrank/image.h"

namespace lowrank {

/// Pixels [first, last) of row y that belong to one region.
struct RegionRun {
  int y;
  int first;
  int last;
  int region;
};

/// The connected components (8 neighbours) of a mask, as runs in the order of the rows; regions are
/// numbered from 0 without gaps.
struct Regions {
  std::vector<RegionRun> runs;
  int count = 0;
};

Regions find_regions(const PlaneView& mask);

}  // namespace lowrank
