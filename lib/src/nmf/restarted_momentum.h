// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>

#include "momentum.h"
#include "nmf/problem.h"

namespace lowrank::nmf {

/// Begins again when steps turn back (O'Donoghue, Candès, "Adaptive restart for accelerated
/// gradient schemes", Foundations of Computational Mathematics 2015).
class RestartedMomentum {
 public:
  double share() const { return momentum_.share; }

  void restart() { momentum_.restart(); }

  /// After a step from `before` by way of `ahead` to `present`. Columns count by the squared
  /// lengths of those that they are multiplied with.
  void advance(FloatView ahead, FloatView present, FloatView before, const Moments& other) {
    if (turns_back(ahead, present, before, other))
      momentum_.restart();
    momentum_.advance();
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

  Momentum momentum_;
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
