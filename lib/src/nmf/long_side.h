// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "nmf/kernels.h"
#include "row_blocks.h"

namespace lowrank::nmf {

inline void transpose(FloatView from, float* to) {
  for (Index j = 0; j < from.cols; j++)
    for (Index i = 0; i < from.rows; i++)
      to[j + i * from.cols] = from(i, j);
}

inline Matrix transposed(FloatView from) {
  Matrix to(from.cols, from.rows);
  transpose(from, to.data());
  return to;
}

/// A with m >= n, which is M or, for a wide M, its transpose, by blocks of its rows: A ≈ XYᵀ.
template <typename T>
class LongSide {
 public:
  explicit LongSide(MatrixView<const T> m)
      : m_(m), wide_(m.rows < m.cols), blocks_(wide_ ? m.cols : m.rows, wide_ ? m.rows : m.cols) {}

  bool wide() const { return wide_; }
  Index rows() const { return blocks_.rows(); }
  Index cols() const { return wide_ ? m_.rows : m_.cols; }
  const RowBlocks& blocks() const { return blocks_; }
  float at(Index row, Index col) const {
    return static_cast<float>(wide_ ? m_(col, row) : m_(row, col));
  }

  /// A·Y of the block's rows into `out`, packed; `y_rows` is Yᵀ, packed.
  void multiply(const RowBlock& block, FloatView y, const float* y_rows, float* out) const {
    if (wide_)
      multiply_transposed(part(block), y, out);
    else
      nmf::multiply(part(block), y_rows, y.cols, out);
  }

  /// AᵀX of the block's rows into `out`, n × x.cols packed; `scratch` has room for the rows of X.
  void multiply_back(const RowBlock& block, FloatView x, float* scratch, float* out) const {
    const FloatView rows = x.block(block.first, 0, block.count, x.cols);
    if (wide_) {
      transpose(rows, scratch);
      nmf::multiply(part(block), scratch, x.cols, out);
    } else {
      multiply_transposed(part(block), rows, out);
    }
  }

  /// Of the block's rows, as nmf::residual(); `scratch` as above.
  ResidualSums residual(const RowBlock& block, FloatView x, FloatView y, const float* y_rows,
                        float scale, float* scratch) const {
    const FloatView rows = x.block(block.first, 0, block.count, x.cols);
    if (!wide_)
      return nmf::residual(part(block), rows, y_rows, scale);
    transpose(rows, scratch);
    return nmf::residual(part(block), y, scratch, scale);
  }

 private:
  MatrixView<const T> part(const RowBlock& block) const {
    return wide_ ? m_.columns(block.first, block.count)
                 : m_.block(block.first, 0, block.count, m_.cols);
  }

  MatrixView<const T> m_;
  bool wide_;
  RowBlocks blocks_;
};

}  // namespace lowrank::nmf
