// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernels/kernels.h"

#include <algorithm>

#include "score.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/shadow.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lowrank::kernels::HWY_NAMESPACE {

// 128 · x / l of a vector of bytes, saturated.
HWY_INLINE hn::Vec<Bytes> ratio_of(hn::Vec<Bytes> x, hn::Vec<Bytes> l) {
  const Bytes d;
  const Floats floats;
  const int lanes = static_cast<int>(hn::Lanes(floats));
  const int bytes = static_cast<int>(hn::Lanes(d));
  HWY_ALIGN std::uint8_t above[HWY_MAX_BYTES];
  HWY_ALIGN std::uint8_t below[HWY_MAX_BYTES];
  hn::Store(x, d, above);
  hn::Store(l, d, below);
  for (int k = 0; k < bytes; k += lanes) {
    const auto quotient = hn::Div(load_bytes(floats, above + k), load_bytes(floats, below + k));
    store_bytes(floats, hn::Mul(quotient, hn::Set(floats, 128.0f)), above + k);
  }
  return hn::Load(d, above);
}

HWY_ATTR bool shadow_ratio_row(const ShadowRatio& in, std::uint8_t* ratio, std::uint8_t* candidate,
                               int width) {
  const Bytes d;
  const auto black = hn::Set(d, in.black);
  const auto four = hn::Set(d, std::uint8_t{4});
  const auto one = hn::Set(d, std::uint8_t{128});
  auto any = hn::Zero(d);
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(d))) {
    const auto x = load_caller(in.x + i, width - i);
    const auto l = hn::LoadU(d, in.l + i);
    const auto r = ratio_of(hn::SaturatedAdd(hn::SaturatedSub(x, black), four),
                            hn::SaturatedAdd(hn::SaturatedSub(l, black), four));
    const auto dimmed = hn::And(at_least(r, hn::Set(d, in.darkest)), hn::Gt(one, r));
    const auto darker = at_least(hn::SaturatedSub(l, x), hn::Set(d, in.least));
    const auto can = hn::VecFromMask(d, hn::And(dimmed, darker));
    hn::StoreU(r, d, ratio + i);
    hn::StoreU(can, d, candidate + i);
    any = hn::Or(any, can);
  }
  return !hn::AllTrue(d, hn::Eq(any, hn::Zero(d)));
}

HWY_ATTR void same_hue_row(const std::uint8_t* const* x, const std::uint8_t* const* l,
                           std::uint8_t tolerance, std::uint8_t* same, int width) {
  const Bytes d;
  const auto gray = hn::Set(d, std::uint8_t{128});
  const auto give = hn::Set(d, tolerance);
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(d))) {
    auto both = hn::MaskFromVec(hn::Set(d, std::uint8_t{255}));
    for (int c = 0; c < 2; c++) {
      const auto value = load_caller(x[c] + i, width - i);
      const auto full = hn::LoadU(d, l[c] + i);
      const auto half = hn::AverageRound(full, gray);
      const auto lowest = hn::SaturatedSub(hn::Min(full, half), give);
      const auto highest = hn::SaturatedAdd(hn::Max(full, half), give);
      both = hn::And(both, hn::And(at_least(value, lowest), at_least(highest, value)));
    }
    hn::StoreU(hn::VecFromMask(d, both), d, same + i);
  }
}

// Sums of neighbours in twos, fours and eights, in place.
HWY_INLINE void fold_pairs(std::uint16_t* sums, int count) {
  const Words d;
  for (int i = 0; i < count; i += static_cast<int>(hn::Lanes(d))) {
    hn::Vec<Words> even, odd;
    hn::LoadInterleaved2(d, sums + 2 * i, even, odd);
    hn::StoreU(hn::Add(even, odd), d, sums + i);
  }
}

HWY_ATTR void mean_of_blocks_row(const Blocks& in, std::uint16_t* scratch, std::uint8_t* mean,
                                 int mean_width) {
  const Bytes bytes;
  const Words words;
  const int lanes = static_cast<int>(hn::Lanes(bytes));
  for (int i = 0; i < in.width; i += lanes) {
    auto lower = hn::Zero(words);
    auto upper = hn::Zero(words);
    for (int k = 0; k < in.rows; k++) {
      const auto x = load_caller(in.from[k] + i, in.width - i);
      lower = hn::Add(lower, lower_words(x));
      upper = hn::Add(upper, upper_words(x));
    }
    hn::StoreU(lower, words, scratch + i);
    if (lanes > 1)
      hn::StoreU(upper, words, scratch + i + lanes / 2);
  }
  std::fill(scratch + in.width, scratch + in.columns * mean_width, scratch[in.width - 1]);
  int shift = 0;
  for (int columns = in.columns; columns > 1; columns /= 2)
    fold_pairs(scratch, columns / 2 * mean_width);
  while (1 << shift < in.rows * in.columns)
    shift++;
  const auto half = hn::Set(words, static_cast<std::uint16_t>((1 << shift) / 2));
  const hn::Rebind<std::uint8_t, Words> halves;
  for (int i = 0; i < mean_width; i += static_cast<int>(hn::Lanes(words))) {
    const auto rounded = hn::ShiftRightSame(hn::Add(hn::LoadU(words, scratch + i), half), shift);
    hn::StoreU(hn::DemoteTo(halves, signed_words(rounded)), halves, mean + i);
  }
}

