// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include "lowrank/matrix_view.h"

namespace lowrank {
namespace {

constexpr std::align_val_t alignment{64};

float* allocate(Index rows, Index cols) {
  if (rows < 0 || cols < 0)
    throw std::length_error("a matrix needs rows and columns of at least 0");
  if (rows == 0 || cols == 0)
    return nullptr;
  constexpr Index limit = std::numeric_limits<Index>::max() / static_cast<Index>(sizeof(float));
  if (rows > limit / cols)
    throw std::length_error("a matrix of " + std::to_string(rows) + " x " + std::to_string(cols) +
                            " is larger than the address space");
  return static_cast<float*>(
      ::operator new(static_cast<std::size_t>(rows * cols) * sizeof(float), alignment));
}

}  // namespace

Matrix::Matrix(Index rows, Index cols) : data_(allocate(rows, cols)), rows_(rows), cols_(cols) {
  std::fill_n(data_, empty() ? 0 : rows * cols, 0.0f);
}

Matrix Matrix::uninitialized(Index rows, Index cols) {
  Matrix result;
  result.data_ = allocate(rows, cols);
  result.rows_ = rows;
  result.cols_ = cols;
  return result;
}

Matrix::Matrix(FloatView other)
    : data_(allocate(other.rows, other.cols)), rows_(other.rows), cols_(other.cols) {
  for (Index j = 0; j < cols_ && rows_ > 0; j++)
    std::copy_n(other.column(j), rows_, data_ + j * rows_);
}

Matrix::Matrix(const Matrix& other) : Matrix(other.view()) {}

Matrix::Matrix(Matrix&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      rows_(std::exchange(other.rows_, 0)),
      cols_(std::exchange(other.cols_, 0)) {}

Matrix& Matrix::operator=(Matrix other) noexcept {
  std::swap(data_, other.data_);
  std::swap(rows_, other.rows_);
  std::swap(cols_, other.cols_);
  return *this;
}

Matrix::~Matrix() {
  ::operator delete(data_, alignment);
}

}  // namespace lowrank
