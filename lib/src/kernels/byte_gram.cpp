// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernels/products.h"

#include <algorithm>
#include <cstring>

// Ice Lake's instructions, with which a product of bytes takes half of the time. Unless Highway's
// functions are inlined, the linker takes one of them for all sources, and with it that source's
// targets: these must be the same then.
#ifdef __OPTIMIZE__
#define HWY_WANT_AVX3_DL
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/byte_gram.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lowrank::kernels::HWY_NAMESPACE {

using Size = std::ptrdiff_t;
using Integers = hn::ScalableTag<std::int32_t>;

// The block as the products want it, columns padded by zeros to whole vectors: two copies of it,
// one for each factor.
#if HWY_TARGET == HWY_AVX3_DL
// One factor has to be signed: it is lowered by 128, for which the sums are mended.
using Left = std::uint8_t;
using Right = std::int8_t;
Right as_right(std::uint8_t value) {
  return static_cast<Right>(value - 128);
}
HWY_INLINE void multiply_add(hn::Vec<hn::ScalableTag<Left>> a, hn::Vec<hn::ScalableTag<Right>> b,
                             hn::Vec<Integers>& sum, hn::Vec<Integers>&) {
  // Highway knows no name for it, and its targets do not name it to the compiler.
  __m512i result = sum.raw;
  asm("vpdpbusd %2, %1, %0" : "+v"(result) : "v"(a.raw), "v"(b.raw));
  sum.raw = result;
}
constexpr std::int32_t lowered_by = 128;
#else
using Left = std::int16_t;
using Right = std::int16_t;
Right as_right(std::uint8_t value) {
  return static_cast<Right>(value);
}
HWY_INLINE void multiply_add(hn::Vec<hn::ScalableTag<Left>> a, hn::Vec<hn::ScalableTag<Right>> b,
                             hn::Vec<Integers>& sum, hn::Vec<Integers>& other) {
  sum = hn::ReorderWidenMulAccumulate(Integers(), a, b, sum, other);
}
constexpr std::int32_t lowered_by = 0;
#endif
constexpr bool factors_are_alike = lowered_by == 0;

#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
constexpr Size tile_rows = 4;
constexpr Size tile_cols = 6;
#else
constexpr Size tile_rows = 3;
constexpr Size tile_cols = 3;
#endif

struct Factors {
  const Left* left;
  const Right* right;
  Size stride;  ///< a multiple of the vectors' lanes
};

template <Size M, Size N>
HWY_ATTR void gram_tile(const Factors& f, Size row, Size col, Size cols, std::int32_t* c) {
  const hn::ScalableTag<Left> lefts;
  const hn::ScalableTag<Right> rights;
  const Integers d;
  hn::Vec<Integers> sum[M][N];
  hn::Vec<Integers> other[M][N];
  HWY_UNROLL(16)
  for (Size i = 0; i < M; i++)
    HWY_UNROLL(16)
  for (Size j = 0; j < N; j++)
    sum[i][j] = other[i][j] = hn::Zero(d);
  const Left* left = f.left + row * f.stride;
  const Right* right = f.right + col * f.stride;
  for (Size k = 0; k < f.stride; k += static_cast<Size>(hn::Lanes(lefts))) {
    hn::Vec<hn::ScalableTag<Left>> a[M];
    HWY_UNROLL(16)
    for (Size i = 0; i < M; i++)
      a[i] = hn::LoadU(lefts, left + k + i * f.stride);
    HWY_UNROLL(16)
    for (Size j = 0; j < N; j++) {
      const auto b = hn::LoadU(rights, right + k + j * f.stride);
      HWY_UNROLL(16)
      for (Size i = 0; i < M; i++)
        multiply_add(a[i], b, sum[i][j], other[i][j]);
    }
  }
  HWY_UNROLL(16)
  for (Size i = 0; i < M; i++)
    HWY_UNROLL(16)
  for (Size j = 0; j < N; j++)
    c[row + i + (col + j) * cols] +=
        hn::GetLane(hn::SumOfLanes(d, hn::Add(sum[i][j], other[i][j])));
}

// M rows of C from its column `col` on, up to `end`, without what lies below the diagonal.
template <Size M>
HWY_ATTR void gram_rows(const Factors& f, Size row, Size col, Size end, Size cols,
                        std::int32_t* c) {
  for (; col + tile_cols <= end; col += tile_cols)
    if (row < col + tile_cols)
      gram_tile<M, tile_cols>(f, row, col, cols, c);
  for (; col < end; col++)
    if (row <= col)
      gram_tile<M, 1>(f, row, col, cols, c);
}

template <typename T, typename Convert>
HWY_INLINE void pack(Size rows, Size cols, const std::uint8_t* a, Size stride, T* out,
                     const Convert& convert) {
  for (Size j = 0; j < cols; j++, a += rows, out += stride) {
    std::transform(a, a + rows, out, convert);
    std::fill(out + rows, out + stride, T{0});
  }
}

// C += lowered_by · (sums of the left factor's columns).
void mend(Size rows, Size cols, const std::uint8_t* a, std::int32_t* sums, std::int32_t* c) {
  for (Size j = 0; j < cols; j++) {
    sums[j] = 0;
    for (Size i = 0; i < rows; i++)
      sums[j] += a[i + j * rows];
    for (Size i = 0; i <= j; i++)
      c[i + j * cols] += lowered_by * sums[i];
  }
}

void gram_block(Size rows, Size cols, const std::uint8_t* a, std::uint8_t* scratch,
                std::int32_t* c) {
  const auto lanes = static_cast<Size>(hn::Lanes(hn::ScalableTag<Left>()));
  const Size stride = (rows + lanes - 1) / lanes * lanes;
  auto* left = reinterpret_cast<Left*>(scratch);
  auto* right = reinterpret_cast<Right*>(factors_are_alike ? left : left + stride * cols);
  pack(rows, cols, a, stride, left, [](std::uint8_t x) { return static_cast<Left>(x); });
  if (!factors_are_alike)
    pack(rows, cols, a, stride, right, as_right);
  const Factors factors{left, right, stride};
  // Some tiles' columns stay in the first level of the cache while all rows go by.
  constexpr Size panel = 4 * tile_cols;
  for (Size col = 0; col < cols; col += panel) {
    const Size end = std::min(cols, col + panel);
    Size row = 0;
    for (; row + tile_rows <= end; row += tile_rows)
      gram_rows<tile_rows>(factors, row, col, end, cols, c);
    for (; row < end; row++)
      gram_rows<1>(factors, row, col, end, cols, c);
  }
  if (!factors_are_alike)
    mend(rows, cols, a, reinterpret_cast<std::int32_t*>(scratch + 2 * stride * cols), c);
}

}  // namespace lowrank::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowrank::kernels {

HWY_EXPORT(gram_block);

std::size_t gram_scratch(std::ptrdiff_t rows, std::ptrdiff_t cols) {
  // Two bytes an element, columns padded to vectors of at most 256 bytes, and a sum a column.
  return static_cast<std::size_t>((2 * ((rows + 255) / 256 * 256) + 4) * cols);
}

void gram_of_bytes(std::ptrdiff_t rows, std::ptrdiff_t cols, const std::uint8_t* a,
                   std::uint8_t* scratch, std::int32_t* c) {
  HWY_DYNAMIC_DISPATCH(gram_block)(rows, cols, a, scratch, c);
}

}  // namespace lowrank::kernels
#endif
