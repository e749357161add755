// SPDX-License-Identifier: LGPL-2.1-or-later
#include "normal_operator.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "blas.h"
#include "block_lanczos.h"
#include "gaussian.h"
#include "packed.h"
#include "products.h"
#include "scaled.h"
#include "sketch.h"

namespace lowrank {
namespace {

Matrix narrowed(const std::vector<double>& x, Index n) {
  return lowrank::narrowed(x.data(), n, std::ssize(x) / n);
}

double dot(const double* x, const double* y, Index n) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (Index i = 0; i < n; i++)
    sum += x[i] * y[i];
  return sum;
}

// As high as makes the directions that it finds good enough to be worth a product with A each, at
// a small part of the cost; 0 for none.
Index sketch_height(Index m, Index n, Index p) {
  const Index height = std::clamp(m / 8, std::min(4 * p, 16 * n), 16 * n);
  return height <= m / 4 ? height : 0;
}

constexpr int sketch_products = 4;

// From the beginning again in double precision if the single one turns out to be too coarse.
void lead_by(const RowSource& sketched, Index k, ThreadPool& pool, Start& start) {
  const Index p = std::ssize(start.basis) / sketched.cols();
  NormalOperator normal{sketched, pool};
  while (true) {
    BlockLanczos lanczos(normal, start.basis);
    for (int i = 0; i < sketch_products && lanczos.expand(); i++)
      continue;
    BlockLanczos::Ritz ritz = lanczos.ritz(p);
    const double ratio = std::sqrt(ritz.values[static_cast<std::size_t>(k - 1)] / ritz.values[0]);
    if (normal.precise || ratio >= precise_below) {
      start.basis = std::move(ritz.vectors);
      return;
    }
    normal.precise = start.precise = true;
  }
}

template <typename T>
Start start_of(MatrixView<const T> a, Index k, Index p, std::uint64_t seed, ThreadPool& pool,
               ProgressTracker& progress) {
  const Index m = std::max(a.rows, a.cols);
  const Index n = std::min(a.rows, a.cols);
  Start start{random_basis(n, p, seed), false, true, 0};
  const Index height = sketch_height(m, n, p);
  if (height == 0) {
    start.largest = largest_magnitude(a, pool);
    return start;
  }
  const Sketch s = sketch(a, height, seed, pool, progress);
  start.largest = s.largest;
  if (!squares_fit(s.largest))
    return start;
  start.random = false;
  if (a.rows >= a.cols)
    lead_by(ViewSource<float>(s.matrix), k, pool, start);
  else
    lead_by(TransposedSource<float>(s.matrix), k, pool, start);
  return start;
}

}  // namespace

std::vector<double> NormalOperator::operator()(const std::vector<double>& x) const {
  return precise ? normal_product(a, x, pool) : normal_product(a, narrowed(x, a.cols()), pool);
}

std::vector<double> random_basis(Index n, Index p, std::uint64_t seed) {
  std::vector<double> x(static_cast<std::size_t>(n * p));
  Random random(seed);
  fill_gaussian(random, x.data(), x.size());
  blas::orthonormalize(n, p, x.data());
  return x;
}

double iterate(const NormalOperator& normal, Index k, std::vector<double>& x) {
  const Index n = normal.a.cols();
  const std::vector<double> product = normal(x);
  x = product;
  blas::orthonormalize(n, std::ssize(x) / n, x.data());
  // The diagonal of R, which falls about as σ² does.
  double largest = 0;
  double least = HUGE_VAL;
  for (Index j = 0; j < k; j++) {
    const double r = std::abs(dot(product.data() + j * n, x.data() + j * n, n));
    largest = std::max(largest, r);
    least = std::min(least, r);
  }
  return largest > 0 ? std::sqrt(least / largest) : 1;
}

Svd rayleigh_ritz(const NormalOperator& normal, const std::vector<double>& v, Index k) {
  const Index n = normal.a.cols();
  const Index p = std::ssize(v) / n;
  Matrix u = Matrix::uninitialized(normal.a.rows(), p);
  if (normal.precise)
    project(normal.a, v.data(), u.view(), normal.pool);
  else
    project(normal.a, narrowed(v, n), u.view(), normal.pool);
  std::vector<double> vectors = gram_matrix(FloatView(u), normal.pool);
  std::vector<double> values(static_cast<std::size_t>(p));
  blas::symmetric_eigen(p, vectors.data(), values.data());

  // A·V = U·Σ·Wᵀ with W the eigenvectors; what rounding alone may have made of a zero is one.
  const double noise = 0x1p-53 * static_cast<double>(p) * values.back();
  std::vector<double> w(static_cast<std::size_t>(p * k));
  std::vector<double> scaled(w.size());
  Svd result{{}, std::vector<float>(static_cast<std::size_t>(k)), Matrix(n, k)};
  Index valid = 0;
  for (Index j = 0; j < k; j++) {
    const double value = values[static_cast<std::size_t>(p - 1 - j)];
    const double sigma = value > noise ? std::sqrt(value) : 0;
    valid += sigma > 0 ? 1 : 0;
    result.sigma[static_cast<std::size_t>(j)] = static_cast<float>(sigma);
    for (Index i = 0; i < p; i++) {
      const double x = vectors[static_cast<std::size_t>(i + (p - 1 - j) * p)];
      w[static_cast<std::size_t>(i + j * p)] = x;
      scaled[static_cast<std::size_t>(i + j * p)] = sigma > 0 ? x / sigma : 0;
    }
  }
  std::vector<double> rotated(static_cast<std::size_t>(n * k));
  blas::gemm(blas::Op::none, blas::Op::none, n, k, p, 1.0, v.data(), n, w.data(), p, 0.0,
             rotated.data(), n);
  narrow(rotated.data(), result.v.view());
  rotate_columns(u.view(), scaled, k, normal.pool);
  u.truncate_columns(k);
  if (valid < k || !stay_orthogonal(p, values[static_cast<std::size_t>(p - k)] / values.back()))
    orthonormalize_tall(u.view(), valid, RowParts(nullptr, u.rows()), normal.pool);
  result.u = std::move(u);
  return result;
}

Start make_start(FloatView a, Index k, Index p, std::uint64_t seed, ThreadPool& pool,
                 ProgressTracker& progress) {
  return start_of(a, k, p, seed, pool, progress);
}

Start make_start(ByteView a, Index k, Index p, std::uint64_t seed, ThreadPool& pool,
                 ProgressTracker& progress) {
  return start_of(a, k, p, seed, pool, progress);
}

}  // namespace lowrank
