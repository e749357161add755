// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>

#include "raster.h"
#include "thread_pool.h"

namespace lowrank {

/// Turns a plane of scores into a mask: the mean of the score over 3×3 against a limit, then the
/// median of the decision over (2·radius + 1)². Pixels beyond the border count as the nearest one.
/// With radius 0 the mask is the raw support, score > 64.
class MaskCleanup {
 public:
  /// `limit` is in units of the threshold, `mask` gets 255 or 0.
  void run(const Raster<std::uint8_t>& score, float limit, int radius, Raster<std::uint8_t>& mask,
           ThreadPool& pool) const;

  /// Fills holes: `filled` is the mask and every pixel of whose surroundings, (4·radius + 3)², more
  /// than half is masked, unless `without(y)` names a row that is set there.
  using Without = std::function<const std::uint8_t*(int y, std::uint8_t* row)>;
  void fill(const Raster<std::uint8_t>& mask, int radius, const Without& without,
            Raster<std::uint8_t>& filled, ThreadPool& pool) const;
};

/// Share of the pixels that are set.
double share_of_mask(const PlaneView& mask);

}  // namespace lowrank
