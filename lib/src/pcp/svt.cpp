// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pcp/svt.h"

#include <algorithm>
#include <cmath>

#include "blas.h"
#include "gaussian.h"

namespace lowrank::pcp {
namespace {

constexpr Index small_matrix = 128;

struct Eigen {
  std::vector<double> values;   // descending
  std::vector<double> vectors;  // n × n, in the same order
};

Eigen eigen_descending(std::vector<double> a, Index n) {
  Eigen e{std::vector<double>(static_cast<std::size_t>(n)), std::move(a)};
  blas::symmetric_eigen(n, e.vectors.data(), e.values.data());
  std::reverse(e.values.begin(), e.values.end());
  for (Index j = 0; j < n / 2; j++)
    std::swap_ranges(e.vectors.begin() + j * n, e.vectors.begin() + (j + 1) * n,
                     e.vectors.begin() + (n - 1 - j) * n);
  return e;
}

// Scales the first r columns, which belong to σᵢ² = values[i], by (σᵢ − threshold)/σᵢ and returns
// what is left of the σᵢ.
double shrink_columns(Eigen& e, Index n, Index r, double threshold) {
  double nuclear = 0;
  for (Index j = 0; j < r; j++) {
    const double sigma = std::sqrt(e.values[static_cast<std::size_t>(j)]);
    nuclear += sigma - threshold;
    for (Index i = 0; i < n; i++)
      e.vectors[static_cast<std::size_t>(i + j * n)] *= (sigma - threshold) / sigma;
  }
  return nuclear;
}

Matrix to_matrix(const std::vector<double>& a, Index rows, Index cols) {
  Matrix out(rows, cols);
  std::transform(a.begin(), a.begin() + rows * cols, out.data(),
                 [](double x) { return static_cast<float>(x); });
  return out;
}

}  // namespace

SingularValueThreshold::SingularValueThreshold(Index n, Index max_rank, ThreadPool& pool)
    : n_(n), max_rank_(max_rank > 0 ? std::min(max_rank, n) : n), pool_(pool) {}

double SingularValueThreshold::apply(const RowSource& t, double threshold, Matrix& u, Matrix& v) {
  double nuclear = 0;
  if (worth_gram(predicted_size()) || !by_subspace(t, threshold, u, v, &nuclear))
    nuclear = by_gram(t, threshold, u, v);
  growth_ = std::max<Index>(0, u.cols() - rank_);
  rank_ = u.cols();
  return nuclear;
}

Index SingularValueThreshold::count_above(const std::vector<double>& squares,
                                          double threshold) const {
  const auto end = std::find_if(squares.begin(), squares.end(), [threshold](double square) {
    return !(square > threshold * threshold);
  });
  return std::min<Index>(end - squares.begin(), max_rank_);
}

// The rank mostly grows by a steady factor from step to step.
Index SingularValueThreshold::predicted_size() const {
  return std::min(rank_ + growth_ + growth_ / 4 + subspace_margin, n_);
}

// The subspace takes three products with `size` columns in single precision, the Gram matrix half
// of one with n columns in double: they cost the same about here.
bool SingularValueThreshold::worth_gram(Index size) const {
  return n_ <= small_matrix || (size > n_ / 3 && max_rank_ > n_ / 3);
}

double SingularValueThreshold::by_gram(const RowSource& t, double threshold, Matrix& u, Matrix& v) {
  Eigen e = eigen_descending(gram_matrix(t, pool_), n_);
  const Index r = count_above(e.values, threshold);
  v = to_matrix(e.vectors, n_, r);
  basis_ = to_matrix(e.vectors, n_, std::min(n_, r + subspace_margin));
  const double nuclear = shrink_columns(e, n_, r, threshold);
  u = Matrix();
  u = Matrix(t.rows(), r);
  if (r > 0)
    project(t, to_matrix(e.vectors, n_, r), u.view(), pool_);
  return nuclear;
}

// False, with nothing done, when the rank turns out to be one for by_gram().
bool SingularValueThreshold::by_subspace(const RowSource& t, double threshold, Matrix& u, Matrix& v,
                                         double* nuclear) {
  const Index limit = std::min(n_, max_rank_ + subspace_margin);
  Index size = std::min(predicted_size(), limit);
  while (true) {
    resize_basis(size);
    refine_basis(t);
    u = Matrix();
    u = Matrix(t.rows(), size);
    project(t, basis_, u.view(), pool_);
    Eigen e = eigen_descending(gram_matrix(u.view(), pool_), size);
    const Index r = count_above(e.values, threshold);
    if (r == size && size < limit) {
      // All of them are wanted, so there may be more.
      size = std::min(limit, size + size / 2 + subspace_margin);
      if (worth_gram(size))
        return false;
      continue;
    }
    Matrix rotated(n_, size);
    const Matrix rotation = to_matrix(e.vectors, size, size);
    blas::gemm(blas::Op::none, blas::Op::none, n_, size, size, 1.0f, basis_.data(), n_,
               rotation.data(), size, 0.0f, rotated.data(), n_);
    basis_ = std::move(rotated);
    v = Matrix(basis_.view().columns(0, r));
    *nuclear = shrink_columns(e, size, r, threshold);
    rotate_columns(u.view(), e.vectors, r, pool_);
    u.truncate_columns(r);
    return true;
  }
}

// Keeps the leading columns and fills up with random ones.
void SingularValueThreshold::resize_basis(Index size) {
  const Index kept = std::min(size, basis_.cols());
  Matrix next(n_, size);
  std::copy_n(basis_.data(), n_ * kept, next.data());
  fill_gaussian(random_, next.data() + n_ * kept, static_cast<std::size_t>(n_ * (size - kept)));
  blas::orthonormalize(n_, size, next.data());
  basis_ = std::move(next);
}

// One step of subspace iteration; a basis that is carried on needs no more.
void SingularValueThreshold::refine_basis(const RowSource& t) {
  std::vector<double> next = normal_product(t, basis_, pool_);
  blas::orthonormalize(n_, basis_.cols(), next.data());
  std::transform(next.begin(), next.end(), basis_.data(),
                 [](double x) { return static_cast<float>(x); });
}

}  // namespace lowrank::pcp
