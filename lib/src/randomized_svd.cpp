// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <utility>
#include <vector>

#include "blas.h"
#include "check.h"
#include "gaussian.h"
#include "lowrank/svd.h"
#include "thread_pool.h"

namespace lowrank {
namespace {

using blas::Op;

// op(A)·X with the long side of the result, or of the sums, cut for the threads. The cut depends on
// the shape alone.
Matrix multiply(Op op, FloatView a, FloatView x, ThreadPool& pool) {
  const Index rows = op == Op::none ? a.rows : a.cols;
  const Index inner = op == Op::none ? a.cols : a.rows;
  const Index piece = std::max<Index>(64, (rows + 31) / 32);
  Matrix out(rows, x.cols);
  pool.parallel_for(static_cast<int>((rows + piece - 1) / piece), [&](int i) {
    const Index first = i * piece;
    const Index count = std::min(piece, rows - first);
    const FloatView part =
        op == Op::none ? a.block(first, 0, count, a.cols) : a.columns(first, count);
    const MutableFloatView target = out.view().block(first, 0, count, x.cols);
    blas::gemm(op, Op::none, count, x.cols, inner, 1.0f, part.data, part.stride, x.data, x.stride,
               0.0f, target.data, target.stride);
  });
  return out;
}

void orthonormalize(Matrix& x) {
  blas::orthonormalize(x.rows(), x.cols(), x.data());
}

// Orthonormal Q, rows × p, whose range holds most of A's action.
Matrix sample_range(FloatView a, Index p, const RandomizedSvdOptions& options, ThreadPool& pool) {
  Matrix small(a.cols, p);
  Random random(options.seed);
  fill_gaussian(random, small.data(), static_cast<std::size_t>(a.cols * p));
  Matrix q = multiply(Op::none, a, small, pool);
  orthonormalize(q);
  for (int i = 0; i < options.power_iterations; i++) {
    small = multiply(Op::transpose, a, q, pool);
    orthonormalize(small);
    q = multiply(Op::none, a, small, pool);
    orthonormalize(q);
  }
  return q;
}

}  // namespace

Svd randomized_svd(FloatView a, Index k, const RandomizedSvdOptions& options) {
  const char* const caller = "randomized_svd";
  check::shape(caller, a);
  check::rank(caller, k, a.rows, a.cols);
  if (options.oversampling < 0)
    check::fail(caller, "oversampling is " + std::to_string(options.oversampling) +
                            ", but must be at least 0");
  if (options.power_iterations < 0)
    check::fail(caller, "power_iterations is " + std::to_string(options.power_iterations) +
                            ", but must be at least 0");
  check::finite(caller, a);
  ThreadPool pool(options.threads);
  const Index limit = std::min(a.rows, a.cols);
  const Index p = k + std::min(options.oversampling, limit - k);
  const Matrix q = sample_range(a, p, options, pool);
  // A ≈ QQᵀA; the small factor (QᵀA)ᵀ = WΣZᵀ gives A ≈ (QZ)ΣWᵀ.
  Svd small = truncated_svd(multiply(Op::transpose, a, q, pool), k);
  return {multiply(Op::none, q, small.v, pool), std::move(small.sigma), std::move(small.u)};
}

}  // namespace lowrank
