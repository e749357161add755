// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "lowrank/export.h"
#include "lowrank/matrix_view.h"
#include "lowrank/progress.h"
#include "lowrank/reduction.h"
#include "lowrank/tiled_view.h"

namespace lowrank {

/// How a non-negative factorization ended.
enum class NmfStatus : std::uint8_t {
  converged,        ///< NmfResult::optimality is within the tolerance
  iteration_limit,  ///< max_iterations came first; the result is the last iterate
  cancelled         ///< the callback said so; the result is the last iterate
};

/// What nonnegative_matrix_factorization() is to do.
struct NmfOptions {
  Index rank = 1;  ///< columns of W and of H, 1 … min(rows, cols)
  /// Largest NmfResult::optimality that counts as converged, > 0. Single precision does not get
  /// much below 1e-6.
  double tolerance = 1e-4;
  int max_iterations = 200;  ///< at least 1; each reads M once
  /// β, weight of the sparse term, >= 0, in units of the length of a column of M: where it exceeds
  /// the longest column the result is zero.
  double sparsity = 0;
  /// W to start from, rows × rank, with values >= 0, or without data. It is read during the call
  /// only. The lengths of its columns do not matter; columns of zeros are filled with random
  /// numbers.
  FloatView initial_w = {};
  std::uint64_t seed = 1;  ///< of what is random about the start
  unsigned threads = 1;    ///< counts the caller; 0 is one a core
  /// Called after every iteration on the calling thread; false ends with NmfStatus::cancelled.
  ProgressFunction progress = {};
  /// Joins the parts of M that other processes hold; null: all rows are here. `initial_w`, which
  /// must be given then, and W have the rows of this part. `progress` cancels all parts.
  Reduction* reduction = nullptr;
};

/// M ≈ W·Hᵀ with elements >= 0. The columns of W have length 1, or are zero together with the same
/// column of H; H has the units of M, which are 0 … 255 for bytes.
struct NmfResult {
  NmfStatus status = NmfStatus::iteration_limit;  ///< how it ended
  Matrix w;                                       ///< rows × rank
  Matrix h;                                       ///< cols × rank
  int iterations = 0;                             ///< that were done
  double residual = 0;   ///< ‖M − WHᵀ‖/‖M‖, Frobenius; 0 for an all-zero M
  double objective = 0;  ///< what was minimized, of this result
  /// How far from optimal these factors are, see below, if `converged`; else how far those were
  /// that the last iteration then improved.
  double optimality = 0;
  Index rank() const { return w.cols(); }  ///< columns of W and of H
};

/// Non-negative matrix factorization: W and H, with no element below zero, that minimize
/// ½‖M − WHᵀ‖² + β·Σⱼₖ Hⱼₖ subject to ‖wₖ‖ = 1 for every column of W, where β is
/// NmfOptions::sparsity. The bound on W keeps the penalty from being evaded by small H and large W;
/// without a penalty it takes nothing away. The penalty makes H sparse, that is, columns of M are
/// put together from few columns of W; for a sparse W factorize the transpose.
///
/// By hierarchical alternating least squares: Cichocki, Phan, "Fast local algorithms for large
/// scale nonnegative matrix and tensor factorizations", IEICE Trans. Fundamentals 2009. An
/// iteration reads M once, a block of the longer side at a time, and takes several rounds of
/// descent for each factor (Gillis, Glineur, "Accelerated multiplicative updates and hierarchical
/// ALS algorithms for nonnegative matrix factorization", Neural Computation 2012). The factor of
/// the longer side is found for what the other one would be if it went on as before (Ang, Gillis,
/// "Accelerating nonnegative matrix factorization algorithms using extrapolation", Neural
/// Computation 2019). The objective never rises from one iteration to the next, up to rounding of
/// some 1e-8 of ‖M‖²; an iteration that would raise it is taken back. The problem is not convex:
/// what is found is a stationary point, which depends on the start.
///
/// The start is that of Boutsidis, Gallopoulos, "SVD based initialization: a head start for
/// nonnegative matrix factorization", Pattern Recognition 2008, for the shorter factor, from up to
/// 4096 random rows (columns, of a wide M); instead of zero it has a hundredth of what is usual.
/// The same `seed` picks the same rows on every platform.
///
/// `optimality` is the length of the projected gradient, for both factors together, over what it
/// would be without the term WHᵀ, with each component counted by its own length: √(Σₖ
/// ‖wₖ‖²‖∇wₖ‖² + ‖hₖ‖²‖∇hₖ‖²) over √(Σₖ ‖wₖ‖²‖M hₖ‖² + ‖hₖ‖²‖Mᵀwₖ‖²). It depends neither on the
/// units of M nor on the start. It is known when an iteration has found the longer factor for the
/// other one. If it is within the tolerance these two are the result; if not, the shorter one is
/// found for the longer one, and the next iteration follows.
///
/// A component that has become zero in one factor comes back when the data ask for it, except with
/// a penalty, which may put components out for good; in the result it is zero in both factors. An
/// all-zero M is `converged` with zero factors after 0 iterations.
///
/// Factors are in single precision, sums over blocks in double. M stays as it is, and nothing of
/// its size is held. The result does not depend on the number of threads; another processor may
/// round differently.
///
/// Throws std::invalid_argument for an empty or null view, a stride below the rows, elements of M
/// or initial_w that are negative, NaN or infinite (the message holds the first one's row and
/// column), options outside of the ranges above and an initial_w of another shape; std::bad_alloc
/// when memory is short. Calls on different threads do not disturb each other.
LOWRANK_API NmfResult nonnegative_matrix_factorization(FloatView m, const NmfOptions& options);
/// The same of bytes, 0 … 255, which stay bytes.
LOWRANK_API NmfResult nonnegative_matrix_factorization(ByteView m, const NmfOptions& options);
/// The same of bytes in tiles, with at least as many rows as columns; NmfOptions::initial_w must be
/// given.
LOWRANK_API NmfResult nonnegative_matrix_factorization(const TiledBytes& m,
                                                       const NmfOptions& options);

/// An upper bound, in bytes, on the memory that nonnegative_matrix_factorization() takes beyond M
/// while it runs and for its result. `rank` and `threads`, of the options, count. 0 if a size is
/// not positive. A copy of M is not counted that is made of floats that are all below 2⁻¹⁰⁰.
LOWRANK_API std::uint64_t nmf_memory(Index rows, Index cols, const NmfOptions& options);

}  // namespace lowrank
