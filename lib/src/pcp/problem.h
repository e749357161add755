// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>

#include "lowrank/rpca.h"
#include "pcp/input.h"
#include "pcp/norms.h"

namespace lowrank::pcp {

/// A checked problem with at least as many rows as columns, and an M that is not all zero.
template <typename T>
struct Problem : Input<T> {
  double lambda;
  Norms norms;
  const PcpOptions& options;
  ThreadPool& pool;
};

/// Writes a block of packed rows to its place in `out`.
inline void copy_rows(const float* rows, const RowBlock& block, Matrix& out) {
  for (Index j = 0; j < out.cols(); j++)
    std::copy_n(rows + j * block.count, block.count, &out(block.first, j));
}

/// Calls the progress callback; false when it asks to stop, in whichever part.
template <typename T>
bool goes_on(const Problem<T>& problem, const PcpResult& result, Index rank) {
  const auto& progress = problem.options.progress;
  const bool here = !progress || progress({result.iterations, result.residual, rank});
  return problem.parts.all(here);
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
