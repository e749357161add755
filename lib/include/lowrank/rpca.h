// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>

#include "lowrank/export.h"
#include "lowrank/matrix_view.h"
#include "lowrank/reduction.h"
#include "lowrank/tiled_view.h"

namespace lowrank {

/// How a decomposition into L and S ended.
enum class PcpStatus : std::uint8_t {
  converged,        ///< M = L + S within the tolerance, or rounding, and the objective is minimal
  not_optimal,      ///< M = L + S within the tolerance, but the objective is not minimal: see below
  iteration_limit,  ///< max_iterations came first; the result is the last iterate
  cancelled         ///< the callback said so; there are no factors
};

/// How far a decomposition into L and S has come.
struct PcpProgress {
  int iteration;    ///< of those done, from 1
  double residual;  ///< ‖M − L − S‖ / ‖M‖, Frobenius, over the observed entries
  Index rank;       ///< of L
};

/// What principal_component_pursuit() is to do.
struct PcpOptions {
  /// λ, weight of the sparse term, > 0; 0 stands for 1/√max(rows, cols).
  double lambda = 0;
  /// Largest ‖M − L − S‖/‖M‖ (Frobenius) that counts as converged, > 0. Single precision gets to
  /// something from 1e-8, where S makes most of M, to 5e-7, where a large L does; a residual below
  /// 1e-6 that has stopped to fall is converged as well. For stable PCP the largest
  /// PcpResult::change, and at least 1e-6.
  double tolerance = 1e-7;
  int max_iterations = 500;  ///< at least 1
  /// Bound on the rank of L; 0 is none. A bound below the rank of the optimum makes the problem
  /// another, non-convex one, whose residual still goes to zero: the rest is then in S.
  Index max_rank = 0;
  unsigned threads = 1;      ///< counts the caller; 0 is one a core
  bool keep_sparse = false;  ///< fill PcpResult::sparse, at 4 bytes an element
  /// Factor by which the penalty μ grows an iteration, > 1. The usual 1.5 needs few iterations, and
  /// recovers what can be recovered; where that is not so, noisy video above all, it stops about a
  /// percent above the smallest objective. 1.1 stops within some thousandths, in four times the
  /// iterations.
  double growth = 1.5;
  /// Standard deviation of the noise in M, in units of M, that goes to neither L nor S: 0 is exact
  /// PCP, > 0 stable PCP, negative stable PCP with the noise estimated; see below.
  double noise = 0;
  /// Which entries of M are observed: of M's shape, 0 where missing, or without data when none is.
  /// It is read during the call only. Of missing entries M's value is not read, S is 0 and L free.
  ByteView observed = {};
  /// Called after every iteration on the calling thread; false cancels. What it throws is passed
  /// on.
  std::function<bool(const PcpProgress&)> progress = {};
  /// Joins the parts of M that other processes hold; null: all rows are here. PcpResult::u and
  /// `sparse`, and `observed`, have the rows of this part. `progress` cancels all parts.
  Reduction* reduction = nullptr;
};

/// M ≈ L + S, with L = u·vᵀ, all in the units of the input, which is 0 … 255 for bytes.
struct PcpResult {
  PcpStatus status = PcpStatus::iteration_limit;  ///< how it ended
  Matrix u;              ///< rows × rank, orthogonal columns that carry the singular values of L
  Matrix v;              ///< cols × rank, orthonormal columns
  Matrix sparse;         ///< S, rows × cols, if PcpOptions::keep_sparse; else empty
  int iterations = 0;    ///< that were done
  double residual = 0;   ///< ‖M − L − S‖/‖M‖ of this result, over the observed entries
  double objective = 0;  ///< what was minimized, of this result
  double sparse_share = 0;  ///< share of the elements of S that are not zero, 0 … 1
  double noise = 0;         ///< standard deviation that was used, in units of M; 0: exact PCP
  double dual_residual = 0;  ///< exact PCP: ‖μ(S − S')‖/‖Y‖ of the last step, from S' to S
  double change = 0;         ///< stable PCP: ‖L − L'‖/‖M‖ of the last step, from L' to L
  Index rank() const { return u.cols(); }  ///< of L
};

/// Principal component pursuit: the L and S with M = L + S that minimize ‖L‖* + λ‖S‖₁, where ‖·‖*
/// is the sum of the singular values and ‖·‖₁ that of the absolute elements. Candès, Li, Ma,
/// Wright, "Robust principal component analysis?", Journal of the ACM 58 (2011), show when this
/// recovers a low-rank matrix from under sparse gross errors; solved by inexact augmented Lagrange
/// multipliers (Lin, Chen, Ma, "The augmented Lagrange multiplier method for exact recovery of
/// corrupted low-rank matrices", arXiv:1009.5055) with μ₀ = 1.25/‖M‖₂.
///
/// A growing penalty reaches any tolerance of the residual, whatever the matrix. If there was a
/// low-rank matrix to recover, the multiplier Y has settled by then. Where theory promises nothing
/// (much corruption, high rank, and noise, which is neither low-rank nor sparse), it still moves,
/// by a `dual_residual` of more than 0.02, and the status is `not_optimal`: the pair adds up, but
/// is some thousandths to a percent above the minimum, and L is nothing that was planted. A smaller
/// `growth` gets closer, up to `converged`, at the optimum, which need not be what was looked for
/// either: a rank or a `sparse_share` that is large shows it. On noisy video expect a rank of some
/// percent of the frames at a tolerance of 5e-3, half of them at 1e-6, and `not_optimal`.
///
/// Singular values come from a subspace that is carried from one iteration to the next, or from a
/// Gram matrix in double precision when the rank is large or the matrix small; L, S and the
/// multiplier are in single precision. An iteration is one pass over M, which stays as it is, and
/// over one matrix of floats of its size; that of S and the multiplier are recomputed from it, and
/// L is made block by block. The factors come from a last iteration, after the one that reached the
/// tolerance, which gives that matrix up as they grow; see pcp_memory(). Work is spread over blocks
/// of rows; the result does not depend on the number of threads.
///
/// Where M is noisy, `noise` asks for stable PCP: the L and S that minimize
/// ‖L‖* + λ‖S‖₁ + ‖M − L − S‖²/(2μ) (Zhou, Li, Wright, Candès, Ma, "Stable principal component
/// pursuit", ISIT 2010) with μ = max(√rows + √cols, 2/λ)·noise: the largest singular value that the
/// noise has by itself is shrunk away from L, and S, which is M − L shrunk by λμ, gets what exceeds
/// two standard deviations. (There, for square matrices, μ is σ√(2·rows), 1.4 deviations.) L is
/// found by accelerated proximal gradient steps (Beck, Teboulle, "A fast iterative
/// shrinkage-thresholding algorithm for linear inverse problems", SIAM J. Imaging Sciences 2009),
/// begun afresh when the objective rises, with a μ that first falls by halves to its value.
/// `growth` does not count. It needs no matrix of floats: M is read, and S made, block by block.
///
/// Noise is estimated from the differences of adjacent columns: from those within two standard
/// deviations, corrected for the cut, and again until it stays, so that what moves counts little.
/// Where most of them are 0, as in compressed video, columns 2, 4, 8 or 16 apart are taken. For
/// bytes it is at least that of rounding, 1/√12. Where nothing differs, or M has one column, it is
/// 0 for floats, which is exact PCP.
///
/// With many entries missing, exact PCP needs a slow `growth`, such as 1.1.
///
/// An all-zero M is `converged` with rank 0 after 0 iterations. Throws std::invalid_argument for an
/// empty or null view, a stride below the rows, NaN or infinite elements (the message holds the
/// first one's row and column), options outside of the ranges above and `observed` of another
/// shape; std::bad_alloc when memory is short. Calls on different threads do not disturb each
/// other.
LOWRANK_API PcpResult principal_component_pursuit(FloatView m, const PcpOptions& options = {});
/// The same of bytes, 0 … 255, which stay bytes.
LOWRANK_API PcpResult principal_component_pursuit(ByteView m, const PcpOptions& options = {});
/// The same of bytes in tiles, with at least as many rows as columns.
LOWRANK_API PcpResult principal_component_pursuit(const TiledBytes& m,
                                                  const PcpOptions& options = {});

/// What fixed_rank_decomposition() is to do.
struct FixedRankOptions {
  /// τ, in units of M, > 0: what differs from L by less is noise. 0 stands for twice the noise,
  /// estimated as in principal_component_pursuit(), or for a thousandth of the mean |M| where that
  /// is 0.
  double threshold = 0;
  double tolerance = 1e-4;   ///< largest PcpResult::change that counts as converged; at least 1e-6
  int max_iterations = 100;  ///< at least 1
  unsigned threads = 1;      ///< counts the caller; 0 is one a core
  bool keep_sparse = false;  ///< fill PcpResult::sparse, at 4 bytes an element
  ByteView observed = {};    ///< as in PcpOptions
  std::function<bool(const PcpProgress&)> progress = {};  ///< as in PcpOptions
  Reduction* reduction = nullptr;                         ///< as in PcpOptions
};

/// The L of the given rank and the S that minimize ½‖M − L − S‖² + τ‖S‖₁, found from L = 0 by
/// alternating, with momentum: S is M − L shrunk by τ, L the best approximation of M − S of that
/// rank (Zhou, Tao, "GoDec: randomized low-rank & sparse matrix decomposition in noisy case", ICML
/// 2011, with a soft threshold), with a τ that first falls by halves to its value. The problem is
/// not convex: the result is a stationary point, which depends on nothing but M.
///
/// For plates, and where nothing is known of λ. Its L is not that of PCP: what is rank is not
/// shrunk, so a few components more than the background has are used for what stands still for a
/// while. For an L that is close to that of PCP at the price of a fixed rank bound stable PCP by
/// PcpOptions::max_rank: docs/performance.md says how close either comes on video.
///
/// Result, status and errors are as in principal_component_pursuit(); `objective` is the one above,
/// PcpResult::noise τ/2. Throws std::invalid_argument also for a rank outside of
/// 1 … min(rows, cols).
LOWRANK_API PcpResult fixed_rank_decomposition(FloatView m, Index rank,
                                               const FixedRankOptions& options = {});
/// The same of bytes, 0 … 255, which stay bytes.
LOWRANK_API PcpResult fixed_rank_decomposition(ByteView m, Index rank,
                                               const FixedRankOptions& options = {});
/// The same of bytes in tiles, with at least as many rows as columns.
LOWRANK_API PcpResult fixed_rank_decomposition(const TiledBytes& m, Index rank,
                                               const FixedRankOptions& options = {});

/// The like of pcp_memory() for fixed_rank_decomposition().
LOWRANK_API std::uint64_t fixed_rank_memory(Index rows, Index cols, Index rank,
                                            const FixedRankOptions& options = {});

/// An upper bound, in bytes, on the memory that principal_component_pursuit() takes beyond M while
/// it runs and for its result. `max_rank`, `threads`, `keep_sparse`, `noise` and whether
/// `observed` has data, of the options, count. A small `max_rank` makes that of stable PCP small,
/// and leaves exact PCP its matrix of floats. 0 if a size is not positive. A copy of M is not
/// counted that is made of floats whose largest magnitude is outside of 1e-12 … 1e12.
LOWRANK_API std::uint64_t pcp_memory(Index rows, Index cols, const PcpOptions& options = {});

}  // namespace lowrank
