// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lowrank/export.h"
#include "lowrank/matrix_view.h"
#include "lowrank/progress.h"
#include "lowrank/reduction.h"
#include "lowrank/tiled_view.h"

/// Singular value decompositions of a matrix A with `rows` and `cols`, in units of A's elements.
///
/// | function           | flops (m >= n)       | bytes beyond A and the result | error of σᵢ      |
/// |--------------------|----------------------|-------------------------------|------------------|
/// | `svd`              | 4 mn² + 9 n³         | 16 mn + 56 n²                 | float rounding   |
/// | `truncated_svd`    | 2 mn² + 9 n³ + 4 mnk | 8 mn + 8 mk + 56 n²           | float rounding   |
/// | `gram_svd`         | mn² + 10 n³ + 2 mnk  | 32 n² + 14 MB a thread        | ε·n·(σ₁/σᵢ)²/2   |
/// | `randomized_svd`   | (4q + 2) mnp         | 4 mp + mn/2 + 2 MB a thread   | small, see there |
/// | `block_krylov_svd` | (4t + 2) mnp         | the same + 24 npt + 40 p²t²   | residual/2       |
///
/// p is k + oversampling, q the power iterations, t the passes. leading_svd() chooses among them.
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
///   std::bad_alloc when memory is short, std::length_error when a side exceeds 2³¹ − 1 or, of
///   svd(), truncated_svd() and gram_svd(), the shorter one some 23,000, and std::runtime_error
///   when LAPACK does not converge.
/// - `threads` counts the caller; 0 is one thread a core.
/// - Where `options` hold a ProgressFunction that returns false, Cancelled is thrown.
/// - Of a matrix of bytes, values 0 … 255, σ, `u` and `v` are those of these values, not of shares
///   of 255. It stays bytes except in the block at hand.
namespace lowrank {

/// A ≈ U diag(σ) Vᵀ with orthonormal columns in `u` (rows × k) and `v` (cols × k), and `sigma`
/// (k values) non-negative and descending.
struct Svd {
  Matrix u;                  ///< rows × k, orthonormal columns
  std::vector<float> sigma;  ///< k values ≥ 0, the largest first
  Matrix v;                  ///< cols × k, orthonormal columns
};

/// What svd() and truncated_svd() are to do.
struct SvdOptions {
  ProgressFunction progress = {};  ///< called between the stages, which are few and may be long
};

/// The thin decomposition, k = min(rows, cols), by Householder QR and divide and conquer in double
/// precision. Each σᵢ is off by at most about 1e-14·σ₁ before it is rounded to float. One thread.
LOWRANK_API Svd svd(FloatView a, const SvdOptions& options = {});

/// The leading `k` components by the same route and with the same accuracy as svd(): by the theorem
/// of Eckart and Young (Psychometrika 1936) the best approximation of rank k, in both the spectral
/// and the Frobenius norm. One thread.
LOWRANK_API Svd truncated_svd(FloatView a, Index k, const SvdOptions& options = {});

/// What randomized_svd() is to do.
struct RandomizedSvdOptions {
  Index oversampling = 10;         ///< p, directions sampled beyond k; at least 0
  int power_iterations = 2;        ///< q; at least 0; each reads the matrix once more
  std::uint64_t seed = 1;          ///< of the sampled directions
  unsigned threads = 1;            ///< counts the caller; 0 is one a core
  ProgressFunction progress = {};  ///< see progress.h
};

/// The leading `k` components from a subspace of k + p dimensions that is found by random sampling
/// and improved by q steps of subspace iteration with AᵀA (AAᵀ for wide A), which is applied in one
/// pass over A: Halko, Martinsson, Tropp, "Finding structure with randomness", SIAM Review 53
/// (2011), sections 4.5 and 5.1. Where m ≥ 4n or so and k is small, what is sampled is a sketch SA
/// with a sparse matrix S of random signs, whose leading singular vectors are the start: Clarkson,
/// Woodruff, "Low rank approximation and regression in input sparsity time", STOC 2013. Elsewhere
/// the start is random and takes one pass more.
///
/// Products are in single precision within a block of rows, in double where σₖ turns out to be
/// below 1e-3·σ₁; all factorizations are in double. σᵢ below about 1e-6·σ₁ are noise.
///
/// Accuracy: from a random start, the expected spectral error of the approximation is at most
/// (1 + √(k/(p−1)) + e·√((k+p)·n)/p)^(1/(2q+2)) · σₖ₊₁ (there, corollary 10.10, for q + 1 passes);
/// from a sketch there is no such bound, but measured errors are smaller. With the defaults the
/// σᵢ of video, whose spectrum falls slowly, are right to 1e-3; on a flat spectrum σₖ comes out low
/// by several percent. Exact, within single precision, when k + p reaches min(rows, cols) or the
/// rank of A is at most k + p. For a stated tolerance use block_krylov_svd().
///
/// The same seed gives the same directions on every platform. Throws std::invalid_argument also for
/// negative options.
LOWRANK_API Svd randomized_svd(FloatView a, Index k, const RandomizedSvdOptions& options = {});
/// The same of bytes, 0 … 255.
LOWRANK_API Svd randomized_svd(ByteView a, Index k, const RandomizedSvdOptions& options = {});

/// What block_krylov_svd() is to do.
struct BlockKrylovOptions {
  /// Largest ‖Aᵀu − σv‖ of a component that is good enough, as a share of its σ; > 0.
  double tolerance = 1e-2;
  Index oversampling = 10;         ///< vectors in a block beyond k; at least 0
  int max_passes = 30;             ///< bound on the blocks, each of which reads A once; at least 1
  std::uint64_t seed = 1;          ///< of the directions begun with
  unsigned threads = 1;            ///< counts the caller; 0 is one a core
  ProgressFunction progress = {};  ///< see progress.h
};

/// What block_krylov_svd() found, and how well.
struct BlockKrylovSvd : Svd {
  bool converged = false;  ///< false: max_passes came before the tolerance was met
  int passes = 0;          ///< how often A was multiplied by a block
  double residual = 0;     ///< largest ‖Aᵀu − σv‖/σ of a component
};

/// The leading `k` components from the span of X, AᵀA·X, (AᵀA)²·X, …, where X is the start of
/// randomized_svd(), of k + oversampling vectors: block Lanczos with full reorthogonalization
/// (Golub, Underwood, "The block Lanczos method for computing eigenvalues", Mathematical Software
/// III, 1977), until the residuals meet the tolerance. To come within 1 + η of the best
/// approximation takes of the order of log(n)/√η passes where subspace iteration takes log(n)/η
/// (Musco, Musco, "Randomized block Krylov methods for stronger and faster approximate singular
/// value decomposition", NIPS 2015), so this is the one for spectra that fall slowly, and for
/// accuracy.
///
/// Accuracy: with ρ = ‖Aᵀu − σv‖/σ, some singular value of A is within the share ρ/2 of σ; once the
/// components are told apart the error is of the order of ρ², less by the gap. Nothing proves that
/// a component is not missed; a random start makes it as good as impossible. Single precision does
/// not reach residuals below 5e-8·(σ₁/σₖ)², so passes are in double precision, at twice the time,
/// where the tolerance asks for that; then the limit is 1e-13·(σ₁/σₖ)². σᵢ below 1e-5·σ₁ count as
/// that much where the tolerance is a share of them. u is rounded to float.
///
/// Throws std::invalid_argument also when an option is outside of its range.
LOWRANK_API BlockKrylovSvd block_krylov_svd(FloatView a, Index k,
                                            const BlockKrylovOptions& options = {});
/// The same of bytes, 0 … 255.
LOWRANK_API BlockKrylovSvd block_krylov_svd(ByteView a, Index k,
                                            const BlockKrylovOptions& options = {});

/// What gram_svd() is to do.
struct GramSvdOptions {
  unsigned threads = 1;            ///< counts the caller; 0 is one a core
  ProgressFunction progress = {};  ///< not called while eigenvectors are found, some 10 n³ flops
  /// Joins the parts of A that other processes hold; null: all rows are here. Svd::u has the rows
  /// of this part. `progress` cancels this part alone.
  Reduction* reduction = nullptr;
};

/// The leading `k` components by way of the eigenvectors of the small square AᵀA (AAᵀ for wide A),
/// accumulated in double precision over blocks of the longer side: one pass over A for the matrix,
/// one for the long singular vectors.
///
/// Accuracy: squaring costs half the digits of double precision. The error of σᵢ² is about ε·n·σ₁²
/// at most, with ε = 1.1e-16 and n the shorter side, so σᵢ has a relative error of ε·n·(σ₁/σᵢ)²/2:
/// below float rounding as long as σᵢ > 1e-4·σ₁ or so, 1e-4 at σᵢ = 1e-5·σ₁ in the worst case,
/// nothing right at √(ε·n)·σ₁, 3e-7·σ₁ for n = 1000. Values up to that bound are returned as 0,
/// with orthonormal directions outside of the rest for their vectors. For small σ with high
/// relative accuracy use svd().
LOWRANK_API Svd gram_svd(FloatView a, Index k, const GramSvdOptions& options);
/// The same with a number of threads.
LOWRANK_API Svd gram_svd(FloatView a, Index k, unsigned threads = 1);
/// The same for bytes. AᵀA is exact, in integers, and takes a quarter of the time or less.
LOWRANK_API Svd gram_svd(ByteView a, Index k, const GramSvdOptions& options);
/// The same for bytes in tiles, with at least as many rows as columns.
LOWRANK_API Svd gram_svd(const TiledBytes& a, Index k, const GramSvdOptions& options);
/// The same with a number of threads.
LOWRANK_API Svd gram_svd(ByteView a, Index k, unsigned threads = 1);

/// Which function found the components: `full` is truncated_svd().
enum class SvdMethod : std::uint8_t { full, gram, randomized, block_krylov };

/// What leading_svd() is to do.
struct LeadingSvdOptions {
  /// Largest ‖Aᵀu − σv‖/σ that is good enough; 0 asks for all that float holds. At least 0.
  double tolerance = 1e-3;
  std::uint64_t seed = 1;          ///< of the random start, where there is one
  unsigned threads = 1;            ///< counts the caller; 0 is one a core
  ProgressFunction progress = {};  ///< see progress.h
};

/// What leading_svd() found, and by which method.
struct LeadingSvd : Svd {
  SvdMethod method = SvdMethod::full;  ///< whose result this is
  bool converged = false;  ///< false: the tolerance is not met, for A with n > 20000 only
};

/// The leading `k` components by the method that takes least time for the shape, k and tolerance:
///
/// - `full` if the tolerance is 0, or mn² ≤ 1e7, when nothing takes long;
/// - `gram` if AᵀA and its eigenvectors take no longer than the passes of block_krylov_svd() would
///   over video, one for each digit of the tolerance and one more: on tall matrices, k from some
///   n/10 on, of bytes n/60; the shares at which the methods meet are from
///   tests/benchmarks/svd.cpp;
/// - `randomized`, with one power iteration and without a look at the residuals, if the tolerance
///   is 0.1 or more;
/// - `block_krylov` otherwise.
///
/// Where block_krylov_svd() does not converge in its 30 passes, `gram` follows, unless n > 20000;
/// where squaring cost what the tolerance asks for (ε·n·(σ₁/σₖ)² above it), `full`. `method` is the
/// one whose result is returned. σᵢ below 1e-5·σ₁ count as that much in both comparisons.
///
/// Throws std::invalid_argument also when the tolerance is negative or NaN.
LOWRANK_API LeadingSvd leading_svd(FloatView a, Index k, const LeadingSvdOptions& options = {});
/// The same of bytes, 0 … 255.
LOWRANK_API LeadingSvd leading_svd(ByteView a, Index k, const LeadingSvdOptions& options = {});

/// Share, 0 … 1, of Σσ² that the first `k` values hold; 1 when all are zero. `sigma` must be
/// complete for the share to be that of the matrix's energy ‖A‖². Throws std::invalid_argument when
/// k is outside of 0 … sigma.size(), or a value is negative, NaN or infinite.
LOWRANK_API double energy(std::span<const float> sigma, Index k);

/// The smallest k for which energy(sigma, k) >= share, for descending `sigma`; 0 for a share of 0
/// or when all values are zero. Throws std::invalid_argument when the share is outside of 0 … 1 or
/// NaN, `sigma` ascends somewhere, or a value is negative, NaN or infinite.
LOWRANK_API Index rank_for_energy(std::span<const float> sigma, double share);

}  // namespace lowrank
