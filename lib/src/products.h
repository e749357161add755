// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "row_parts.h"
#include "row_source.h"
#include "thread_pool.h"

/// Products with a matrix A (m × n) that is read block by block. Results do not depend on the
/// number of threads.
namespace lowrank {

/// AᵀA, n × n, full, with products and sums in double precision.
std::vector<double> gram_matrix(const RowSource& a, ThreadPool& pool);

/// XᵀX, k × k, full, for a tall X in memory; products and sums in double precision.
std::vector<double> gram_matrix(FloatView x, ThreadPool& pool);

/// AᵀA·V, n × k, for V n × k: single precision within a block, double from block to block.
std::vector<double> normal_product(const RowSource& a, FloatView v, ThreadPool& pool);

/// The same for V packed, in double precision throughout.
std::vector<double> normal_product(const RowSource& a, const std::vector<double>& v,
                                   ThreadPool& pool);

/// A·V into `out`, m × k, in single precision.
void project(const RowSource& a, FloatView v, MutableFloatView out, ThreadPool& pool);

/// A·V into `out`, m × k, for V n × k packed, in double precision up to the last rounding.
void project(const RowSource& a, const double* v, MutableFloatView out, ThreadPool& pool);

/// X ← X·W for a tall X in memory and W k × r packed, r <= k: the first r columns of X are written.
void rotate_columns(MutableFloatView x, const std::vector<double>& w, Index r, ThreadPool& pool);

/// Replaces the columns of X (rows >= columns) by orthonormal ones that span the same, each column
/// staying close to where it was if it was nearly orthogonal to those before it. The columns from
/// `valid` on are not read: orthonormal directions outside of the span are put there. `parts` are
/// those of X.
void orthonormalize_tall(MutableFloatView x, Index valid, const RowParts& parts, ThreadPool& pool);

/// Whether A·xᵢ/σᵢ, for eigenvectors xᵢ of an n × n AᵀA in double precision, are orthogonal to
/// float rounding without more ado; `share` is the least σᵢ²/σ₁².
inline bool stay_orthogonal(Index n, double share) {
  return 0x1p-53 * static_cast<double>(n) < 0x1p-24 * share;
}

}  // namespace lowrank
