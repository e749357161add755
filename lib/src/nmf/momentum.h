// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cmath>

#include "nmf/problem.h"

namespace lowrank::nmf {

/// How far beyond the present factor to look, as a share of the last step: the series of Nesterov
/// for convex functions, in the form of Beck, Teboulle, "A fast iterative shrinkage-thresholding
/// algorithm for linear inverse problems", SIAM J. Imaging Sciences 2009. It begins again when
/// steps turn back (O'Donoghue, Candès, "Adaptive restart for accelerated gradient schemes",
/// Foundations of Computational Mathematics 2015).
class Momentum {
 public:
  double share() const { return share_; }

  void restart() {
    pace_ = 1;
    share_ = 0;
  }

  /// After a step from `before` by way of `ahead` to `present`. Columns count by the squared
  /// lengths of those that they are multiplied with.
  void advance(FloatView ahead, FloatView present, FloatView before, const Moments& other) {
    if (turns_back(ahead, present, before, other))
      pace_ = 1;
    const double next = (1 + std::sqrt(1 + 4 * pace_ * pace_)) / 2;
    share_ = (pace_ - 1) / next;
    pace_ = next;
  }

 private:
  // ⟨ahead − present, present − before⟩ > 0.
  static bool turns_back(FloatView ahead, FloatView present, FloatView before,
                         const Moments& other) {
    double product = 0;
    for (Index k = 0; k < present.cols; k++) {
      double sum = 0;
      for (Index i = 0; i < present.rows; i++)
        sum += static_cast<double>(ahead(i, k) - present(i, k)) *
               static_cast<double>(present(i, k) - before(i, k));
      product += sum * other.square(k);
    }
    return product > 0;
  }

  double pace_ = 1;
  double share_ = 0;
};

/// present + share·(present − before), where that is not negative.
inline Matrix extrapolated(const Matrix& present, const Matrix& before, double share) {
  Matrix out = present;
  const auto step = static_cast<float>(share);
  for (Index i = 0; i < out.rows() * out.cols(); i++)
    out.data()[i] = std::max(0.0f, out.data()[i] + step * (out.data()[i] - before.data()[i]));
  return out;
}

}  // namespace lowrank::nmf
