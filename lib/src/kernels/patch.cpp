// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernels/patch.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/patch.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lowrank::kernels::HWY_NAMESPACE {

using Sums = hn::ScalableTag<std::int32_t>;

// Calls `finish(o, sums)` for each vector of outputs.
template <class Finish>
HWY_ATTR HWY_INLINE void products(const std::int16_t* HWY_RESTRICT table, int outputs,
                                  const std::int16_t* HWY_RESTRICT x, int pairs,
                                  const Finish& finish) {
  const Sums d;
#if HWY_TARGET == HWY_SCALAR
  for (int o = 0; o < outputs; o++) {
    std::uint32_t sum = 0;
    for (int p = 0; p < pairs; p++) {
      const std::int16_t* t = table + (p * outputs + o) * 2;
      sum += static_cast<std::uint32_t>(t[0] * x[2 * p]);
      sum += static_cast<std::uint32_t>(t[1] * x[2 * p + 1]);
    }
    finish(o, hn::Set(d, static_cast<std::int32_t>(sum)));
  }
#else
  const hn::Repartition<std::int16_t, Sums> words;
  const int n = static_cast<int>(hn::Lanes(d));
  for (int o = 0; o < outputs; o += 4 * n) {
    auto a0 = hn::Zero(d), a1 = a0, a2 = a0, a3 = a0;
    auto b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    const std::int16_t* t = table + o * 2;
    for (int p = 0; p < pairs; p++, t += outputs * 2) {
      std::int32_t pair;
      std::memcpy(&pair, x + 2 * p, sizeof pair);
      if (pair == 0)
        continue;
      const auto both = hn::BitCast(words, hn::Set(d, pair));
      a0 = hn::ReorderWidenMulAccumulate(d, hn::LoadU(words, t), both, a0, b0);
      a1 = hn::ReorderWidenMulAccumulate(d, hn::LoadU(words, t + 2 * n), both, a1, b1);
      a2 = hn::ReorderWidenMulAccumulate(d, hn::LoadU(words, t + 4 * n), both, a2, b2);
      a3 = hn::ReorderWidenMulAccumulate(d, hn::LoadU(words, t + 6 * n), both, a3, b3);
    }
    finish(o, hn::RearrangeToOddPlusEven(a0, b0));
    finish(o + n, hn::RearrangeToOddPlusEven(a1, b1));
    finish(o + 2 * n, hn::RearrangeToOddPlusEven(a2, b2));
    finish(o + 3 * n, hn::RearrangeToOddPlusEven(a3, b3));
  }
#endif
}

// With AVX-512 Highway 1.0 loses the highest bit of what is between 32768 and 65535.
HWY_INLINE void store_clamped(hn::Vec<Sums> samples, std::uint8_t* out) {
  const Sums d;
  const hn::Rebind<std::uint8_t, Sums> bytes;
  hn::StoreU(hn::DemoteTo(bytes, hn::Min(samples, hn::Set(d, 255))), bytes, out);
}

HWY_ATTR void multiply_by(const std::int16_t* table, int outputs, const std::int16_t* x, int pairs,
                          std::int32_t* y) {
  const Sums d;
  products(table, outputs, x, pairs,
           [&](int o, hn::Vec<Sums> sum) HWY_ATTR { hn::StoreU(sum, d, y + o); });
}

HWY_ATTR void predict_by(const std::int16_t* table, int outputs, const std::int16_t* x, int pairs,
                         int mean, int bits, std::uint8_t* out) {
  const Sums d;
  const auto half = hn::Set(d, 1 << (bits - 1));
  const auto base = hn::Set(d, mean);
  products(table, outputs, x, pairs, [&](int o, hn::Vec<Sums> sum) HWY_ATTR {
    const auto rounded = hn::ShiftRightSame(hn::Add(sum, half), bits);
    store_clamped(hn::Add(base, rounded), out + o);
  });
}

