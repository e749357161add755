// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernels/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/median.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lowrank::kernels::HWY_NAMESPACE {

struct Itself {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D, hn::Vec<D> sample, int) const {
    return sample;
  }
};

struct Deviation {
  const std::uint8_t* center;

  HWY_INLINE hn::Vec<Bytes> operator()(Bytes d, hn::Vec<Bytes> sample, int i) const {
    return difference(sample, hn::LoadU(d, center + i));
  }
};

// Bit by bit from the top: the median is the largest value that more than half of the samples
// reach. No branch and no exchange.
template <class Value>
HWY_INLINE void median_of(const std::uint8_t* const* samples, int count, std::uint8_t* out,
                          int width, const Value& value_of) {
  const Bytes d;
  const auto half = hn::Set(d, static_cast<std::uint8_t>(count / 2));
  const auto one = hn::Set(d, std::uint8_t{1});
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(d))) {
    auto value = hn::Zero(d);
    for (int bit = 128; bit; bit >>= 1) {
      const auto candidate = hn::Or(value, hn::Set(d, static_cast<std::uint8_t>(bit)));
      const auto short_of_it = hn::Sub(candidate, one);
      auto reached = hn::Zero(d);
      for (int k = 0; k < count; k++) {
        const auto sample = value_of(d, hn::LoadU(d, samples[k] + i), i);
        reached = hn::Add(reached, hn::IfThenElseZero(hn::Gt(sample, short_of_it), one));
      }
      value = hn::IfThenElse(hn::Gt(reached, half), candidate, value);
    }
    hn::StoreU(value, d, out + i);
  }
}

HWY_ATTR void median_row(const std::uint8_t* const* samples, int count, std::uint8_t* out,
                         int width) {
  median_of(samples, count, out, width, Itself{});
}

// The density at a sample is the sum of max(0, reach − distance) over all samples.
HWY_ATTR void densest_row(const std::uint8_t* const* samples, int count, int reach,
                          std::uint8_t* out, int width) {
  const Bytes d;
  const auto height = hn::Set(d, static_cast<std::uint8_t>(reach));
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(d))) {
    auto best = hn::Zero(d);
    auto value = hn::Zero(d);
    for (int k = 0; k < count; k++) {
      const auto center = hn::LoadU(d, samples[k] + i);
      auto density = hn::Zero(d);
      for (int j = 0; j < count; j++) {
        const auto distance = difference(hn::LoadU(d, samples[j] + i), center);
        density = hn::SaturatedAdd(density, hn::SaturatedSub(height, distance));
      }
      value = hn::IfThenElse(hn::Gt(density, best), center, value);
      best = hn::Max(best, density);
    }
    hn::StoreU(value, d, out + i);
  }
}

HWY_ATTR void densest_weighted_row(const std::uint8_t* const* samples,
                                   const std::uint8_t* const* weights, int count, int reach,
                                   std::uint8_t* out, int width) {
  const Words words;
  const hn::Rebind<std::uint8_t, Words> bytes;
  const auto height = hn::Set(bytes, static_cast<std::uint8_t>(reach));
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(words))) {
    auto best = hn::Zero(words);
    auto value = hn::Zero(words);
    for (int k = 0; k < count; k++) {
      const auto center = hn::LoadU(bytes, samples[k] + i);
      auto density = hn::Zero(words);  // at most 25 · 10 · 64
      for (int j = 0; j < count; j++) {
        const auto sample = hn::LoadU(bytes, samples[j] + i);
        const auto distance =
            hn::Or(hn::SaturatedSub(sample, center), hn::SaturatedSub(center, sample));
        const auto near = hn::PromoteTo(words, hn::SaturatedSub(height, distance));
        const auto weight = hn::PromoteTo(words, hn::LoadU(bytes, weights[j] + i));
        density = hn::Add(density, hn::Mul(near, weight));
      }
      value = hn::IfThenElse(hn::Gt(density, best), hn::PromoteTo(words, center), value);
      best = hn::Max(best, density);
    }
    hn::StoreU(hn::DemoteTo(bytes, signed_words(value)), bytes, out + i);
  }
}

