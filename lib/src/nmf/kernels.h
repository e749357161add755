// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "lowrank/matrix_view.h"

/// The work of non-negative matrix factorization that vectors do, for the SIMD target that the
/// processor offers. Sums are in single precision, in an order that depends on the target.
namespace lowrank::nmf {

/// A·Y into `out` (a.rows × rank, packed). `y_rows` is Yᵀ, rank × a.cols, packed.
void multiply(FloatView a, const float* y_rows, Index rank, float* out);
void multiply(ByteView a, const float* y_rows, Index rank, float* out);

/// AᵀX into `out` (a.cols × x.cols, packed).
void multiply_transposed(FloatView a, FloatView x, float* out);
void multiply_transposed(ByteView a, FloatView x, float* out);

/// XᵀX into `out` (x.cols × x.cols, packed, full).
void gram(FloatView x, float* out);

struct ResidualSums {
  double data = 0;      ///< Σ (scale·A)²
  double residual = 0;  ///< Σ (scale·(A − XYᵀ))²
};

/// `y_rows` is Yᵀ, x.cols × a.cols, packed.
ResidualSums residual(FloatView a, FloatView x, const float* y_rows, float scale);
ResidualSums residual(ByteView a, FloatView x, const float* y_rows, float scale);

/// What non-negative least squares minimizes for each row x of a factor, ½xGxᵀ − (p − linear)·x.
struct Quadratic {
  const float* gram;     ///< G, rank × rank, symmetric
  const float* inverse;  ///< 1/Gₖₖ, or 0 for a component that stays as it is
  const float* linear;   ///< rank values that are taken off every row of P
};

/// When descent ends: after that many rounds, or the first that gains less than that share of what
/// the first one did.
struct Patience {
  int rounds;
  float share;
};

/// Rounds of coordinate descent over the components, on all rows of X, which P (packed) has the
/// shape of. Rows end a few at a time.
void descend(const Quadratic& q, const float* p, MutableFloatView x, Patience patience);

/// For each component k the sum of the squares of the projected gradient, into gradient[k], and of
/// P, into scale[k]. The projected gradient is the gradient without what is positive where X is
/// zero.
void slopes(const Quadratic& q, const float* p, FloatView x, float* gradient, float* scale);

}  // namespace lowrank::nmf
