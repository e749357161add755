// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "block_view.h"
#include "nmf/kernels.h"
#include "packed.h"
#include "row_parts.h"

namespace lowrank::nmf {

/// A with m >= n, which is M or, for a wide M, its transpose, by blocks of its rows: A ≈ XYᵀ.
template <typename T>
class LongSide {
 public:
  /// With these rows out of `parts`. M may have fewer rows than columns only where others follow.
  LongSide(const BlockView<T>& m, const RowParts& parts)
      : m_(m), parts_(parts), blocks_(m.blocks()) {}
  /// Of a wide M.
  static LongSide of_wide(MatrixView<const T> m) {
    LongSide a(BlockView<T>(m), RowParts(nullptr, m.cols));
    a.wide_ = m;
    a.blocks_ = RowBlocks(m.cols, m.rows);
    return a;
  }

  bool wide() const { return wide_.data; }
  Index rows() const { return blocks_.rows(); }
  Index cols() const { return wide() ? wide_.rows : m_.cols(); }
  const RowParts& parts() const { return parts_; }
  const RowBlocks& blocks() const { return blocks_; }

  /// A·Y of the block's rows into `out`, packed; `y_rows` is Yᵀ, packed.
  void multiply(const RowBlock& block, FloatView y, const float* y_rows, float* out) const {
    if (wide())
      multiply_transposed(part(block), y, out);
    else
      nmf::multiply(part(block), y_rows, y.cols, out);
  }

  /// AᵀX of the block's rows into `out`, n × x.cols packed; `scratch` has room for the rows of X.
  void multiply_back(const RowBlock& block, FloatView x, float* scratch, float* out) const {
    const FloatView rows = x.block(block.first, 0, block.count, x.cols);
    if (wide()) {
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
    if (!wide())
      return nmf::residual(part(block), rows, y_rows, scale);
    transpose(rows, scratch);
    return nmf::residual(part(block), y, scratch, scale);
  }

 private:
  MatrixView<const T> part(const RowBlock& block) const {
    return wide() ? wide_.columns(block.first, block.count) : m_[block];
  }

  BlockView<T> m_;
  RowParts parts_;
  RowBlocks blocks_;
  MatrixView<const T> wide_;  ///< M, if it is
};

}  // namespace lowrank::nmf
