// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "lowrank/svd.h"
#include "progress_tracker.h"
#include "row_source.h"
#include "thread_pool.h"

/// What the methods that find singular vectors by products with AᵀA have in common. A is tall, m ×
/// n; sets of vectors are n × p, packed, in double precision.
namespace lowrank {

/// X ↦ AᵀA·X: in single precision within a block of rows, or in double, at twice the time. The
/// rounding of the former hides directions with a σ below some 1e-4·σ₁.
struct NormalOperator {
  const RowSource& a;
  ThreadPool& pool;
  bool precise = false;

  std::vector<double> operator()(const std::vector<double>& x) const;
};

/// σᵢ/σ₁ below which products have to be precise.
constexpr double precise_below = 1e-3;

/// Orthonormal, random.
std::vector<double> random_basis(Index n, Index p, std::uint64_t seed);

/// X ← an orthonormal basis of AᵀA·X, one step of subspace iteration. Returns an estimate of σₖ/σ₁,
/// 1 ≤ k ≤ p, that is good once X leans towards the leading singular vectors, in their order.
double iterate(const NormalOperator& normal, Index k, std::vector<double>& x);

/// The k leading components of A within the span of the orthonormal V, n × p, k ≤ p, from one more
/// product with A.
Svd rayleigh_ritz(const NormalOperator& normal, const std::vector<double>& v, Index k);

/// A set of vectors to begin with.
struct Start {
  std::vector<double> basis;  ///< n × p, orthonormal
  bool precise = false;       ///< whether products with A have to be
  bool random = false;        ///< whether nothing of A is in it yet
  float largest = 0;          ///< see Sketch
};

/// The leading right singular vectors of a sketch of A, or random ones where A is not much longer
/// than a sketch would be, or its squares would not fit. σₖ/σ₁ of the sketch says whether products
/// have to be precise. `a` in its own shape, n being its shorter side.
Start make_start(FloatView a, Index k, Index p, std::uint64_t seed, ThreadPool& pool,
                 ProgressTracker& progress);
Start make_start(ByteView a, Index k, Index p, std::uint64_t seed, ThreadPool& pool,
                 ProgressTracker& progress);

}  // namespace lowrank