HWY_ATTR void sum_of_nine_row(const std::uint8_t* const* rows, std::uint16_t* scratch,
                              std::uint16_t* sum, int width) {
  const Words words;
  const hn::Rebind<std::uint8_t, Words> bytes;
  const int lanes = static_cast<int>(hn::Lanes(words));
  for (int i = 0; i < width; i += lanes) {
    auto column = hn::Zero(words);
    for (int k = 0; k < 3; k++)
      column = hn::Add(column, hn::PromoteTo(words, hn::LoadU(bytes, rows[k] + i)));
    hn::StoreU(column, words, scratch + 1 + i);
  }
  scratch[0] = scratch[1];
  scratch[width + 1] = scratch[width];
  for (int i = 0; i < width; i += lanes) {
    const auto pair = hn::Add(hn::LoadU(words, scratch + i), hn::LoadU(words, scratch + i + 1));
    hn::StoreU(hn::Add(pair, hn::LoadU(words, scratch + i + 2)), words, sum + i);
  }
}

HWY_ATTR void even_around_row(const std::uint16_t* const* rows, const std::uint8_t* candidate,
                              std::uint16_t spread, std::uint16_t* scratch, std::uint8_t* even,
                              int width) {
  const Words words;
  const hn::Rebind<std::uint8_t, Words> bytes;
  const int lanes = static_cast<int>(hn::Lanes(words));
  std::uint16_t* lowest = scratch + 2;
  std::uint16_t* highest = lowest + width + 2 + 64 + 2;
  for (int i = 0; i < width; i += lanes) {
    auto low = hn::LoadU(words, rows[0] + i);
    auto high = low;
    for (int k = 1; k < 5; k++) {
      const auto value = hn::LoadU(words, rows[k] + i);
      low = hn::Min(low, value);
      high = hn::Max(high, value);
    }
    hn::StoreU(low, words, lowest + i);
    hn::StoreU(high, words, highest + i);
  }
  for (std::uint16_t* const row : {lowest, highest}) {
    row[-2] = row[-1] = row[0];
    row[width] = row[width + 1] = row[width - 1];
  }
  for (int i = 0; i < width; i += lanes) {
    auto low = hn::LoadU(words, lowest + i);
    auto high = hn::LoadU(words, highest + i);
    for (const int k : {-2, -1, 1, 2}) {
      low = hn::Min(low, hn::LoadU(words, lowest + i + k));
      high = hn::Max(high, hn::LoadU(words, highest + i + k));
    }
    const auto most = hn::MulHigh(hn::LoadU(words, rows[2] + i), hn::Set(words, spread));
    const auto small = hn::VecFromMask(words, hn::Lt(hn::Sub(high, low), most));
    const auto yes = hn::And(small, hn::Set(words, std::uint16_t{255}));
    const auto flags = hn::DemoteTo(bytes, hn::BitCast(hn::RebindToSigned<Words>(), yes));
    hn::StoreU(hn::And(flags, hn::LoadU(bytes, candidate + i)), bytes, even + i);
  }
}

HWY_ATTR void forgive_shadow_row(const std::uint8_t* shaded, std::uint8_t* score,
                                 std::uint8_t* shadow, int width) {
  const Bytes d;
  const auto threshold = hn::Set(d, score_of_threshold);
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(d))) {
    const auto dimmed = hn::LoadU(d, shaded + i);
    const auto value = hn::LoadU(d, score + i);
    const auto over = hn::VecFromMask(d, hn::Gt(value, threshold));
    hn::StoreU(hn::AndNot(dimmed, value), d, score + i);
    hn::StoreU(hn::And(dimmed, over), d, shadow + i);
  }
}

}  // namespace lowrank::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowrank::kernels {

HWY_EXPORT(shadow_ratio_row);
HWY_EXPORT(same_hue_row);
HWY_EXPORT(mean_of_blocks_row);
HWY_EXPORT(sum_of_nine_row);
HWY_EXPORT(even_around_row);
HWY_EXPORT(forgive_shadow_row);

bool shadow_ratio(const ShadowRatio& in, std::uint8_t* ratio, std::uint8_t* candidate, int width) {
  return HWY_DYNAMIC_DISPATCH(shadow_ratio_row)(in, ratio, candidate, width);
}

void same_hue(const std::uint8_t* const x[2], const std::uint8_t* const l[2],
              std::uint8_t tolerance, std::uint8_t* same, int width) {
  HWY_DYNAMIC_DISPATCH(same_hue_row)(x, l, tolerance, same, width);
}

void mean_of_blocks(const Blocks& in, std::uint16_t* scratch, std::uint8_t* mean, int mean_width) {
  HWY_DYNAMIC_DISPATCH(mean_of_blocks_row)(in, scratch, mean, mean_width);
}

void sum_of_nine(const std::uint8_t* const rows[3], std::uint16_t* scratch, std::uint16_t* sum,
                 int width) {
  HWY_DYNAMIC_DISPATCH(sum_of_nine_row)(rows, scratch, sum, width);
}

void even_around(const std::uint16_t* const rows[5], const std::uint8_t* candidate,
                 std::uint16_t spread, std::uint16_t* scratch, std::uint8_t* even, int width) {
  HWY_DYNAMIC_DISPATCH(even_around_row)(rows, candidate, spread, scratch, even, width);
}

void forgive_shadow(const std::uint8_t* shaded, std::uint8_t* score, std::uint8_t* shadow,
                    int width) {
  HWY_DYNAMIC_DISPATCH(forgive_shadow_row)(shaded, score, shadow, width);
}

}  // namespace lowrank::kernels
#endif
