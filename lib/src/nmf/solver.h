// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "nmf/long_side.h"
#include "nmf/problem.h"
#include "thread_pool.h"

namespace lowrank::nmf {

/// Factors of A ≈ XYᵀ between iterations: X long, m × r, Y short, n × r. An iteration reads A once:
/// each block of rows gives its rows of X for the present Y, and its share of AᵀX and XᵀX, which is
/// all that the next Y asks for. What is factorized is A times `scale`, since floats would not hold
/// the squares of very large or small numbers.
template <typename T>
class Solver {
 public:
  Solver(const LongSide<T>& a, Index rank, Penalty penalty, double scale, ThreadPool& pool)
      : a_(a), rank_(rank), penalty_(penalty), scale_(static_cast<float>(scale)), pool_(pool) {}

  void start_from_short(Matrix y) {
    x_ = Matrix(a_.rows(), rank_);
    y_ = std::move(y);
    measure_short();
  }

  void start_from_long(Matrix x) {
    x_ = std::move(x);
    y_ = Matrix(a_.cols(), rank_);
    update_short(pass(nullptr));
  }

  /// One iteration; returns how far the factors before it were from optimal, 1 if there were none.
  double iterate() {
    const Problem problem = problem_for(of_y_, of_x_, penalty_.weight, penalty_.on_long);
    const std::vector<double> sums = pass(&problem);
    const double distance = of_x_.known() ? optimality(sums.data() + at_slopes()) : 1;
    update_short(sums);
    return distance;
  }

  Matrix& x() { return x_; }
  Matrix& y() { return y_; }

 private:
  // Rounds of descent cost next to nothing where sums are long against the rank (Gillis, Glineur,
  // "Accelerated multiplicative updates and hierarchical ALS algorithms for nonnegative matrix
  // factorization", Neural Computation 2012).
  Patience patience(Index length) const {
    return {static_cast<int>(std::min<Index>(2 + length / (2 * (rank_ + 1)), 100)), 1e-4f};
  }
  // What starts from zero has further to go.
  static constexpr Patience start_patience{500, 1e-9f};

  // Where the sums of a pass are: AᵀX, XᵀX, totals of X, and slopes of X as it was before.
  std::size_t at_gram() const { return static_cast<std::size_t>(a_.cols() * rank_); }
  std::size_t at_total() const { return at_gram() + static_cast<std::size_t>(rank_ * rank_); }
  std::size_t at_slopes() const { return at_total() + static_cast<std::size_t>(rank_); }
  std::size_t sum_count() const { return at_slopes() + static_cast<std::size_t>(2 * rank_); }

  // Reads A; finds X if there is a problem for it, or leaves X as it is.
  std::vector<double> pass(const Problem* problem) {
    Matrix y = y_;
    std::for_each(y.data(), y.data() + a_.cols() * rank_,
                  [this](float& value) { value *= scale_; });
    const Matrix y_rows = transposed(y);
    std::vector<double> sums(sum_count());
    ScratchPool<float> scratch(static_cast<std::size_t>(a_.blocks().height() * rank_));
    sum_over_blocks<float>(pool_, a_.blocks(), sums, [&](const RowBlock& block, float* part) {
      const auto p = scratch.take();
      const MutableFloatView x = x_.view().block(block.first, 0, block.count, rank_);
      if (problem) {
        a_.multiply(block, y, y_rows.data(), p.get());
        slopes(problem->view(), p.get(), x, part + at_slopes(), part + at_slopes() + rank_);
        descend(problem->view(), p.get(), x, of_x_.known() ? patience(a_.cols()) : start_patience);
      } else {
        std::fill_n(part + at_slopes(), 2 * rank_, 0.0f);
      }
      a_.multiply_back(block, x_, p.get(), part);
      gram(x, part + at_gram());
      totals(x, part + at_total());
    });
    std::for_each(sums.data(), sums.data() + at_gram(), [this](double& value) { value *= scale_; });
    return sums;
  }

  // Finds Y by the sums of a pass, which are those of the present X.
  void update_short(const std::vector<double>& sums) {
    of_x_ = {{sums.data() + at_gram(), sums.data() + at_total()},
             {sums.data() + at_total(), sums.data() + at_slopes()}};
    const Problem problem = problem_for(of_x_, of_y_, penalty_.weight, !penalty_.on_long);
    const RowBlocks blocks(a_.cols(), rank_);
    ScratchPool<float> scratch(static_cast<std::size_t>(blocks.height() * rank_));
    const Patience limit = of_y_.known() ? patience(a_.rows()) : start_patience;
    slopes_of_y_.assign(static_cast<std::size_t>(2 * rank_), 0.0);
    sum_over_blocks<float>(pool_, blocks, slopes_of_y_, [&](const RowBlock& block, float* part) {
      const auto p = scratch.take();
      for (Index k = 0; k < rank_; k++)
        std::transform(sums.data() + k * a_.cols() + block.first,
                       sums.data() + k * a_.cols() + block.first + block.count,
                       p.get() + k * block.count,
                       [](double value) { return static_cast<float>(value); });
      const MutableFloatView y = y_.view().block(block.first, 0, block.count, rank_);
      descend(problem.view(), p.get(), y, limit);
      slopes(problem.view(), p.get(), y, part, part + rank_);
    });
    measure_short();
  }

  void measure_short() {
    const auto r = static_cast<std::size_t>(rank_);
    const RowBlocks blocks(a_.cols(), rank_);
    std::vector<double> sums(r * r + r);
    sum_over_blocks<float>(pool_, blocks, sums, [&](const RowBlock& block, float* part) {
      const FloatView y = y_.view().block(block.first, 0, block.count, rank_);
      gram(y, part);
      totals(y, part + r * r);
    });
    of_y_ = {{sums.data(), sums.data() + r * r}, {sums.data() + r * r, sums.data() + r * r + r}};
  }

  // The lengths of the projected gradients over what they would be at zero. A component's share
  // counts by the length of its own column, so it does not matter how the component is scaled
  // between the factors.
  double optimality(const double* slopes_of_x) const {
    double gradient = 0;
    double scale = 0;
    for (Index k = 0; k < rank_; k++) {
      const double* of_y = slopes_of_y_.data() + k;
      gradient += of_x_.square(k) * slopes_of_x[k] + of_y_.square(k) * of_y[0];
      scale += of_x_.square(k) * slopes_of_x[rank_ + k] + of_y_.square(k) * of_y[rank_];
    }
    return scale > 0 ? std::sqrt(gradient / scale) : 0;
  }

  // Only the penalty asks for them.
  void totals(FloatView x, float* out) const {
    for (Index k = 0; k < x.cols; k++)
      out[k] = penalty_.weight > 0 ? std::accumulate(x.column(k), x.column(k) + x.rows, 0.0f) : 0;
  }

  const LongSide<T>& a_;
  Index rank_;
  Penalty penalty_;
  float scale_;
  ThreadPool& pool_;
  Matrix x_, y_;
  Moments of_x_, of_y_;
  std::vector<double> slopes_of_y_;
};

}  // namespace lowrank::nmf
