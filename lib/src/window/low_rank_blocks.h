// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>

#include "blas.h"
#include "row_blocks.h"

namespace lowrank {

/// L = u·vᵀ made block by block: some rows, for which `panel_columns` columns stay in a core's
/// cache.
constexpr Index panel_columns = 64;

inline RowBlocks low_rank_blocks(Index rows) {
  return RowBlocks(rows, 8 * panel_columns);
}
/// Floats that for_each_column_of() needs to work in.
inline std::size_t low_rank_scratch(const RowBlocks& blocks) {
  return static_cast<std::size_t>(blocks.height() * panel_columns);
}
/// An upper bound on its bytes a thread, the BLAS's packed panels included.
inline Index low_rank_memory(const RowBlocks& blocks) {
  return 4 * static_cast<Index>(low_rank_scratch(blocks)) + Index{1 << 24};
}

/// Calls `body(column, l)` for every column of L with these rows of it, which `body` may change.
template <typename Body>
void for_each_column_of(FloatView u, FloatView v, const RowBlock& block, float* scratch,
                        const Body& body) {
  for (Index first = 0; first < v.rows; first += panel_columns) {
    const Index count = std::min(panel_columns, v.rows - first);
    if (u.cols > 0)
      blas::gemm(blas::Op::none, blas::Op::transpose, block.count, count, u.cols, 1.0f,
                 &u(block.first, 0), u.stride, &v(first, 0), v.stride, 0.0f, scratch, block.count);
    else
      std::fill_n(scratch, block.count * count, 0.0f);
    for (Index j = 0; j < count; j++)
      body(first + j, scratch + j * block.count);
  }
}

}  // namespace lowrank
