// SPDX-License-Identifier: LGPL-2.1-or-later
#include "check.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "row_blocks.h"

namespace lowrank::check {
namespace {

std::string size_text(Index rows, Index cols) {
  return std::to_string(rows) + " x " + std::to_string(cols);
}

// x · 0 is 0 for every finite x and NaN for the rest, so one sum tells, and vectorizes.
bool all_finite(const float* values, Index count) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (Index i = 0; i < count; i++)
    sum += values[i] * 0.0f;
  return sum == 0.0f;
}

}  // namespace

void fail(const char* caller, const std::string& message) {
  throw std::invalid_argument(std::string(caller) + ": " + message);
}

void shape(const char* caller, const void* data, Index rows, Index cols, Index stride) {
  if (rows < 0 || cols < 0)
    fail(caller,
         "the matrix has a negative size, " + size_text(rows, cols) + "; both must be at least 1");
  if (rows == 0 || cols == 0)
    fail(caller, "the matrix is empty, " + size_text(rows, cols) + "; both must be at least 1");
  if (stride < rows)
    fail(caller, "the stride, " + std::to_string(stride) +
                     ", must be at least the number of rows, " + std::to_string(rows));
  if (data == nullptr)
    fail(caller, "the data of the " + size_text(rows, cols) + " matrix is a null pointer");
}

void tiles(const char* caller, const TiledBytes& a) {
  shape(caller, a.data, a.rows, a.cols, a.rows);
  if (a.height < 1 || a.height > RowBlocks::highest)
    fail(caller, "tiles have " + std::to_string(a.height) + " rows, but must have from 1 to " +
                     std::to_string(RowBlocks::highest) + "; tile_height() says which suit");
  if (a.capacity < a.cols)
    fail(caller, "tiles have room for " + std::to_string(a.capacity) +
                     " columns, but the matrix has " + std::to_string(a.cols));
}

void tall(const char* caller, const RowParts& parts, Index cols) {
  if (parts.rows() < cols)
    fail(caller, "the matrix is " + size_text(parts.rows(), cols) +
                     ", but in tiles or parts it must have at least as many rows as columns");
}

void finite(const char* caller, FloatView a) {
  for (Index j = 0; j < a.cols; j++) {
    if (all_finite(a.column(j), a.rows))
      continue;
    const float* column = a.column(j);
    const float* first =
        std::find_if(column, column + a.rows, [](float x) { return !std::isfinite(x); });
    fail(caller, std::string("the matrix holds ") + (std::isnan(*first) ? "NaN" : "an infinity") +
                     " at row " + std::to_string(first - column) + ", column " + std::to_string(j) +
                     "; every value must be finite");
  }
}

void rank(const char* caller, Index k, Index rows, Index cols) {
  if (k < 1 || k > std::min(rows, cols))
    fail(caller, "k is " + std::to_string(k) + ", but a " + size_text(rows, cols) +
                     " matrix has from 1 to " + std::to_string(std::min(rows, cols)) +
                     " components");
}

void require(bool holds, std::string_view message) {
  if (!holds)
    throw std::invalid_argument(std::string(message));
}

}  // namespace lowrank::check