HWY_ATTR void add_product_to(const std::int16_t* table, int outputs, const std::int16_t* x,
                             int pairs, const std::uint8_t* base, int bits, std::uint8_t* out) {
  const Sums d;
  const hn::Rebind<std::uint8_t, Sums> bytes;
  const auto half = hn::Set(d, 1 << (bits - 1));
  products(table, outputs, x, pairs, [&](int o, hn::Vec<Sums> sum) HWY_ATTR {
    const auto rounded = hn::ShiftRightSame(hn::Add(sum, half), bits);
    const auto before = hn::PromoteTo(d, hn::LoadU(bytes, base + o));
    store_clamped(hn::Add(before, rounded), out + o);
  });
}

HWY_ATTR void logarithmic_cost_of(const std::int32_t* coefficients, int count, float reciprocal,
                                  std::int32_t* cost) {
  const Sums d;
  const Floats f;
  const auto scale = hn::Set(f, reciprocal);
  const auto one = hn::Set(f, 1.0f);
  // The bits of a float are its logarithm, but for the bias.
  const auto bias = hn::Set(d, 127 << 15);
  for (int i = 0; i < count; i++, coefficients += 64) {
    auto sum = hn::Zero(d);
    for (int k = 0; k < 64; k += static_cast<int>(hn::Lanes(d))) {
      const auto c = hn::Mul(hn::ConvertTo(f, hn::LoadU(d, coefficients + k)), scale);
      const auto square = hn::Add(hn::Mul(c, c), one);
      sum = hn::Add(sum, hn::Sub(hn::ShiftRight<8>(hn::BitCast(d, square)), bias));
    }
    cost[i] = hn::GetLane(hn::SumOfLanes(d, sum)) >> 7;
  }
}

// Σ (a − b)² of whole vectors of words.
HWY_INLINE hn::Vec<Sums> add_squares(hn::Vec<hn::ScalableTag<std::int16_t>> difference,
                                     hn::Vec<Sums> sum) {
#if HWY_TARGET == HWY_SCALAR
  const auto wide = hn::PromoteTo(Sums(), difference);
  return hn::Add(sum, hn::Mul(wide, wide));
#else
  auto other = hn::Zero(Sums());
  sum = hn::ReorderWidenMulAccumulate(Sums(), difference, difference, sum, other);
  return hn::Add(sum, other);
#endif
}

HWY_ATTR std::uint32_t subtract_from(const std::uint8_t* a, const std::uint8_t* b, int count,
                                     std::int16_t* rest) {
  const hn::ScalableTag<std::int16_t> d;
  const hn::Rebind<std::uint8_t, decltype(d)> bytes;
  auto sum = hn::Zero(Sums());
  for (int i = 0; i < count; i += static_cast<int>(hn::Lanes(d))) {
    const auto difference = hn::Sub(hn::PromoteTo(d, hn::LoadU(bytes, a + i)),
                                    hn::PromoteTo(d, hn::LoadU(bytes, b + i)));
    hn::StoreU(difference, d, rest + i);
    sum = add_squares(difference, sum);
  }
  return static_cast<std::uint32_t>(hn::GetLane(hn::SumOfLanes(Sums(), sum)));
}

HWY_ATTR std::uint32_t squared_distance_of(const std::uint8_t* a, std::ptrdiff_t a_stride,
                                           const std::uint8_t* b, std::ptrdiff_t b_stride) {
  const hn::CappedTag<std::int16_t, 8> d;
  const hn::Rebind<std::uint8_t, decltype(d)> bytes;
  const hn::RepartitionToWide<decltype(d)> wide;
#if HWY_TARGET == HWY_SCALAR
  std::uint32_t sum = 0;
  (void)d, (void)bytes, (void)wide;
  for (int y = 0; y < 8; y++, a += a_stride, b += b_stride)
    for (int x = 0; x < 8; x++)
      sum += static_cast<std::uint32_t>((a[x] - b[x]) * (a[x] - b[x]));
  return sum;
#else
  auto sum = hn::Zero(wide);
  auto other = hn::Zero(wide);
  for (int y = 0; y < 8; y++, a += a_stride, b += b_stride)
    for (int x = 0; x < 8; x += static_cast<int>(hn::Lanes(d))) {
      const auto difference = hn::Sub(hn::PromoteTo(d, hn::LoadU(bytes, a + x)),
                                      hn::PromoteTo(d, hn::LoadU(bytes, b + x)));
      sum = hn::ReorderWidenMulAccumulate(wide, difference, difference, sum, other);
    }
  return static_cast<std::uint32_t>(hn::GetLane(hn::SumOfLanes(wide, hn::Add(sum, other))));
#endif
}

