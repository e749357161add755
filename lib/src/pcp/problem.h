// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cstdint>

#include "lowrank/rpca.h"
#include "pcp/norms.h"
#include "row_blocks.h"

namespace lowrank::pcp {

/// A checked problem with at least as many rows as columns, and an M that is not all zero.
template <typename T>
struct Problem {
  MatrixView<const T> m;
  ByteView observed;  ///< without data when no entry is missing
  double lambda;
  Norms norms;
  const PcpOptions& options;
  ThreadPool& pool;

  const T* column(const RowBlock& block, Index j) const { return m.column(j) + block.first; }
  const std::uint8_t* seen(const RowBlock& block, Index j) const {
    return observed.data ? observed.column(j) + block.first : nullptr;
  }
  double elements() const { return static_cast<double>(m.rows) * static_cast<double>(m.cols); }
};

/// Writes a block of packed rows to its place in `out`.
inline void copy_rows(const float* rows, const RowBlock& block, Matrix& out) {
  for (Index j = 0; j < out.cols(); j++)
    std::copy_n(rows + j * block.count, block.count, &out(block.first, j));
}

/// Calls the progress callback; false when it asks to stop.
inline bool goes_on(const PcpOptions& options, const PcpResult& result, Index rank) {
  return !options.progress || options.progress({result.iterations, result.residual, rank});
}

/// M = L + S exactly, by inexact augmented Lagrange multipliers.
template <typename T>
PcpResult solve_exact(const Problem<T>& problem);

/// With noise of the given standard deviation, > 0, left to neither L nor S.
template <typename T>
PcpResult solve_stable(const Problem<T>& problem, double noise);

/// With L of the rank options.max_rank; S gets what exceeds `threshold`, > 0. λ must be 1.
template <typename T>
PcpResult solve_fixed_rank(const Problem<T>& problem, double threshold);

}  // namespace lowrank::pcp
