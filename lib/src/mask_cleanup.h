// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <vector>

#include "raster.h"
#include "thread_pool.h"

namespace lowrank {

/// How many pixels of each row of a mask are set.
using RowCounts = std::vector<int>;

/// Share of the pixels that are set.
double share_of(const RowCounts& counts, int width);

/// Turns a plane of scores into a mask, 255 or 0: the mean of the score over 3×3 against a limit,
/// in units of the threshold, then the median of the decision over (2·radius + 1)². Pixels beyond
/// the border count as the nearest one. With radius 0 the mask is the raw support, score > 64.
/// `row_done` may be empty; it is called for each row on the thread of its strip.
void clean_mask(const Raster<std::uint8_t>& score, float limit, int radius,
                Raster<std::uint8_t>& mask, RowCounts& counts, ThreadPool& pool,
                const std::function<void(int y)>& row_done = {});

/// Fills holes: `filled` is the mask and every pixel of whose surroundings, (2·reach + 1)² with a
/// reach of at most 127, more than half is masked, unless `without(y, row)` gives a row that is set
/// there; it may give null. `counts` may count more than the mask has. `filled_counts` is right
/// before and after the call.
using Without = std::function<const std::uint8_t*(int y, std::uint8_t* row)>;
void fill_holes(const Raster<std::uint8_t>& mask, const RowCounts& counts, int reach,
                const Without& without, Raster<std::uint8_t>& filled, RowCounts& filled_counts,
                ThreadPool& pool);

}  // namespace lowrank
