// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "lowrank/matrix_view.h"

/// Small matrices as packed arrays, column after column, as BLAS has them.
namespace lowrank {

/// How many elements there are.
inline std::size_t area(Index rows, Index cols) {
  return static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols);
}

/// A view in another precision.
inline void widen(FloatView from, double* to) {
  for (Index j = 0; j < from.cols; j++)
    std::copy_n(from.column(j), from.rows, to + j * from.rows);
}
inline void narrow(const double* from, MutableFloatView to) {
  for (Index j = 0; j < to.cols; j++)
    std::transform(from + j * to.rows, from + (j + 1) * to.rows, to.column(j),
                   [](double x) { return static_cast<float>(x); });
}
inline Matrix narrowed(const double* from, Index rows, Index cols) {
  Matrix to = Matrix::uninitialized(rows, cols);
  narrow(from, to.view());
  return to;
}

/// The transpose of a view, maybe of wider elements.
template <typename From, typename To>
void transpose(MatrixView<const From> from, To* to) {
  for (Index j = 0; j < from.cols; j++)
    for (Index i = 0; i < from.rows; i++)
      to[j + i * from.cols] = static_cast<To>(from(i, j));
}
template <typename To, typename From>
std::vector<To> transposed(MatrixView<const From> from) {
  std::vector<To> to(area(from.rows, from.cols));
  transpose(from, to.data());
  return to;
}

}  // namespace lowrank
