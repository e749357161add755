// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "lowrank/export.h"

namespace lowrank {

/// A number of rows or columns, or a place among them.
using Index = std::ptrdiff_t;

/// Non-owning view of a column-major matrix: element (i, j) lies at `data[i + j * stride]`,
/// with `stride >= rows`. In this library a column is a frame and a row a pixel.
/// A view never outlives the memory that it looks at; copying it copies no element.
template <typename T>
struct MatrixView {
  T* data = nullptr;  ///< element (0, 0)
  Index rows = 0;     ///< elements of a column
  Index cols = 0;     ///< columns
  Index stride = 0;   ///< elements from a column to the next

  /// An empty view.
  constexpr MatrixView() = default;
  /// Of packed columns.
  constexpr MatrixView(T* data_, Index rows_, Index cols_)
      : data(data_), rows(rows_), cols(cols_), stride(rows_) {}
  /// Of columns that lie `stride_` elements apart.
  constexpr MatrixView(T* data_, Index rows_, Index cols_, Index stride_)
      : data(data_), rows(rows_), cols(cols_), stride(stride_) {}

  /// A view of mutable elements reads as a view of constant ones.
  constexpr operator MatrixView<const T>() const requires(!std::is_const_v<T>) {
    return {data, rows, cols, stride};
  }

  /// An element; row and column are not checked.
  constexpr T& operator()(Index row, Index col) const { return data[row + col * stride]; }
  /// The first element of a column.
  constexpr T* column(Index col) const { return data + col * stride; }
  /// Whether there is no element.
  constexpr bool empty() const { return rows == 0 || cols == 0; }

  /// The `row_count` × `col_count` part whose first element is (row, col).
  constexpr MatrixView block(Index row, Index col, Index row_count, Index col_count) const {
    return {data + row + col * stride, row_count, col_count, stride};
  }
  /// The `count` columns from `first` on.
  constexpr MatrixView columns(Index first, Index count) const {
    return block(0, first, rows, count);
  }
};

using FloatView = MatrixView<const float>;        ///< floats to read
using MutableFloatView = MatrixView<float>;       ///< floats to write
using ByteView = MatrixView<const std::uint8_t>;  ///< bytes to read, such as pixels

/// Owning column-major matrix of floats, zero when made, columns packed (stride == rows), aligned
/// to 64 bytes. Throws std::bad_alloc when memory is short and std::length_error when
/// rows × cols overflows.
class LOWRANK_API Matrix {
 public:
  /// 0 × 0, without memory.
  Matrix() = default;
  /// Of zeros.
  Matrix(Index rows, Index cols);
  /// With elements of any value, for who writes them all: large memory is not touched.
  static Matrix uninitialized(Index rows, Index cols);
  /// A copy of what a view shows.
  explicit Matrix(FloatView other);
  /// A copy.
  Matrix(const Matrix& other);
  /// Leaves `other` empty.
  Matrix(Matrix&& other) noexcept;
  /// Takes what `other`, a copy or what was moved, holds.
  Matrix& operator=(Matrix other) noexcept;
  ~Matrix();

  Index rows() const { return rows_; }  ///< elements of a column
  Index cols() const { return cols_; }  ///< columns
  /// Whether there is no element.
  bool empty() const { return rows_ == 0 || cols_ == 0; }
  float* data() { return data_; }              ///< element (0, 0)
  const float* data() const { return data_; }  ///< element (0, 0)
  /// An element; row and column are not checked.
  float& operator()(Index row, Index col) { return data_[row + col * rows_]; }
  /// An element; row and column are not checked.
  float operator()(Index row, Index col) const { return data_[row + col * rows_]; }

  MutableFloatView view() { return {data_, rows_, cols_}; }  ///< of all elements
  FloatView view() const { return {data_, rows_, cols_}; }   ///< of all elements
  operator FloatView() const { return view(); }              ///< a matrix reads as its view

  /// Drops the columns from `count` on (0 <= count <= cols()) without moving or freeing anything.
  void truncate_columns(Index count) { cols_ = count; }

 private:
  float* data_ = nullptr;
  Index rows_ = 0;
  Index cols_ = 0;
};

}  // namespace lowrank
