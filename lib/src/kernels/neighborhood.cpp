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

HWY_ATTR void smooth_and_decide_row(const std::uint8_t* const* rows, int limit,
                                    std::uint8_t* scratch, std::uint8_t* decision, int width) {
  const Bytes d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const auto half = hn::Set(d, std::uint8_t{4});
  const auto most = hn::Set(d, std::uint8_t{24});
  const auto eighths = [&](const std::uint8_t* row) HWY_ATTR {
    return hn::Min(most, hn::ShiftRight<3>(hn::SaturatedAdd(hn::LoadU(d, row), half)));
  };
  for (int i = 0; i < width; i += lanes) {
    const auto sum =
        hn::Add(hn::Add(eighths(rows[0] + i), eighths(rows[1] + i)), eighths(rows[2] + i));
    hn::StoreU(sum, d, scratch + 1 + i);
  }
  repeat_ends(scratch + 1, 1, width);
  const auto threshold = hn::Set(d, static_cast<std::uint8_t>(limit));
  const auto one = hn::Set(d, std::uint8_t{1});
  for (int i = 0; i < width; i += lanes) {
    const auto sum = hn::Add(hn::Add(hn::LoadU(d, scratch + i), hn::LoadU(d, scratch + i + 1)),
                             hn::LoadU(d, scratch + i + 2));  // at most 216
    hn::StoreU(hn::IfThenElseZero(hn::Gt(sum, threshold), one), d, decision + i);
  }
}

// Up to 15 × 15 a sum fits a byte.
HWY_INLINE void small_majority(const std::uint8_t* const* rows, int radius, std::uint8_t* scratch,
                               std::uint8_t* mask, int width) {
  const Bytes d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const int side = 2 * radius + 1;
  for (int i = 0; i < width; i += lanes) {
    auto sum = hn::LoadU(d, rows[0] + i);
    for (int k = 1; k < side; k++)
      sum = hn::Add(sum, hn::LoadU(d, rows[k] + i));
    hn::StoreU(sum, d, scratch + radius + i);
  }
  repeat_ends(scratch + radius, radius, width);
  const auto half = hn::Set(d, static_cast<std::uint8_t>(side * side / 2));
  for (int i = 0; i < width; i += lanes) {
    auto sum = hn::LoadU(d, scratch + i);
    for (int k = 1; k < side; k++)
      sum = hn::Add(sum, hn::LoadU(d, scratch + i + k));
    hn::StoreU(hn::VecFromMask(d, hn::Gt(sum, half)), d, mask + i);
  }
}

HWY_INLINE void large_majority(const std::uint8_t* const* rows, int radius, std::uint16_t* scratch,
                               std::uint8_t* mask, int width) {
  const Words words;
  const hn::Rebind<std::uint8_t, Words> bytes;
  const int lanes = static_cast<int>(hn::Lanes(words));
  const int side = 2 * radius + 1;
  for (int i = 0; i < width; i += lanes) {
    auto sum = hn::LoadU(bytes, rows[0] + i);  // at most 31
    for (int k = 1; k < side; k++)
      sum = hn::Add(sum, hn::LoadU(bytes, rows[k] + i));
    hn::StoreU(hn::PromoteTo(words, sum), words, scratch + radius + i);
  }
  repeat_ends(scratch + radius, radius, width);
  const auto half = hn::Set(words, static_cast<std::uint16_t>(side * side / 2));
  const auto yes = hn::Set(words, std::uint16_t{255});
  for (int i = 0; i < width; i += lanes) {
    auto sum = hn::LoadU(words, scratch + i);
    for (int k = 1; k < side; k++)
      sum = hn::Add(sum, hn::LoadU(words, scratch + i + k));
    const auto decision = hn::IfThenElseZero(hn::Gt(sum, half), yes);
    hn::StoreU(hn::DemoteTo(bytes, hn::BitCast(hn::RebindToSigned<Words>(), decision)), bytes,
               mask + i);
  }
}

HWY_ATTR void majority_row(const std::uint8_t* const* rows, int radius, std::uint16_t* scratch,
                           std::uint8_t* mask, int width) {
  if (radius > 7)
    large_majority(rows, radius, scratch, mask, width);
  else
    small_majority(rows, radius, reinterpret_cast<std::uint8_t*>(scratch), mask, width);
}

HWY_ATTR void slide_columns_row(const std::uint8_t* entering, const std::uint8_t* leaving,
                                std::uint8_t* columns, int width) {
  const Bytes d;
  const auto one = hn::Set(d, std::uint8_t{1});
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(d))) {
    auto sum = hn::LoadU(d, columns + i);
    if (entering)
      sum = hn::Add(sum, hn::And(hn::LoadU(d, entering + i), one));
    if (leaving)
      sum = hn::Sub(sum, hn::And(hn::LoadU(d, leaving + i), one));
    hn::StoreU(sum, d, columns + i);
  }
}

