// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "blas.h"
#include "check.h"
#include "lowrank/svd.h"
#include "products.h"

namespace lowrank {
namespace {

// A·V/σ, orthonormal; `v` holds as many eigenvectors as there are σ, those of zeros at the end.
Matrix long_vectors(const RowSource& a, std::vector<double> v, const std::vector<double>& sigma,
                    ThreadPool& pool) {
  const Index n = a.cols();
  const Index k = std::ssize(sigma);
  Index valid = 0;
  for (; valid < k && sigma[static_cast<std::size_t>(valid)] > 0; valid++)
    for (Index i = 0; i < n; i++)
      v[static_cast<std::size_t>(i + valid * n)] /= sigma[static_cast<std::size_t>(valid)];
  Matrix u(a.rows(), k);
  project(a, v.data(), u.view().columns(0, valid), pool);
  orthonormalize_tall(u.view(), valid, pool);
  return u;
}

// For a matrix with at least as many rows as columns.
Svd leading_of_tall(const RowSource& a, Index k, unsigned threads) {
  ThreadPool pool(threads);
  const Index n = a.cols();
  std::vector<double> vectors = gram_matrix(a, pool);
  std::vector<double> values(static_cast<std::size_t>(n));
  blas::symmetric_eigen(n, vectors.data(), values.data());

  std::vector<double> sigma(static_cast<std::size_t>(k));
  std::vector<double> v(static_cast<std::size_t>(n * k));
  // What rounding alone may have made of a zero eigenvalue.
  const double noise = 0x1p-53 * static_cast<double>(n) * values.back();
  for (Index j = 0; j < k; j++) {
    const double value = values[static_cast<std::size_t>(n - 1 - j)];
    sigma[static_cast<std::size_t>(j)] = value > noise ? std::sqrt(value) : 0;
    std::copy_n(vectors.begin() + (n - 1 - j) * n, n, v.begin() + j * n);
  }
  Svd result{{}, {sigma.begin(), sigma.end()}, Matrix(n, k)};
  std::transform(v.begin(), v.end(), result.v.data(),
                 [](double x) { return static_cast<float>(x); });
  result.u = long_vectors(a, std::move(v), sigma, pool);
  return result;
}

template <typename T>
Svd leading(MatrixView<const T> a, Index k, unsigned threads) {
  check::shape("gram_svd", a);
  check::rank("gram_svd", k, a.rows, a.cols);
  check::finite("gram_svd", a);
  if (a.rows >= a.cols)
    return leading_of_tall(ViewSource<T>(a), k, threads);
  Svd result = leading_of_tall(TransposedSource<T>(a), k, threads);
  std::swap(result.u, result.v);
  return result;
}

}  // namespace

Svd gram_svd(FloatView a, Index k, unsigned threads) {
  return leading(a, k, threads);
}

Svd gram_svd(ByteView a, Index k, unsigned threads) {
  return leading(a, k, threads);
}

}  // namespace lowrank
