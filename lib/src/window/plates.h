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
  std::shared_ptr<const std::vector<float>> noise;
  /// L of the frames that the next window shares, in 1/256 grey level: rounded to samples it would
  /// go over into the next one's by whole grey levels, all at once.
  std::shared_ptr<const std::uint16_t[]> tail;

  Index rows() const { return static_cast<Index>(noise->size()); }
  const std::uint8_t* column(Index frame) const { return samples.get() + frame * rows(); }
};

/// How a window joins those around it.
struct Joints {
  std::shared_ptr<const std::uint16_t[]>
      earlier;               ///< tail of the one before; null if there is none
  std::vector<Index> faded;  ///< columns that it shares, in its tail's order
  std::vector<Index> tail;   ///< columns that the next window shares
};

/// Makes the plates of L = u·vᵀ. Over the shared columns the earlier plates go over linearly into
/// these: L stays low-rank, of at most the ranks of both. For the noise see row_noise.h.
Plates make_plates(ByteView m, FloatView u, FloatView v, const Joints& joints, ThreadPool& pool);

/// Bytes that make_plates() takes, its result included.
std::uint64_t plates_memory(Index rows, Index frames, Index shared, unsigned threads);

}  // namespace lowrank
