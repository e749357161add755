// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernels/products.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/sketch.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lowrank::kernels::HWY_NAMESPACE {

using Size = std::ptrdiff_t;

// Calls body(d, i) for whole vectors, then for single lanes.
template <class Body>
HWY_INLINE void for_each_element(Size count, const Body& body) {
  const Floats vector;
  const OneFloat single;
  const auto lanes = static_cast<Size>(hn::Lanes(vector));
  Size i = 0;
  for (; i + lanes <= count; i += lanes)
    body(vector, i);
  for (; i < count; i++)
    body(single, i);
}

// x · 0 is NaN for NaN and infinities, which a largest value by itself does not show.
template <typename T>
HWY_INLINE void multiply_and_measure(const T* x, const float* factors, Size count, float* out,
                                     Magnitude& magnitude) {
  const Floats d;
  auto most = hn::Zero(d);
  auto zero = hn::Zero(d);
  const auto lanes = static_cast<Size>(hn::Lanes(d));
  Size i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto value = load_floats(d, x + i);
    most = hn::Max(most, hn::Abs(value));
    zero = hn::MulAdd(value, hn::Zero(d), zero);
    hn::StoreU(hn::Mul(value, hn::LoadU(d, factors + i)), d, out + i);
  }
  magnitude.largest = std::max(magnitude.largest, hn::GetLane(hn::MaxOfLanes(d, most)));
  magnitude.zero += hn::GetLane(hn::SumOfLanes(d, zero));
  for (; i < count; i++) {
    const auto value = static_cast<float>(x[i]);
    magnitude.largest = std::max(magnitude.largest, value < 0 ? -value : value);
    magnitude.zero += value * 0.0f;
    out[i] = value * factors[i];
  }
}

HWY_ATTR void multiply_floats(const float* x, const float* factors, Size count, float* out,
                              Magnitude& magnitude) {
  multiply_and_measure(x, factors, count, out, magnitude);
}

HWY_ATTR void multiply_bytes(const std::uint8_t* x, const float* factors, Size count, float* out,
                             Magnitude& magnitude) {
  multiply_and_measure(x, factors, count, out, magnitude);
}

HWY_ATTR void add_multiple_of(const float* x, Size count, float factor, float* y) {
  for_each_element(count, [&](auto d, Size i) HWY_ATTR {
    hn::StoreU(hn::MulAdd(hn::LoadU(d, x + i), hn::Set(d, factor), hn::LoadU(d, y + i)), d, y + i);
  });
}

}  // namespace lowrank::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowrank::kernels {

HWY_EXPORT(multiply_floats);
HWY_EXPORT(multiply_bytes);
HWY_EXPORT(add_multiple_of);

void multiply(const float* x, const float* factors, std::ptrdiff_t count, float* out,
              Magnitude& magnitude) {
  HWY_DYNAMIC_DISPATCH(multiply_floats)(x, factors, count, out, magnitude);
}

void multiply(const std::uint8_t* x, const float* factors, std::ptrdiff_t count, float* out,
              Magnitude& magnitude) {
  HWY_DYNAMIC_DISPATCH(multiply_bytes)(x, factors, count, out, magnitude);
}

void add_multiple(const float* x, std::ptrdiff_t count, float factor, float* y) {
  HWY_DYNAMIC_DISPATCH(add_multiple_of)(x, count, factor, y);
}

}  // namespace lowrank::kernels
#endif
