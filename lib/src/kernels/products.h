// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace lowrank::kernels {

// Products of a block of rows with few vectors, for the SIMD target that the processor offers.
// BLAS copies the block for each product, which takes longer than the product when the vectors are
// few. These use fused multiply-add, so targets may round differently.

/// Rows of a block must be a multiple of this.
constexpr std::ptrdiff_t product_rows = 64;

/// A block of A, `rows` × `cols`, and `vectors` columns: V is cols × vectors by rows (element
/// (j, c) at v[j · vectors + c]).
struct BlockShape {
  std::ptrdiff_t rows;
  std::ptrdiff_t cols;
  std::ptrdiff_t vectors;
};

/// Y ← A·V, Y rows × vectors by columns of `y_stride`.
void times(const BlockShape& shape, const float* a, const float* v, float* y,
           std::ptrdiff_t y_stride);

/// W ← W + AᵀY, W like V, Y packed.
void add_transposed_times(const BlockShape& shape, const float* a, const float* y, float* w);

/// Bytes of scratch that gram_of_bytes() takes.
std::size_t gram_scratch(std::ptrdiff_t rows, std::ptrdiff_t cols);

/// Upper triangle of C ← C + AᵀA for a packed block of bytes, exact; the rest of C (cols × cols)
/// may be written too. Σ rows over the calls for one C stays below 33000.
void gram_of_bytes(std::ptrdiff_t rows, std::ptrdiff_t cols, const std::uint8_t* a,
                   std::uint8_t* scratch, std::int32_t* c);

/// The largest magnitude so far; `zero` is 0 as long as all values were finite.
struct Magnitude {
  float largest = 0;
  float zero = 0;
};

/// out[i] = x[i] · factors[i], and the magnitude of the x.
void multiply(const float* x, const float* factors, std::ptrdiff_t count, float* out,
              Magnitude& magnitude);
void multiply(const std::uint8_t* x, const float* factors, std::ptrdiff_t count, float* out,
              Magnitude& magnitude);

/// y[i] += factor · x[i]
void add_multiple(const float* x, std::ptrdiff_t count, float factor, float* y);

}  // namespace lowrank::kernels
