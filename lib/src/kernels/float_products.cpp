// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernels/products.h"

#include <array>
#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/float_products.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lowrank::kernels::HWY_NAMESPACE {

using Size = std::ptrdiff_t;

// Sums that are held in registers, of which a product has to leave some for its factors.
#if HWY_TARGET == HWY_AVX3 || HWY_ARCH_ARM_A64
constexpr Size vectors_of_times = 12;
constexpr Size columns_of_transposed = 4;
constexpr Size vectors_of_transposed = 6;
#else
constexpr Size vectors_of_times = 6;
constexpr Size columns_of_transposed = 3;
constexpr Size vectors_of_transposed = 4;
#endif

// Y for two vectors of rows at a time, with N of the columns of V.
template <Size N>
HWY_ATTR void times_some(const BlockShape& shape, const float* a, const float* v, float* y,
                         Size y_stride) {
  const Floats d;
  const auto lanes = static_cast<Size>(hn::Lanes(d));
  for (Size i = 0; i < shape.rows; i += 2 * lanes) {
    hn::Vec<Floats> upper[N];
    hn::Vec<Floats> lower[N];
    for (Size c = 0; c < N; c++)
      upper[c] = lower[c] = hn::Zero(d);
    const float* column = a + i;
    const float* weights = v;
    for (Size j = 0; j < shape.cols; j++, column += shape.rows, weights += shape.vectors) {
      const auto x0 = hn::LoadU(d, column);
      const auto x1 = hn::LoadU(d, column + lanes);
      HWY_UNROLL(16)
      for (Size c = 0; c < N; c++) {
        const auto weight = hn::Set(d, weights[c]);
        upper[c] = hn::MulAdd(x0, weight, upper[c]);
        lower[c] = hn::MulAdd(x1, weight, lower[c]);
      }
    }
    for (Size c = 0; c < N; c++) {
      hn::StoreU(upper[c], d, y + i + c * y_stride);
      hn::StoreU(lower[c], d, y + i + lanes + c * y_stride);
    }
  }
}

// N of the rows of Wᵀ, for M columns of A.
template <Size M, Size N>
HWY_ATTR void transposed_tile(const BlockShape& shape, const float* a, const float* y, float* w) {
  const Floats d;
  hn::Vec<Floats> sum[M][N];
  for (Size j = 0; j < M; j++)
    for (Size c = 0; c < N; c++)
      sum[j][c] = hn::Zero(d);
  for (Size i = 0; i < shape.rows; i += static_cast<Size>(hn::Lanes(d))) {
    hn::Vec<Floats> x[M];
    HWY_UNROLL(16)
    for (Size j = 0; j < M; j++)
      x[j] = hn::LoadU(d, a + i + j * shape.rows);
    HWY_UNROLL(16)
    for (Size c = 0; c < N; c++) {
      const auto value = hn::LoadU(d, y + i + c * shape.rows);
      HWY_UNROLL(16)
      for (Size j = 0; j < M; j++)
        sum[j][c] = hn::MulAdd(x[j], value, sum[j][c]);
    }
  }
  for (Size j = 0; j < M; j++)
    for (Size c = 0; c < N; c++)
      w[j * shape.vectors + c] += hn::GetLane(hn::SumOfLanes(d, sum[j][c]));
}

template <Size N>
HWY_ATTR void transposed_some(const BlockShape& shape, const float* a, const float* y, float* w) {
  constexpr Size step = columns_of_transposed;
  Size j = 0;
  for (; j + step <= shape.cols; j += step)
    transposed_tile<step, N>(shape, a + j * shape.rows, y, w + j * shape.vectors);
  for (; j < shape.cols; j++)
    transposed_tile<1, N>(shape, a + j * shape.rows, y, w + j * shape.vectors);
}

// Calls body(first, count) for pieces of `total`, as even as they come, of at most `most`.
template <class Body>
HWY_INLINE void for_even_pieces(Size total, Size most, const Body& body) {
  const Size pieces = (total + most - 1) / most;
  for (Size p = 0; p < pieces; p++) {
    const Size first = total * p / pieces;
    body(first, total * (p + 1) / pieces - first);
  }
}

using Times = void (*)(const BlockShape&, const float*, const float*, float*, Size);
using Transposed = void (*)(const BlockShape&, const float*, const float*, float*);

template <Size... N>
constexpr auto times_of(std::integer_sequence<Size, N...>) {
  return std::array<Times, sizeof...(N)>{&times_some<N + 1>...};
}
template <Size... N>
constexpr auto transposed_of(std::integer_sequence<Size, N...>) {
  return std::array<Transposed, sizeof...(N)>{&transposed_some<N + 1>...};
}

void times_block(const BlockShape& shape, const float* a, const float* v, float* y, Size y_stride) {
  constexpr auto with = times_of(std::make_integer_sequence<Size, vectors_of_times>());
  for_even_pieces(shape.vectors, vectors_of_times, [&](Size first, Size count) {
    with[static_cast<std::size_t>(count - 1)](shape, a, v + first, y + first * y_stride, y_stride);
  });
}

void transposed_block(const BlockShape& shape, const float* a, const float* y, float* w) {
  constexpr auto with = transposed_of(std::make_integer_sequence<Size, vectors_of_transposed>());
  for_even_pieces(shape.vectors, vectors_of_transposed, [&](Size first, Size count) {
    with[static_cast<std::size_t>(count - 1)](shape, a, y + first * shape.rows, w + first);
  });
}

}  // namespace lowrank::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowrank::kernels {

HWY_EXPORT(times_block);
HWY_EXPORT(transposed_block);

void times(const BlockShape& shape, const float* a, const float* v, float* y,
           std::ptrdiff_t y_stride) {
  HWY_DYNAMIC_DISPATCH(times_block)(shape, a, v, y, y_stride);
}

void add_transposed_times(const BlockShape& shape, const float* a, const float* y, float* w) {
  HWY_DYNAMIC_DISPATCH(transposed_block)(shape, a, y, w);
}

}  // namespace lowrank::kernels
#endif
