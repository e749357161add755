// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pcp/one_pass_svt.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "blas.h"
#include "gaussian.h"
#include "packed.h"
#include "pcp/small_factors.h"

namespace lowrank::pcp {
namespace {

using blas::Op;

constexpr Index small_matrix = 32;

}  // namespace

OnePassSvt::OnePassSvt(const RowBlocks& blocks, const RowParts& parts, Index n, Index max_rank,
                       Index kept_columns)
    : blocks_(blocks),
      parts_of_rows_(parts),
      n_(n),
      max_rank_(max_rank > 0 ? std::min(max_rank, n) : n),
      kept_columns_(kept_columns),
      products_(static_cast<std::size_t>(blocks.count())) {}

void OnePassSvt::begin() {
  // Four products with a subspace of p columns in single precision cost as much as the Gram matrix
  // in double here.
  const bool gram = n_ <= small_matrix || size_ > n_ / 2;
  if (gram)
    basis_ = Matrix();
  else
    make_basis();
  const Index p = basis_.cols();
  keep_ = !gram && p <= kept_columns_;
  total_.assign(gram ? area(n_, n_) : area(n_ + p, p), 0.0);
  sum_.emplace(total_);
  parts_.emplace(gram ? 0 : total_.size() + (keep_ ? 0 : area(blocks_.height(), p)));
  wide_parts_.emplace(gram ? total_.size() + area(blocks_.height(), n_) : 0);
}

void OnePassSvt::make_basis() {
  basis_ = Matrix(n_, size_);
  const Index kept = std::min(size_, leading_.cols());
  std::copy_n(leading_.data(), n_ * kept, basis_.data());
  fill_gaussian(random_, basis_.data() + n_ * kept, area(n_, size_ - kept));
  blas::orthonormalize(n_, size_, basis_.data());
}

void OnePassSvt::add(const RowBlock& block, const float* t) {
  const Index p = basis_.cols();
  if (by_gram()) {
    products_[static_cast<std::size_t>(block.index)] = Matrix();
    const auto lease = wide_parts_->take();
    double* wide = lease.get() + total_.size();
    widen(FloatView(t, block.count, n_), wide);
    std::fill_n(lease.get(), total_.size(), 0.0);
    blas::gram(block.count, n_, wide, block.count, lease.get());
    sum_->add(block.index, lease.get());
    return;
  }
  const auto lease = parts_->take();
  float* part = lease.get();
  Matrix& kept = products_[static_cast<std::size_t>(block.index)];
  if (!keep_)
    kept = Matrix();
  else if (kept.cols() != p)
    kept = Matrix::uninitialized(block.count, p);
  float* product = keep_ ? kept.data() : part + total_.size();
  blas::gemm(Op::none, Op::none, block.count, p, n_, 1.0f, t, block.count, basis_.data(), n_, 0.0f,
             product, block.count);
  blas::gemm(Op::transpose, Op::none, n_, p, block.count, 1.0f, t, block.count, product,
             block.count, 0.0f, part, n_);
  blas::gemm(Op::transpose, Op::none, p, p, block.count, 1.0f, product, block.count, product,
             block.count, 0.0f, part + n_ * p, p);
  sum_->add(block.index, part);
}

OnePassSvt::Result OnePassSvt::finish(double threshold) {
  const Index before = rank_;
  parts_of_rows_.sum(total_);
  Result result = by_gram() ? finish_gram(threshold) : finish_subspace(threshold);
  agree(result);
  rank_ = result.v.cols();
  // The rank mostly grows by a steady factor from step to step, and a direction has to be carried
  // for some steps before it is good.
  const Index growth = std::max<Index>(0, rank_ - before);
  const Index ahead = std::max(2 * growth, rank_ / 4);
  size_ =
      std::min({rank_ + ahead, max_rank_, n_ - std::min(n_, subspace_margin)}) + subspace_margin;
  return result;
}

void OnePassSvt::agree(Result& result) {
  double rest[] = {result.nuclear, result.complete ? 1.0 : 0.0};
  parts_of_rows_.agree({&result.p, &result.v, &result.from_products, &leading_});
  parts_of_rows_.agree(rest);
  result.nuclear = rest[0];
  result.complete = rest[1] != 0;
}

Index OnePassSvt::count_above(const std::vector<double>& sigma, double threshold) const {
  const auto end =
      std::find_if(sigma.begin(), sigma.end(), [&](double x) { return !(x > threshold); });
  return std::min<Index>(end - sigma.begin(), max_rank_);
}

OnePassSvt::Result OnePassSvt::finish_gram(double threshold) {
  SmallSvd e = svd_of_gram(std::move(total_), n_);
  const Index r = count_above(e.sigma, threshold);
  Result result;
  result.v = narrowed(e.v.data(), n_, r);
  leading_ = narrowed(e.v.data(), n_, std::min(n_, r + subspace_margin));
  for (Index j = 0; j < r; j++) {
    const double sigma = e.sigma[static_cast<std::size_t>(j)];
    result.nuclear += sigma - threshold;
    for (Index i = 0; i < n_; i++)
      e.v[area(n_, j) + static_cast<std::size_t>(i)] *= (sigma - threshold) / sigma;
  }
  result.p = narrowed(e.v.data(), n_, r);
  return result;
}

OnePassSvt::Result OnePassSvt::finish_subspace(double threshold) {
  const Index p = basis_.cols();
  const ProjectedSvd e = svd_of_projection(total_.data(), total_.data() + n_ * p, n_, p);
  const Index found = std::ssize(e.sigma);
  const Index r = count_above(e.sigma, threshold);
  Result result;
  result.complete = r < found || r == max_rank_ || found < p;
  leading_ = narrowed(e.v.data(), n_, found);
  result.v = Matrix(leading_.view().columns(0, r));
  std::vector<double> scaled = e.from_products;  // p × found
  for (Index j = 0; j < r; j++) {
    const double rest = e.sigma[static_cast<std::size_t>(j)] - threshold;
    result.nuclear += rest;
    for (Index i = 0; i < p; i++)
      scaled[area(p, j) + static_cast<std::size_t>(i)] *= rest;
  }
  result.from_products = narrowed(scaled.data(), p, r);
  result.p = Matrix::uninitialized(n_, r);
  blas::gemm(Op::none, Op::none, n_, r, p, 1.0f, basis_.data(), n_, result.from_products.data(), p,
             0.0f, result.p.data(), n_);
  if (!keep_)
    result.from_products = Matrix();
  return result;
}

void OnePassSvt::rows_of_u(const RowBlock& block, const Result& result, const float* t,
                           float* u) const {
  const Index r = result.p.cols();
  const bool from_t = result.needs_matrix();
  const Matrix& kept = products_[static_cast<std::size_t>(block.index)];
  const Matrix& right = from_t ? result.p : result.from_products;
  blas::gemm(Op::none, Op::none, block.count, r, right.rows(), 1.0f, from_t ? t : kept.data(),
             block.count, right.data(), right.rows(), 0.0f, u, block.count);
}

}  // namespace lowrank::pcp
