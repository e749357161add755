// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernels/kernels.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/neighborhood.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lowrank::kernels::HWY_NAMESPACE {

struct Lowest {
  template <class V>
  HWY_INLINE V operator()(V a, V b) const {
    return hn::Min(a, b);
  }
};

struct Highest {
  template <class V>
  HWY_INLINE V operator()(V a, V b) const {
    return hn::Max(a, b);
  }
};

// Repeats the first and last of `width` elements `radius` times on either side.
template <typename T>
HWY_INLINE void repeat_ends(T* middle, int radius, int width) {
  std::fill_n(middle - radius, radius, middle[0]);
  std::fill_n(middle + width, radius, middle[width - 1]);
}

template <class Choose>
HWY_INLINE void extreme_around(const std::uint8_t* const* rows, int count, int radius,
                               std::uint8_t* out, std::uint8_t* scratch, int width,
                               const Choose& choose) {
  const Bytes d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  std::uint8_t* middle = scratch + radius;
  for (int i = 0; i < width; i += lanes) {
    auto value = hn::LoadU(d, rows[0] + i);
    for (int k = 1; k < count; k++)
      value = choose(value, hn::LoadU(d, rows[k] + i));
    hn::StoreU(value, d, middle + i);
  }
  repeat_ends(middle, radius, width);
  for (int i = 0; i < width; i += lanes) {
    auto value = hn::LoadU(d, scratch + i);
    for (int k = 1; k <= 2 * radius; k++)
      value = choose(value, hn::LoadU(d, scratch + i + k));
    hn::StoreU(value, d, out + i);
  }
}

HWY_ATTR void lowest_around_row(const std::uint8_t* const* rows, int count, int radius,
                                std::uint8_t* out, std::uint8_t* scratch, int width) {
  extreme_around(rows, count, radius, out, scratch, width, Lowest{});
}

HWY_ATTR void highest_around_row(const std::uint8_t* const* rows, int count, int radius,
                                 std::uint8_t* out, std::uint8_t* scratch, int width) {
  extreme_around(rows, count, radius, out, scratch, width, Highest{});
}

// Sums of 2 · radius + 1 columns that exceed `limit` give `hit`.
HWY_INLINE void decide_row(const std::uint16_t* scratch, int radius, int limit, std::uint8_t hit,
                           std::uint8_t* out, int width) {
  const Words words;
  const hn::Rebind<std::uint8_t, Words> bytes;
  const auto threshold = hn::Set(words, static_cast<std::uint16_t>(limit));
  const auto yes = hn::Set(words, std::uint16_t{hit});
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(words))) {
    auto sum = hn::LoadU(words, scratch + i);
    for (int k = 1; k <= 2 * radius; k++)
      sum = hn::Add(sum, hn::LoadU(words, scratch + i + k));
    const auto decision = hn::IfThenElseZero(hn::Gt(sum, threshold), yes);
    // 255 stays 255 in the saturating, signed way down to bytes.
    hn::StoreU(hn::DemoteTo(bytes, hn::BitCast(hn::RebindToSigned<Words>(), decision)), bytes,
               out + i);
  }
}

HWY_ATTR void smooth_and_decide_row(const std::uint8_t* const* rows, int limit,
                                    std::uint16_t* scratch, std::uint8_t* decision, int width) {
  const Words words;
  const hn::Rebind<std::uint8_t, Words> bytes;
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(words))) {
    const auto at = [&](int k)
                        HWY_ATTR { return hn::PromoteTo(words, hn::LoadU(bytes, rows[k] + i)); };
    hn::StoreU(hn::Add(hn::Add(at(0), at(1)), at(2)), words, scratch + 1 + i);
  }
  repeat_ends(scratch + 1, 1, width);
  decide_row(scratch, 1, limit, 1, decision, width);
}

HWY_ATTR void majority_row(const std::uint8_t* const* rows, int radius, std::uint16_t* scratch,
                           std::uint8_t* mask, int width) {
  const Words words;
  const hn::Rebind<std::uint8_t, Words> bytes;
  const int side = 2 * radius + 1;
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(words))) {
    auto sum = hn::LoadU(bytes, rows[0] + i);  // at most 31
    for (int k = 1; k < side; k++)
      sum = hn::Add(sum, hn::LoadU(bytes, rows[k] + i));
    hn::StoreU(hn::PromoteTo(words, sum), words, scratch + radius + i);
  }
  repeat_ends(scratch + radius, radius, width);
  decide_row(scratch, radius, side * side / 2, 255, mask, width);
}

HWY_ATTR void double_width_row(const std::uint8_t* in, std::uint8_t* out, int width) {
  const Bytes d;
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(d))) {
    const auto value = hn::LoadU(d, in + i);
    hn::StoreInterleaved2(value, value, d, out + 2 * i);
  }
}

HWY_ATTR void any_of_four_row(const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* out,
                              int width) {
  const Bytes d;
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(d))) {
    hn::Vec<Bytes> even_a, odd_a, even_b, odd_b;
    hn::LoadInterleaved2(d, a + 2 * i, even_a, odd_a);
    hn::LoadInterleaved2(d, b + 2 * i, even_b, odd_b);
    hn::StoreU(hn::Or(hn::Or(even_a, odd_a), hn::Or(even_b, odd_b)), d, out + i);
  }
}

HWY_ATTR std::int64_t count_set_row(const std::uint8_t* mask, int width) {
  const Bytes d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  std::int64_t count = 0;
  int i = 0;
  for (; i + lanes <= width; i += lanes)
    count +=
        static_cast<std::int64_t>(hn::CountTrue(d, hn::Ne(hn::LoadU(d, mask + i), hn::Zero(d))));
  for (; i < width; i++)
    count += mask[i] != 0;
  return count;
}

}  // namespace lowrank::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowrank::kernels {

HWY_EXPORT(lowest_around_row);
HWY_EXPORT(highest_around_row);
HWY_EXPORT(smooth_and_decide_row);
HWY_EXPORT(majority_row);
HWY_EXPORT(double_width_row);
HWY_EXPORT(any_of_four_row);
HWY_EXPORT(count_set_row);

void lowest_around(const std::uint8_t* const* rows, int count, int radius, std::uint8_t* out,
                   std::uint8_t* scratch, int width) {
  HWY_DYNAMIC_DISPATCH(lowest_around_row)(rows, count, radius, out, scratch, width);
}

void highest_around(const std::uint8_t* const* rows, int count, int radius, std::uint8_t* out,
                    std::uint8_t* scratch, int width) {
  HWY_DYNAMIC_DISPATCH(highest_around_row)(rows, count, radius, out, scratch, width);
}

void smooth_and_decide(const std::uint8_t* const rows[3], int limit, std::uint16_t* scratch,
                       std::uint8_t* decision, int width) {
  HWY_DYNAMIC_DISPATCH(smooth_and_decide_row)(rows, limit, scratch, decision, width);
}

void majority(const std::uint8_t* const* rows, int radius, std::uint16_t* scratch,
              std::uint8_t* mask, int width) {
  HWY_DYNAMIC_DISPATCH(majority_row)(rows, radius, scratch, mask, width);
}

void double_width(const std::uint8_t* in, std::uint8_t* out, int width) {
  HWY_DYNAMIC_DISPATCH(double_width_row)(in, out, width);
}

void any_of_four(const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* out, int width) {
  HWY_DYNAMIC_DISPATCH(any_of_four_row)(a, b, out, width);
}

std::int64_t count_set(const std::uint8_t* mask, int width) {
  return HWY_DYNAMIC_DISPATCH(count_set_row)(mask, width);
}

}  // namespace lowrank::kernels
#endif
