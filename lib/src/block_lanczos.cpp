// SPDX-License-Identifier: LGPL-2.1-or-later
#include "block_lanczos.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "blas.h"
#include "packed.h"

namespace lowrank {
namespace {

using blas::Op;

// XᵀX, full.
std::vector<double> gram(const std::vector<double>& x, Index n) {
  const Index b = std::ssize(x) / n;
  std::vector<double> out(area(b, b));
  blas::gemm(Op::transpose, Op::none, b, b, n, 1.0, x.data(), n, x.data(), n, 0.0, out.data(), b);
  return out;
}

}  // namespace

BlockLanczos::BlockLanczos(const NormalOperator& normal, std::vector<double> start)
    : normal_(normal), n_(normal.a.cols()), basis_(std::move(start)) {}

// basisᵀ·X
std::vector<double> BlockLanczos::coefficients(const std::vector<double>& x) const {
  const Index b = std::ssize(x) / n_;
  const Index d = std::ssize(basis_) / n_;
  std::vector<double> out(area(d, b));
  blas::gemm(Op::transpose, Op::none, d, b, n_, 1.0, basis_.data(), n_, x.data(), n_, 0.0,
             out.data(), d);
  return out;
}

void BlockLanczos::subtract_projection(std::vector<double>& x) const {
  const Index d = std::ssize(basis_) / n_;
  const std::vector<double> c = coefficients(x);
  blas::gemm(Op::none, Op::none, n_, std::ssize(x) / n_, d, -1.0, basis_.data(), n_, c.data(), d,
             1.0, x.data(), n_);
}

// Orthonormal vectors for those directions of X that are longer than rounding makes them, when
// what X was left from had the length `scale`.
std::vector<double> BlockLanczos::independent_part(const std::vector<double>& x,
                                                   double scale) const {
  const Index b = std::ssize(x) / n_;
  std::vector<double> vectors = gram(x, n_);
  std::vector<double> values(static_cast<std::size_t>(b));
  blas::symmetric_eigen(b, vectors.data(), values.data());
  const double noise = (normal_.precise ? 1e-13 : 1e-7) * scale;
  const auto first = std::find_if(values.begin(), values.end(),
                                  [&](double value) { return value > noise * noise; });
  const Index left = n_ - std::ssize(basis_) / n_;
  const Index count = std::min<Index>(values.end() - first, left);
  for (Index j = b - count; j < b; j++)
    for (Index i = 0; i < b; i++)
      vectors[area(j, b) + static_cast<std::size_t>(i)] /=
          std::sqrt(values[static_cast<std::size_t>(j)]);
  std::vector<double> out(area(n_, count));
  blas::gemm(Op::none, Op::none, n_, count, b, 1.0, x.data(), n_, vectors.data() + (b - count) * b,
             b, 0.0, out.data(), n_);
  return out;
}

bool BlockLanczos::expand() {
  const Index all = std::ssize(basis_) / n_;
  newest_ = all - known_;
  if (newest_ == 0)
    return false;
  std::vector<double> product = normal_({basis_.begin() + known_ * n_, basis_.end()});
  const std::vector<double> c = coefficients(product);
  std::vector<double> projected(area(all, all));
  for (Index j = 0; j < known_; j++)
    std::copy_n(projected_.begin() + j * known_, known_, projected.begin() + j * all);
  std::copy(c.begin(), c.end(), projected.begin() + known_ * all);
  projected_ = std::move(projected);
  known_ = all;

  subtract_projection(product);
  subtract_projection(product);
  rest_ = gram(product, n_);
  double scale = 0;
  for (Index i = 0; i < known_; i++)
    scale = std::max(scale, projected_[area(i, known_ + 1)]);
  std::vector<double> next = independent_part(product, scale);
  subtract_projection(next);
  blas::orthonormalize(n_, std::ssize(next) / n_, next.data());
  basis_.insert(basis_.end(), next.begin(), next.end());
  return true;
}

BlockLanczos::Ritz BlockLanczos::ritz(Index k) const {
  const Index d = known_;
  const Index b = newest_;
  std::vector<double> vectors = projected_;  // its upper triangle is complete
  std::vector<double> values(static_cast<std::size_t>(d));
  blas::symmetric_eigen(d, vectors.data(), values.data());
  k = std::min(k, d);
  std::vector<double> leading(area(d, k));
  Ritz result{{}, std::vector<double>(area(n_, k)), {}};
  for (Index j = 0; j < k; j++) {
    const double* vector = vectors.data() + (d - 1 - j) * d;
    std::copy_n(vector, d, leading.begin() + j * d);
    result.values.push_back(std::max(0.0, values[static_cast<std::size_t>(d - 1 - j)]));
    const double* last = vector + d - b;
    double square = 0;
    for (Index q = 0; q < b; q++)
      for (Index p = 0; p < b; p++)
        square += last[p] * rest_[area(q, b) + static_cast<std::size_t>(p)] * last[q];
    result.residuals.push_back(std::sqrt(std::max(0.0, square)));
  }
  blas::gemm(Op::none, Op::none, n_, k, d, 1.0, basis_.data(), n_, leading.data(), d, 0.0,
             result.vectors.data(), n_);
  return result;
}

}  // namespace lowrank
