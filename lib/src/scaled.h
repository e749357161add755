// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cmath>

#include "lowrank/matrix_view.h"

/// Matrices times powers of two, which change no digit: where squares of the elements would be no
/// floats.
namespace lowrank {

/// Whether squares of that magnitude, and sums of them, are far from the ends of floats.
inline bool squares_fit(float magnitude) {
  return magnitude >= 1e-12f && magnitude <= 1e12f;
}

/// A ← A · 2^exponent
inline void scale(Matrix& a, int exponent) {
  for (Index i = 0; i < a.rows() * a.cols(); i++)
    a.data()[i] = std::ldexp(a.data()[i], exponent);
}

/// A · 2^exponent
inline Matrix scaled(FloatView a, int exponent) {
  Matrix out(a);
  scale(out, exponent);
  return out;
}

}  // namespace lowrank
