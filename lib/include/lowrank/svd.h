// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lowrank/export.h"
#include "lowrank/matrix_view.h"

namespace lowrank {

/// A ≈ U diag(σ) Vᵀ with orthonormal columns in `u` (rows × k) and `v` (cols × k), and `sigma`
/// (k values) non-negative and descending.
struct Svd {
  Matrix u;
  std::vector<float> sigma;
  Matrix v;
};

LOWRANK_API Svd svd(FloatView a);
LOWRANK_API Svd truncated_svd(FloatView a, Index k);

struct RandomizedSvdOptions {
  Index oversampling = 10;
  int power_iterations = 2;
  std::uint64_t seed = 1;
  unsigned threads = 1;
};
LOWRANK_API Svd randomized_svd(FloatView a, Index k, const RandomizedSvdOptions& options = {});

LOWRANK_API Svd gram_svd(FloatView a, Index k, unsigned threads = 1);
LOWRANK_API Svd gram_svd(ByteView a, Index k, unsigned threads = 1);

LOWRANK_API double energy(std::span<const float> sigma, Index k);
LOWRANK_API Index rank_for_energy(std::span<const float> sigma, double share);

}  // namespace lowrank
