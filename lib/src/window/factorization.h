// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>

#include "block_view.h"
#include "lowrank/background.h"
#include "row_parts.h"

namespace lowrank {

/// The background of a window: L = u·vᵀ in grey levels, a row of `v` a column of M.
struct BackgroundFactors {
  Matrix u;
  Matrix v;
  int iterations = 0;      ///< 0 for methods that have none
  bool cancelled = false;  ///< then the rest means nothing
};

/// Told after each iteration how many are done, and an estimate of the share of the work that is, 0
/// to 1; false cancels.
using StepFunction = std::function<bool(int iterations, double done)>;

/// Factorizes M by the method of the options. `reduction` as in window.h.
BackgroundFactors factorize_background(ByteView m, const BackgroundOptions& options,
                                       unsigned threads, const StepFunction& step);
BackgroundFactors factorize_background(const TiledBytes& m, const BackgroundOptions& options,
                                       Reduction* reduction, const StepFunction& step);

/// Bytes that factorize_background() takes beyond M at its peak, its result included.
std::uint64_t factorization_memory(const BackgroundOptions& options, Index rows, Index frames,
                                   unsigned threads);
/// Bytes of its result.
std::uint64_t factors_memory(const BackgroundOptions& options, Index rows, Index frames);

}  // namespace lowrank