HWY_ATTR void count_alike_row(const std::uint8_t* sample, const std::uint16_t* plate, int reach,
                              std::uint8_t* counts, int width) {
  const Words words;
  const hn::Rebind<std::uint8_t, Words> bytes;
  const auto most = hn::Set(bytes, static_cast<std::uint8_t>(reach));
  const auto one = hn::Set(bytes, std::uint8_t{1});
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(words))) {
    const auto shown = hn::LoadU(bytes, sample + i);
    const auto level =
        hn::DemoteTo(bytes, signed_words(hn::ShiftRight<8>(hn::LoadU(words, plate + i))));
    const auto distance = hn::Or(hn::SaturatedSub(shown, level), hn::SaturatedSub(level, shown));
    const auto alike = hn::IfThenZeroElse(hn::Gt(distance, most), one);
    hn::StoreU(hn::Add(hn::LoadU(bytes, counts + i), alike), bytes, counts + i);
  }
}

HWY_ATTR void median_deviation_row(const std::uint8_t* const* samples, int count,
                                   const std::uint8_t* center, std::uint8_t* out, int width) {
  median_of(samples, count, out, width, Deviation{center});
}

HWY_ATTR void count_agreeing_row(const std::uint8_t* const* samples, int count,
                                 const std::uint8_t* center, int tolerance, std::uint8_t* out,
                                 int width) {
  const Bytes d;
  const auto one = hn::Set(d, std::uint8_t{1});
  const auto most = hn::Set(d, static_cast<std::uint8_t>(tolerance));
  const Deviation deviation{center};
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(d))) {
    auto agreeing = hn::Zero(d);
    for (int k = 0; k < count; k++) {
      const auto off = hn::Gt(deviation(d, hn::LoadU(d, samples[k] + i), i), most);
      agreeing = hn::Add(agreeing, hn::IfThenZeroElse(off, one));
    }
    hn::StoreU(agreeing, d, out + i);
  }
}

}  // namespace lowrank::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowrank::kernels {

HWY_EXPORT(median_row);
HWY_EXPORT(densest_row);
HWY_EXPORT(densest_weighted_row);
HWY_EXPORT(count_alike_row);
HWY_EXPORT(median_deviation_row);
HWY_EXPORT(count_agreeing_row);

void median(const std::uint8_t* const* samples, int count, std::uint8_t* out, int width) {
  HWY_DYNAMIC_DISPATCH(median_row)(samples, count, out, width);
}

void densest(const std::uint8_t* const* samples, int count, int reach, std::uint8_t* out,
             int width) {
  HWY_DYNAMIC_DISPATCH(densest_row)(samples, count, reach, out, width);
}

void densest_weighted(const std::uint8_t* const* samples, const std::uint8_t* const* weights,
                      int count, int reach, std::uint8_t* out, int width) {
  HWY_DYNAMIC_DISPATCH(densest_weighted_row)(samples, weights, count, reach, out, width);
}

void count_alike(const std::uint8_t* sample, const std::uint16_t* plate, int reach,
                 std::uint8_t* counts, int width) {
  HWY_DYNAMIC_DISPATCH(count_alike_row)(sample, plate, reach, counts, width);
}

void median_deviation(const std::uint8_t* const* samples, int count, const std::uint8_t* center,
                      std::uint8_t* out, int width) {
  HWY_DYNAMIC_DISPATCH(median_deviation_row)(samples, count, center, out, width);
}

void count_agreeing(const std::uint8_t* const* samples, int count, const std::uint8_t* center,
                    int tolerance, std::uint8_t* out, int width) {
  HWY_DYNAMIC_DISPATCH(count_agreeing_row)(samples, count, center, tolerance, out, width);
}

}  // namespace lowrank::kernels
#endif
