// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lowrank/export.h"
#include "lowrank/matrix_view.h"

/// Singular value decompositions of a matrix A with `rows` and `cols`, in units of A's elements.
///
/// | function         | cost, flops (m >= n)  | memory beyond A and result | error of σᵢ |
/// |------------------|-----------------------|----------------------------|-------------------------|
/// | `svd`            | 4 mn² + 9 n³          | 16 mn bytes                | float rounding of σᵢ |
/// | `truncated_svd`  | 2 mn² + 9 n³ + 4 mnk  | 8 mn + 8 mk bytes          | float rounding of σᵢ |
/// | `randomized_svd` | (4q + 4) mn(k + p)    | 4 m(k + p) bytes           | see there | |
/// `gram_svd`       | mn² + 4 n³ + 2 mnk    | 8 n² and 12 MB a thread    | see there |
///
/// What holds for all of them:
/// - Either shape is served; for a wide matrix read n as rows and m as columns above.
/// - The columns of `u` and `v` are orthonormal to about 1e-6 also where σ is zero. Their signs are
///   free: (uᵢ, vᵢ) and (−uᵢ, −vᵢ) are equally right.
/// - The input is not changed. Calls on different threads do not disturb each other. The same call
///   gives the same result on the same machine, whatever the number of threads; another processor
///   may round differently.
/// - Throws std::invalid_argument, with a message that names the fault, when the view is empty,
///   null, or has a stride shorter than its rows; when an element is NaN or infinite (the message
///   holds the first one's row and column); and when `k` is outside of 1 … min(rows, cols). Throws
///   std::bad_alloc when memory is short, std::length_error when a side exceeds 2³¹ − 1.
/// - `threads` counts the caller; 0 is one thread a core.
namespace lowrank {

/// A ≈ U diag(σ) Vᵀ with orthonormal columns in `u` (rows × k) and `v` (cols × k), and `sigma`
/// (k values) non-negative and descending.
struct Svd {
  Matrix u;
  std::vector<float> sigma;
  Matrix v;
};

/// The thin decomposition, k = min(rows, cols), by Householder QR and divide and conquer in double
/// precision. Each σᵢ is off by at most about 1e-14·σ₁ before it is rounded to float. One thread.
LOWRANK_API Svd svd(FloatView a);

/// The leading `k` components by the same route and with the same accuracy as svd(): by the theorem
/// of Eckart and Young (Psychometrika 1936) the best approximation of rank k, in both the spectral
/// and the Frobenius norm. One thread.
LOWRANK_API Svd truncated_svd(FloatView a, Index k);

struct RandomizedSvdOptions {
  Index oversampling = 10;   ///< p, directions sampled beyond k; at least 0
  int power_iterations = 2;  ///< q; at least 0; each reads the matrix twice more
  std::uint64_t seed = 1;    ///< of the sampled directions
  unsigned threads = 1;
};

/// The leading `k` components by random sampling of the range of A with subspace iteration, every
/// product re-orthonormalized: Halko, Martinsson, Tropp, "Finding structure with randomness", SIAM
/// Review 53 (2011), algorithms 4.4 and 5.1. In single precision, so σᵢ below about 1e-6·σ₁ are
/// noise.
///
/// Accuracy (there, corollary 10.10): the expected spectral error of the approximation is at most
/// (1 + √(k/(p−1)) + e·√((k+p)·min(m,n))/p)^(1/(2q+1)) · σₖ₊₁. With the defaults and a spectrum
/// that falls by half over the p extra directions, the error is within some percent of the best
/// one; on a flat spectrum σₖ comes out low by several percent. Exact, within single precision,
/// when k + p reaches min(rows, cols) or the rank of A is at most k + p.
///
/// The same seed gives the same directions on every platform. Throws std::invalid_argument also for
/// negative options.
LOWRANK_API Svd randomized_svd(FloatView a, Index k, const RandomizedSvdOptions& options = {});

/// The leading `k` components by way of the eigenvectors of the small square AᵀA (AAᵀ for wide A),
/// accumulated in double precision over blocks of the longer side: one pass over A for the matrix,
/// one for the long singular vectors. Bytes stay bytes except in the block at hand.
///
/// Accuracy: squaring costs half the digits of double precision. The error of σᵢ² is about ε·n·σ₁²
/// at most, with ε = 1.1e-16 and n the shorter side, so σᵢ has a relative error of ε·n·(σ₁/σᵢ)²/2:
/// below float rounding as long as σᵢ > 1e-4·σ₁ or so, 1e-4 at σᵢ = 1e-5·σ₁ in the worst case,
/// nothing right at √(ε·n)·σ₁, 3e-7·σ₁ for n = 1000. Values up to that bound are returned as 0,
/// with orthonormal directions outside of the rest for their vectors. For small σ with high
/// relative accuracy use svd().
LOWRANK_API Svd gram_svd(FloatView a, Index k, unsigned threads = 1);
/// The same for bytes, values 0 … 255: σ and `u`, `v` are those of these values, not of shares of
/// 255.
LOWRANK_API Svd gram_svd(ByteView a, Index k, unsigned threads = 1);

/// Share, 0 … 1, of Σσ² that the first `k` values hold; 1 when all are zero. `sigma` must be
/// complete for the share to be that of the matrix's energy ‖A‖². Throws std::invalid_argument when
/// k is outside of 0 … sigma.size(), or a value is negative, NaN or infinite.
LOWRANK_API double energy(std::span<const float> sigma, Index k);

/// The smallest k for which energy(sigma, k) >= share, for descending `sigma`; 0 for a share of 0
/// or when all values are zero. Throws std::invalid_argument when the share is outside of 0 … 1 or
/// NaN, `sigma` ascends somewhere, or a value is negative, NaN or infinite.
LOWRANK_API Index rank_for_energy(std::span<const float> sigma, double share);

}  // namespace lowrank
