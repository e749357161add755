// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "blas.h"
#include "check.h"
#include "packed.h"
#include "products.h"
#include "progress_tracker.h"
#include "row_blocks.h"
#include "svd_methods.h"

namespace lowrank {
namespace {

// Eigenvectors of AᵀA and the square roots of their eigenvalues, k of each, descending.
struct Right {
  std::vector<double> vectors;
  std::vector<double> sigma;
};

Right right_vectors(std::vector<double> gram, Index n, Index k) {
  std::vector<double> values(static_cast<std::size_t>(n));
  blas::symmetric_eigen(n, gram.data(), values.data());
  Right right{std::vector<double>(static_cast<std::size_t>(n * k)), {}};
  // What rounding alone may have made of a zero eigenvalue.
  const double noise = 0x1p-53 * static_cast<double>(n) * values.back();
  for (Index j = 0; j < k; j++) {
    const double value = values[static_cast<std::size_t>(n - 1 - j)];
    right.sigma.push_back(value > noise ? std::sqrt(value) : 0);
    std::copy_n(gram.begin() + (n - 1 - j) * n, n, right.vectors.begin() + j * n);
  }
  return right;
}

// A·V/σ, orthonormal; σ that are zero are at the end.
Matrix left_vectors(const RowSource& a, Right right, const RowParts& parts, ThreadPool& pool) {
  const Index n = a.cols();
  const Index k = std::ssize(right.sigma);
  Index valid = 0;
  for (; valid < k && right.sigma[static_cast<std::size_t>(valid)] > 0; valid++)
    for (Index i = 0; i < n; i++)
      right.vectors[static_cast<std::size_t>(i + valid * n)] /=
          right.sigma[static_cast<std::size_t>(valid)];
  Matrix u = Matrix::uninitialized(a.rows(), k);
  project(a, right.vectors.data(), u.view().columns(0, valid), pool);
  const double share = right.sigma.back() / std::max(right.sigma.front(), 1e-300);
  if (valid < k || !stay_orthogonal(n, share * share))
    orthonormalize_tall(u.view(), valid, parts, pool);
  return u;
}

// For a matrix with at least as many rows as columns. NaN and infinities show in σ.
Svd leading_of_tall(const RowSource& source, Index k, const RowParts& parts, ThreadPool& pool,
                    ProgressTracker& progress) {
  const TrackedSource a(source, progress);
  const Index n = a.cols();
  // In the time of a product of m × n with n.
  const double eigen = 10 * static_cast<double>(n) / static_cast<double>(a.rows());
  const double projection = 3 * static_cast<double>(k) / static_cast<double>(n);
  const double whole = 1 + eigen + projection;
  progress.stage(1 / whole, a.rows());
  std::vector<double> gram = gram_matrix(a, pool);
  parts.sum(gram);
  for (Index i = 0; i < n; i++)
    if (!std::isfinite(gram[static_cast<std::size_t>(i * (n + 1))]))
      return {};
  progress.stage((1 + eigen) / whole);
  Right right = right_vectors(std::move(gram), n, k);
  parts.agree(right.vectors);
  parts.agree(right.sigma);
  progress.stage(1, a.rows());
  Svd result{{}, {right.sigma.begin(), right.sigma.end()}, Matrix(n, k)};
  narrow(right.vectors.data(), result.v.view());
  result.u = left_vectors(a, std::move(right), parts, pool);
  progress.stage(1);
  return result;
}

// What is not finite may be in another part.
template <typename T>
[[noreturn]] void refuse(const char* caller, MatrixView<const T> a) {
  check::finite(caller, a);
  check::fail(caller, "another part of the matrix holds a value that is not finite");
}

template <typename T>
Svd leading(const char* caller, MatrixView<const T> a, Index k, const GramSvdOptions& options) {
  check::shape(caller, a);
  const RowParts parts(options.reduction, a.rows);
  check::rank(caller, k, parts.rows(), a.cols);
  if (parts.shared())
    check::tall(caller, parts, a.cols);
  const bool tall = parts.rows() >= a.cols;
  ThreadPool pool(options.threads);
  ProgressTracker progress(caller, options.progress);
  Svd result = tall ? leading_of_tall(ViewSource<T>(a), k, parts, pool, progress)
                    : leading_of_tall(TransposedSource<T>(a), k, parts, pool, progress);
  if (result.sigma.empty())
    refuse(caller, a);
  if (!tall)
    std::swap(result.u, result.v);
  return result;
}

}  // namespace

Svd methods::gram(const char* caller, FloatView a, Index k, const GramSvdOptions& options) {
  return leading(caller, a, k, options);
}

Svd methods::gram(const char* caller, ByteView a, Index k, const GramSvdOptions& options) {
  return leading(caller, a, k, options);
}

// The Gram matrix and what LAPACK takes for its eigenvectors; a thread's part of the sum, its block
// as floats, as doubles and times the vectors, and the BLAS's packed panels.
std::uint64_t methods::gram_memory(Index rows, Index cols, unsigned threads) {
  const Index n = std::min(rows, cols);
  const Index block = RowBlocks(std::max(rows, cols), n).height() * n;
  return static_cast<std::uint64_t>(32 * n * n + threads * (4 * n * n + 20 * block + (1 << 24)));
}

Svd gram_svd(FloatView a, Index k, const GramSvdOptions& options) {
  return leading("gram_svd", a, k, options);
}

Svd gram_svd(ByteView a, Index k, const GramSvdOptions& options) {
  return leading("gram_svd", a, k, options);
}

Svd gram_svd(const TiledBytes& a, Index k, const GramSvdOptions& options) {
  constexpr const char* caller = "gram_svd";
  check::tiles(caller, a);
  const RowParts parts(options.reduction, a.rows);
  check::tall(caller, parts, a.cols);
  check::rank(caller, k, parts.rows(), a.cols);
  ThreadPool pool(options.threads);
  ProgressTracker progress(caller, options.progress);
  const BlockView<std::uint8_t> blocks(a);
  return leading_of_tall(ViewSource<std::uint8_t>(blocks), k, parts, pool, progress);
}

Svd gram_svd(FloatView a, Index k, unsigned threads) {
  return gram_svd(a, k, GramSvdOptions{.threads = threads});
}

Svd gram_svd(ByteView a, Index k, unsigned threads) {
  return gram_svd(a, k, GramSvdOptions{.threads = threads});
}

}  // namespace lowrank