HWY_ATTR std::uint32_t absolute_distance_of(const std::uint8_t* a, const std::uint8_t* b) {
#if HWY_TARGET == HWY_SCALAR
  std::uint32_t sum = 0;
  for (int i = 0; i < 64; i++)
    sum += static_cast<std::uint32_t>(std::abs(a[i] - b[i]));
  return sum;
#else
  const hn::CappedTag<std::uint8_t, 64> d;
  const hn::Repartition<std::uint64_t, decltype(d)> sums;
  auto sum = hn::Zero(sums);
  for (int i = 0; i < 64; i += static_cast<int>(hn::Lanes(d))) {
    const auto x = hn::LoadU(d, a + i);
    const auto y = hn::LoadU(d, b + i);
    sum = hn::Add(sum, hn::SumsOf8(hn::Sub(hn::Max(x, y), hn::Min(x, y))));
  }
  return static_cast<std::uint32_t>(hn::GetLane(hn::SumOfLanes(sums, sum)));
#endif
}

constexpr std::int16_t quarter_taps[4][8] = {{0, 0, 0, 64, 0, 0, 0, 0},
                                             {-1, 4, -10, 58, 17, -5, 1, 0},
                                             {-1, 4, -11, 40, 40, -11, 4, -1},
                                             {0, 1, -5, 17, 58, -10, 4, -1}};

// Rows of 8 samples between the ones at `from`, which are `apart` away from each other.
HWY_ATTR void interpolate_rows(const std::uint8_t* from, std::ptrdiff_t stride,
                               std::ptrdiff_t apart, int quarters, int rows, std::uint8_t* out) {
  const hn::CappedTag<std::int16_t, 8> d;
  const hn::Rebind<std::uint8_t, decltype(d)> bytes;
  const std::int16_t* taps = quarter_taps[quarters];
  from -= taps_before * apart;
  for (int y = 0; y < rows; y++, from += stride, out += 8)
    for (int x = 0; x < 8; x += static_cast<int>(hn::Lanes(d))) {
      auto sum = hn::Set(d, std::int16_t{32});
      for (int i = 0; i < 8; i++)
        sum = hn::Add(sum, hn::Mul(hn::PromoteTo(d, hn::LoadU(bytes, from + x + i * apart)),
                                   hn::Set(d, taps[i])));
      hn::StoreU(hn::DemoteTo(bytes, hn::ShiftRight<6>(sum)), bytes, out + x);
    }
}

HWY_ATTR void interpolate_patch(const std::uint8_t* from, std::ptrdiff_t stride, int across,
                                int down, std::uint8_t* out) {
  if (down == 0) {
    interpolate_rows(from, stride, 1, across, 8, out);
    return;
  }
  if (across == 0) {
    interpolate_rows(from, stride, stride, down, 8, out);
    return;
  }
  constexpr int rows = 8 + taps_before + taps_after;
  std::uint8_t between[rows * 8];
  interpolate_rows(from - taps_before * stride, stride, 1, across, rows, between);
  interpolate_rows(between + taps_before * 8, 8, 8, down, 8, out);
}