// Sums of 1, 2, 4 … neighbours in `scratch` make up those of any number.
HWY_ATTR void fill_holes_row(const FillHoles& in, std::uint16_t* scratch, std::uint8_t* out,
                             int width) {
  const Words words;
  const hn::Rebind<std::uint8_t, Words> bytes;
  const int lanes = static_cast<int>(hn::Lanes(words));
  const int side = 2 * in.radius + 1;
  std::uint16_t* sums = scratch;
  std::uint16_t* total = scratch + width + 2 * in.radius + 64;
  for (int i = 0; i < width; i += lanes)
    hn::StoreU(hn::PromoteTo(words, hn::LoadU(bytes, in.columns + i)), words, sums + in.radius + i);
  repeat_ends(sums + in.radius, in.radius, width);
  int done = 0;
  for (int step = 1; step <= side; step *= 2) {
    if (side & step) {
      for (int i = 0; i < width; i += lanes) {
        const auto more = hn::LoadU(words, sums + i + done);
        const auto old = done ? hn::LoadU(words, total + i) : hn::Zero(words);
        hn::StoreU(hn::Add(old, more), words, total + i);
      }
      done += step;
    }
    for (int i = 0; i + step < width + 2 * in.radius; i += lanes) {
      const auto pair = hn::Add(hn::LoadU(words, sums + i), hn::LoadU(words, sums + i + step));
      hn::StoreU(pair, words, sums + i);
    }
  }
  const auto threshold = hn::Set(words, static_cast<std::uint16_t>(in.limit));
  const auto yes = hn::Set(words, std::uint16_t{255});
  for (int i = 0; i < width; i += lanes) {
    const auto full = hn::IfThenElseZero(hn::Gt(hn::LoadU(words, total + i), threshold), yes);
    auto more = hn::DemoteTo(bytes, hn::BitCast(hn::RebindToSigned<Words>(), full));
    if (in.without)
      more = hn::AndNot(hn::LoadU(bytes, in.without + i), more);
    hn::StoreU(hn::Or(hn::LoadU(bytes, in.mask + i), more), bytes, out + i);
  }
}

HWY_ATTR void count_columns_row(const std::uint8_t* mask, std::uint8_t* counts, int width) {
  const Bytes d;
  const auto one = hn::Set(d, std::uint8_t{1});
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(d))) {
    const auto set = hn::And(hn::LoadU(d, mask + i), one);
    hn::StoreU(hn::SaturatedAdd(hn::LoadU(d, counts + i), set), d, counts + i);
  }
}

HWY_ATTR void unite_row(const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* out,
                        int width) {
  const Bytes d;
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(d)))
    hn::StoreU(hn::Or(hn::LoadU(d, a + i), hn::LoadU(d, b + i)), d, out + i);
}

HWY_ATTR void intersect_row(std::uint8_t* a, const std::uint8_t* b, int width) {
  const Bytes d;
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(d)))
    hn::StoreU(hn::And(hn::LoadU(d, a + i), hn::LoadU(d, b + i)), d, a + i);
}

HWY_ATTR void find_over_row(const std::uint8_t* row, std::uint8_t limit, int width, int& first,
                            int& last) {
  const Bytes d;
  // The same blocks whatever the vector's length, so that every target finds the same.
  constexpr int block = 64;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const auto most = hn::Set(d, limit);
  const auto widen = [&](int from, int to) {
    first = std::min(first, from);
    last = std::max(last, to);
  };
  int i = 0;
  for (; i + block <= width; i += block) {
    auto over = hn::Zero(d);
    for (int k = 0; k < block; k += lanes)
      over = hn::Or(over, hn::SaturatedSub(hn::LoadU(d, row + i + k), most));
    if (!hn::AllTrue(d, hn::Eq(over, hn::Zero(d))))
      widen(i, i + block);
  }
  if (std::any_of(row + i, row + width, [limit](std::uint8_t v) { return v > limit; }))
    widen(i, width);
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
HWY_EXPORT(slide_columns_row);
HWY_EXPORT(fill_holes_row);
HWY_EXPORT(count_columns_row);
HWY_EXPORT(unite_row);
HWY_EXPORT(intersect_row);
HWY_EXPORT(find_over_row);
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

void smooth_and_decide(const std::uint8_t* const rows[3], int limit, std::uint8_t* scratch,
                       std::uint8_t* decision, int width) {
  HWY_DYNAMIC_DISPATCH(smooth_and_decide_row)(rows, limit, scratch, decision, width);
}

void majority(const std::uint8_t* const* rows, int radius, std::uint16_t* scratch,
              std::uint8_t* mask, int width) {
  HWY_DYNAMIC_DISPATCH(majority_row)(rows, radius, scratch, mask, width);
}

void slide_columns(const std::uint8_t* entering, const std::uint8_t* leaving, std::uint8_t* columns,
                   int width) {
  HWY_DYNAMIC_DISPATCH(slide_columns_row)(entering, leaving, columns, width);
}

void fill_holes(const FillHoles& in, std::uint16_t* scratch, std::uint8_t* out, int width) {
  HWY_DYNAMIC_DISPATCH(fill_holes_row)(in, scratch, out, width);
}

void count_columns(const std::uint8_t* mask, std::uint8_t* counts, int width) {
  HWY_DYNAMIC_DISPATCH(count_columns_row)(mask, counts, width);
}

void unite(const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* out, int width) {
  HWY_DYNAMIC_DISPATCH(unite_row)(a, b, out, width);
}

void intersect(std::uint8_t* a, const std::uint8_t* b, int width) {
  HWY_DYNAMIC_DISPATCH(intersect_row)(a, b, width);
}

void find_over(const std::uint8_t* row, std::uint8_t limit, int width, int& first, int& last) {
  HWY_DYNAMIC_DISPATCH(find_over_row)(row, limit, width, first, last);
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
