// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "lowrank/matrix_view.h"
#include "progress_tracker.h"
#include "thread_pool.h"

namespace lowrank {

/// What one reading of a matrix tells. For a matrix with a longer and a shorter side the sketch
/// replaces the longer by `height` random combinations.
struct Sketch {
  Matrix matrix;      ///< S·A, height × cols, of a tall A; A·Sᵀ, rows × height, of a wide one
  float largest = 0;  ///< the largest magnitude in A; NaN if A holds NaN or an infinity
};

/// The product of A with a sparse matrix S of signs, four a row or column of A: it costs little
/// more than reading A, and AᵀSᵀSA/4 is close to AᵀA where S is much higher than the rank that
/// counts. Clarkson, Woodruff, "Low rank approximation and regression in input sparsity time", STOC
/// 2013; Martinsson, Tropp, "Randomized numerical linear algebra", Acta Numerica 2020, section 9.2.
/// Does not depend on the number of threads.
Sketch sketch(FloatView a, Index height, std::uint64_t seed, ThreadPool& pool,
              ProgressTracker& progress);
Sketch sketch(ByteView a, Index height, std::uint64_t seed, ThreadPool& pool,
              ProgressTracker& progress);

/// Sketch::largest alone.
float largest_magnitude(FloatView a, ThreadPool& pool);
float largest_magnitude(ByteView a, ThreadPool& pool);

}  // namespace lowrank
