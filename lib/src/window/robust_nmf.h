// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "window/factorization.h"

namespace lowrank {

/// Non-negative factorization of a window that what moves does not pull at.
///
/// Least squares would spread objects over the background. So what is factorized is M with all
/// that is further than 6 grey levels from the background so far brought there; that, five times
/// over, each from the factors of the one before, goes toward the minimum of Huber's loss (Huber,
/// "Robust statistics", 1981, with his pseudo-observations). The first background is the median of
/// each row over at most 128 frames.
BackgroundFactors factorize_by_nmf(const BlockView<std::uint8_t>& m, Index rank, unsigned threads,
                                   Reduction* reduction, const StepFunction& step);

/// Bytes that it takes beyond M, its result included.
std::uint64_t robust_nmf_memory(Index rows, Index frames, Index rank, unsigned threads);

}  // namespace lowrank