HWY_ATTR void follow_row(const std::uint8_t* picture, std::uint16_t* background,
                         std::uint8_t* shown, int width) {
  const hn::ScalableTag<std::int16_t> d;
  const hn::RebindToUnsigned<decltype(d)> u;
  const hn::Rebind<std::uint8_t, decltype(d)> bytes;
  const auto most = hn::Set(d, std::int16_t{256});
  const auto half = hn::Set(u, std::uint16_t{128});
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(d))) {
    const auto x = hn::ShiftLeft<8>(hn::PromoteTo(u, hn::LoadU(bytes, picture + i)));
    const auto m = hn::LoadU(u, background + i);
    // Half of the difference fits 15 bits; 26/256 of the whole is 13/128 of it.
    const auto apart =
        hn::Sub(hn::BitCast(d, hn::ShiftRight<1>(x)), hn::BitCast(d, hn::ShiftRight<1>(m)));
    const auto near = hn::Max(hn::Neg(hn::Set(d, std::int16_t{2400})),
                              hn::Min(hn::Set(d, std::int16_t{2400}), apart));
    const auto share = hn::ShiftRight<6>(hn::Mul(near, hn::Set(d, std::int16_t{13})));
    const auto step = hn::Max(hn::Neg(most), hn::Min(most, share));
    const auto next = hn::Add(m, hn::BitCast(u, step));
    hn::StoreU(next, u, background + i);
    const auto level = hn::ShiftRight<8>(hn::SaturatedAdd(next, half));
    hn::StoreU(hn::DemoteTo(bytes, hn::BitCast(d, level)), bytes, shown + i);
  }
}

}  // namespace lowrank::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowrank::kernels {

HWY_EXPORT(multiply_by);
HWY_EXPORT(predict_by);
HWY_EXPORT(add_product_to);
HWY_EXPORT(logarithmic_cost_of);
HWY_EXPORT(squared_distance_of);
HWY_EXPORT(absolute_distance_of);
HWY_EXPORT(subtract_from);
HWY_EXPORT(interpolate_patch);
HWY_EXPORT(follow_row);

void multiply(const std::int16_t* table, int outputs, const std::int16_t* x, int pairs,
              std::int32_t* y) {
  HWY_DYNAMIC_DISPATCH(multiply_by)(table, outputs, x, pairs, y);
}

void predict(const std::int16_t* table, int outputs, const std::int16_t* x, int pairs, int mean,
             int bits, std::uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(predict_by)(table, outputs, x, pairs, mean, bits, out);
}

void add_product(const std::int16_t* table, int outputs, const std::int16_t* x, int pairs,
                 const std::uint8_t* base, int bits, std::uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(add_product_to)(table, outputs, x, pairs, base, bits, out);
}

void logarithmic_cost(const std::int32_t* coefficients, int count, float reciprocal,
                      std::int32_t* cost) {
  HWY_DYNAMIC_DISPATCH(logarithmic_cost_of)(coefficients, count, reciprocal, cost);
}

std::uint32_t squared_distance8(const std::uint8_t* a, std::ptrdiff_t a_stride,
                                const std::uint8_t* b, std::ptrdiff_t b_stride) {
  return HWY_DYNAMIC_DISPATCH(squared_distance_of)(a, a_stride, b, b_stride);
}

std::uint32_t absolute_distance64(const std::uint8_t* a, const std::uint8_t* b) {
  return HWY_DYNAMIC_DISPATCH(absolute_distance_of)(a, b);
}

std::uint32_t subtract(const std::uint8_t* a, const std::uint8_t* b, int count,
                       std::int16_t* rest) {
  return HWY_DYNAMIC_DISPATCH(subtract_from)(a, b, count, rest);
}

void interpolate(const std::uint8_t* from, std::ptrdiff_t stride, int across, int down,
                 std::uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(interpolate_patch)(from, stride, across, down, out);
}

void follow(const std::uint8_t* picture, std::uint16_t* background, std::uint8_t* shown,
            int width) {
  HWY_DYNAMIC_DISPATCH(follow_row)(picture, background, shown, width);
}

}  // namespace lowrank::kernels
#endif
