// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "lowrank/matrix_view.h"
#include "thread_pool.h"

namespace lowrank {

/// What a factorized window gives out: L, rounded to samples and a column a frame, and the noise of
/// each row of M, a standard deviation in grey levels.
struct Plates {
  std::unique_ptr<std::uint8_t[]> samples;
  std::vector<float> noise;

  const std::uint8_t* column(Index frame) const {
    return samples.get() + frame * static_cast<Index>(noise.size());
  }
};

/// Makes the plates of L = u·vᵀ. The noise of a row is 1.4826 times the median of |M − L|, which
/// foreground in less than half of the frames does not move, in quarters of a grey level, over at
/// most 128 frames of the window, evenly spaced.
Plates make_plates(ByteView m, FloatView u, FloatView v, ThreadPool& pool);

/// Bytes that make_plates() takes, its result included.
std::uint64_t plates_memory(Index rows, Index frames, unsigned threads);

}  // namespace lowrank
