// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pcp/small_factors.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "blas.h"
#include "packed.h"

namespace lowrank::pcp {
namespace {

using blas::Op;

std::vector<double> product(Op op_a, const std::vector<double>& a, Index lda,
                            const std::vector<double>& b, Index ldb, Index m, Index n, Index k) {
  std::vector<double> out(area(m, n));
  blas::gemm(op_a, Op::none, m, n, k, 1.0, a.data(), lda, b.data(), ldb, 0.0, out.data(), m);
  return out;
}

// Eigenvalues in falling order, and vectors.
std::vector<double> eigen_descending(std::vector<double>& a, Index n) {
  std::vector<double> values(static_cast<std::size_t>(n));
  blas::symmetric_eigen(n, a.data(), values.data());
  std::reverse(values.begin(), values.end());
  for (Index j = 0; j < n / 2; j++)
    std::swap_ranges(a.begin() + j * n, a.begin() + (j + 1) * n, a.begin() + (n - 1 - j) * n);
  return values;
}

// Of correlations that single precision has rounded, what is below this is nothing but that.
constexpr double noise = 1e-6;

// HᵀH for the columns of H brought to length 1, so that a small one keeps its digits beside a large
// one; `scale` are the factors.
std::vector<double> correlations(const double* c, Index p, std::vector<double>& scale) {
  scale.resize(static_cast<std::size_t>(p));
  for (Index j = 0; j < p; j++) {
    const double square = c[j + j * p];
    scale[static_cast<std::size_t>(j)] = square > 0 ? 1 / std::sqrt(square) : 0;
  }
  std::vector<double> a(area(p, p));
  for (Index j = 0; j < p; j++)
    for (Index i = 0; i < p; i++)
      a[area(p, j) + static_cast<std::size_t>(i)] =
          c[i + j * p] * scale[static_cast<std::size_t>(i)] * scale[static_cast<std::size_t>(j)];
  return a;
}

// F, p × q, for which HF is orthonormal, from C = HᵀH.
std::vector<double> orthonormalizer(const double* c, Index p, Index* q) {
  std::vector<double> scale;
  std::vector<double> f = correlations(c, p, scale);
  std::vector<double> r = f;
  bool independent = blas::cholesky(p, r.data());
  for (Index j = 0; j < p && independent; j++)
    independent = r[area(p + 1, j)] * r[area(p + 1, j)] > noise;
  *q = p;
  if (independent) {
    std::fill(f.begin(), f.end(), 0.0);
    for (Index j = 0; j < p; j++)
      f[area(p + 1, j)] = scale[static_cast<std::size_t>(j)];
    blas::divide_by_upper(p, p, r.data(), f.data());
    return f;
  }
  const std::vector<double> values = eigen_descending(f, p);
  *q = std::find_if(values.begin(), values.end(), [](double x) { return !(x > noise); }) -
       values.begin();
  for (Index j = 0; j < *q; j++)
    for (Index i = 0; i < p; i++)
      f[area(p, j) + static_cast<std::size_t>(i)] *=
          scale[static_cast<std::size_t>(i)] / std::sqrt(values[static_cast<std::size_t>(j)]);
  f.resize(area(p, *q));
  return f;
}

}  // namespace

SmallSvd svd_of_gram(std::vector<double> gram, Index n) {
  SmallSvd result{{}, std::move(gram)};
  result.sigma = eigen_descending(result.v, n);
  for (double& x : result.sigma)
    x = std::sqrt(std::max(x, 0.0));
  return result;
}

ProjectedSvd svd_of_projection(const double* b, const double* c, Index n, Index p) {
  ProjectedSvd result;
  Index q = 0;
  const std::vector<double> f = orthonormalizer(c, p, &q);
  if (q == 0)
    return result;
  // The projection is HF·Kᵀ with K = BF.
  std::vector<double> k(area(n, q));
  blas::gemm(Op::none, Op::none, n, q, p, 1.0, b, n, f.data(), p, 0.0, k.data(), n);
  std::vector<double> w = product(Op::transpose, k, n, k, n, q, q, n);
  result.sigma = eigen_descending(w, q);
  for (double& x : result.sigma)
    x = std::sqrt(std::max(x, 0.0));
  result.v = product(Op::none, k, n, w, q, n, q, q);
  for (Index j = 0; j < q; j++) {
    const double sigma = result.sigma[static_cast<std::size_t>(j)];
    for (Index i = 0; i < n; i++)
      result.v[area(n, j) + static_cast<std::size_t>(i)] /= sigma > 0 ? sigma : 1;
  }
  result.from_products = product(Op::none, f, p, w, q, p, q, q);
  return result;
}

}  // namespace lowrank::pcp
