// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "nmf/long_side.h"
#include "nmf/problem.h"
#include "nmf/restarted_momentum.h"
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
    next_x_ = Matrix(a_.rows(), rank_);
    y_ = std::move(y);
    look_ahead(y_);
  }

  void start_from_long(Matrix x) {
    x_ = Matrix(a_.rows(), rank_);
    next_x_ = std::move(x);
    y_ = Matrix(a_.cols(), rank_);
    const std::vector<double> sums = pass(nullptr);
    std::swap(x_, next_x_);
    of_x_ = moments_in(sums);
    find_short(sums, of_x_, y_);
    look_ahead(y_);
  }

  /// One iteration. True when factors were found that are within the tolerance of optimal: X and
  /// the Y that it was found for, which are then left as they are.
  bool iterate(double tolerance) {
    const Problem problem = problem_for(of_ahead_, of_x_, penalty_.weight, penalty_.on_long);
    const std::vector<double> sums = pass(&problem);
    const Moments of_x = moments_in(sums);
    Matrix y = ahead_;
    const std::vector<double> slopes_of_y = find_short(sums, of_x, y);
    const double distance = optimality(of_x, sums.data() + at_slopes(), slopes_of_y.data());
    if (distance <= tolerance && !rises(objective(sums, of_x, ahead_, of_ahead_))) {
      distance_ = distance;
      std::swap(x_, next_x_);
      std::swap(y_, ahead_);
      return true;
    }
    const double value = objective(sums, of_x, y, moments(y));
    if (momentum_.share() > 0 && rises(value)) {
      momentum_.restart();
      look_ahead(y_);
      return false;
    }
    value_ = value;
    distance_ = distance;
    momentum_.advance(ahead_, y, y_, of_x);
    std::swap(x_, next_x_);
    std::swap(y_, y);
    of_x_ = of_x;
    look_ahead(extrapolated(y_, y, momentum_.share()));
    return false;
  }

  /// How far from optimal X and the Y that it was found for were in the last iteration that was not
  /// taken back.
  double distance() const { return distance_; }
  Matrix& x() { return x_; }
  Matrix& y() { return y_; }

 private:
  // Beyond what sums in single precision may do to an objective whose terms nearly cancel.
  bool rises(double value) const { return value > value_ + 1e-8 * std::abs(value); }

  // Rounds of descent cost next to nothing where sums are long against the rank (Gillis, Glineur,
  // "Accelerated multiplicative updates and hierarchical ALS algorithms for nonnegative matrix
  // factorization", Neural Computation 2012).
  // What starts from nothing has further to go.
  Patience patience(Index length, bool from_nothing) const {
    const Index rounds = 2 + length / (2 * (rank_ + 1));
    return from_nothing ? Patience{static_cast<int>(std::min<Index>(20 * rounds, 500)), 1e-9f}
                        : Patience{static_cast<int>(std::min<Index>(rounds, 100)), 1e-4f};
  }

  // Where the sums of a pass are: AᵀX, XᵀX, totals of X, and slopes of X.
  std::size_t at_gram() const { return static_cast<std::size_t>(a_.cols() * rank_); }
  std::size_t at_total() const { return at_gram() + static_cast<std::size_t>(rank_ * rank_); }
  std::size_t at_slopes() const { return at_total() + static_cast<std::size_t>(rank_); }
  std::size_t sum_count() const { return at_slopes() + static_cast<std::size_t>(2 * rank_); }

  // Reads A; finds the next X if there is a problem for it, or leaves it as it is.
  std::vector<double> pass(const Problem* problem) {
    Matrix y = ahead_;
    scale(y.data(), y.data() + y.rows() * y.cols());
    const std::vector<float> y_rows = transposed<float>(FloatView(y));
    std::vector<double> sums(sum_count());
    ScratchPool<float> scratch(static_cast<std::size_t>(a_.blocks().height() * rank_));
    sum_over_blocks<float>(pool_, a_.blocks(), sums, [&](const RowBlock& block, float* part) {
      const auto p = scratch.take();
      std::fill(part + at_slopes(), part + sum_count(), 0.0f);
      if (problem) {
        a_.multiply(block, y, y_rows.data(), p.get());
        find_rows(*problem, block, p.get(), part + at_slopes());
      }
      const FloatView x = next_x_.view().block(block.first, 0, block.count, rank_);
      a_.multiply_back(block, next_x_, p.get(), part);
      gram(x, part + at_gram());
      totals(x, part + at_total());
    });
    scale(sums.data(), sums.data() + at_gram());
    a_.parts().sum(sums);
    return sums;
  }

  // The next X in one block, from the present one.
  void find_rows(const Problem& problem, const RowBlock& block, const float* p, float* of_x) {
    const MutableFloatView x = next_x_.view().block(block.first, 0, block.count, rank_);
    for (Index k = 0; k < rank_; k++)
      std::copy_n(x_.view().column(k) + block.first, block.count, x.column(k));
    descend(problem.view(), p, x, patience(a_.cols(), !of_x_.known()));
    slopes(problem.view(), p, x, of_x, of_x + rank_);
  }

  // Finds Y by the sums of a pass, from the one that X was found for, if any; returns the slopes
  // that were there.
  std::vector<double> find_short(const std::vector<double>& sums, const Moments& of_x, Matrix& y) {
    const Problem problem = problem_for(of_x, of_ahead_, penalty_.weight, !penalty_.on_long);
    const Patience limit = patience(a_.parts().rows(), !of_ahead_.known());
    const RowBlocks blocks(a_.cols(), rank_);
    ScratchPool<float> scratch(static_cast<std::size_t>(blocks.height() * rank_));
    std::vector<double> found(static_cast<std::size_t>(2 * rank_));
    sum_over_blocks<float>(pool_, blocks, found, [&](const RowBlock& block, float* part) {
      const auto p = scratch.take();
      for (Index k = 0; k < rank_; k++) {
        const double* from = sums.data() + k * a_.cols() + block.first;
        std::transform(from, from + block.count, p.get() + k * block.count,
                       [](double value) { return static_cast<float>(value); });
      }
      const MutableFloatView rows = y.view().block(block.first, 0, block.count, rank_);
      slopes(problem.view(), p.get(), rows, part, part + rank_);
      descend(problem.view(), p.get(), rows, limit);
    });
    a_.parts().agree({&y});
    a_.parts().agree(found);
    return found;
  }

  void look_ahead(Matrix y) {
    ahead_ = std::move(y);
    of_ahead_ = moments(ahead_);
  }

  Moments moments_in(const std::vector<double>& sums) const {
    return {{sums.data() + at_gram(), sums.data() + at_total()},
            {sums.data() + at_total(), sums.data() + at_slopes()}};
  }

  Moments moments(FloatView y) {
    const auto r = static_cast<std::size_t>(rank_);
    const RowBlocks blocks(y.rows, rank_);
    std::vector<double> sums(r * r + r);
    sum_over_blocks<float>(pool_, blocks, sums, [&](const RowBlock& block, float* part) {
      const FloatView rows = y.block(block.first, 0, block.count, rank_);
      gram(rows, part);
      totals(rows, part + r * r);
    });
    a_.parts().agree(sums);
    return {{sums.data(), sums.data() + r * r}, {sums.data() + r * r, sums.data() + r * r + r}};
  }

  // Without ‖A‖²/2, which stays the same.
  double objective(const std::vector<double>& sums, const Moments& of_x, FloatView y,
                   const Moments& of_y) const {
    double value = 0;
    for (Index i = 0; i < y.rows * y.cols; i++)
      value -= sums[static_cast<std::size_t>(i)] * static_cast<double>(y.data[i]);
    value += std::inner_product(of_x.gram.begin(), of_x.gram.end(), of_y.gram.begin(), 0.0) / 2;
    const Moments& u = penalty_.on_long ? of_y : of_x;
    const Moments& p = penalty_.on_long ? of_x : of_y;
    for (Index k = 0; k < rank_; k++)
      value += penalty_.weight * std::sqrt(u.square(k)) * p.total[static_cast<std::size_t>(k)];
    return value;
  }

  // The lengths of the projected gradients of X and the Y ahead over what they would be at zero. A
  // component's share counts by the length of its own column, so it does not matter how the
  // component is scaled between the factors.
  double optimality(const Moments& of_x, const double* slopes_of_x,
                    const double* slopes_of_y) const {
    double gradient = 0;
    double scale = 0;
    for (Index k = 0; k < rank_; k++) {
      gradient += of_x.square(k) * (slopes_of_x[k] + square_of_ridge_change(of_x, k));
      gradient += of_ahead_.square(k) * slopes_of_y[k];
      scale += of_x.square(k) * slopes_of_x[rank_ + k];
      scale += of_ahead_.square(k) * slopes_of_y[rank_ + k];
    }
    return scale > 0 ? std::sqrt(gradient / scale) : 0;
  }

  // X was found with the penalty for the lengths that it had before.
  double square_of_ridge_change(const Moments& of_x, Index k) const {
    if (!(penalty_.weight > 0) || penalty_.on_long || !(of_x.square(k) > 0))
      return 0;
    const double before = of_x_.known() ? ridge(of_ahead_, of_x_, penalty_.weight, k) : 0;
    const double change = ridge(of_ahead_, of_x, penalty_.weight, k) - before;
    return change * change * of_x.square(k);
  }

  template <typename Real>
  void scale(Real* first, Real* last) const {
    std::for_each(first, last, [this](Real& value) { value *= scale_; });
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
  Moments of_x_;
  Matrix ahead_;  // the Y that the next X is found for
  Moments of_ahead_;
  Matrix next_x_;
  double value_ = std::numeric_limits<double>::infinity();
  double distance_ = 1;
  RestartedMomentum momentum_;
};

}  // namespace lowrank::nmf
