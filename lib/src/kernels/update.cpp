// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernels/kernels.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/update.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lowrank::kernels::HWY_NAMESPACE {

using Integers = hn::ScalableTag<std::int16_t>;

HWY_ATTR void weigh_row(const std::uint16_t* noise, float deviations_over_floor,
                        std::uint8_t* weight, int width) {
  const Floats d;
  const Words words;
  const hn::Rebind<std::uint8_t, Words> bytes;
  const auto factor = hn::Set(d, deviations_over_floor / 256);
  const float under_floor = std::min(65535.0f, 256 / std::max(deviations_over_floor, 1e-6f));
  const auto quiet = hn::Set(words, static_cast<std::uint16_t>(under_floor));
  const int step = static_cast<int>(hn::Lanes(words));
  for (int i = 0; i < width; i += step) {
    const auto louder = hn::SaturatedSub(hn::LoadU(words, noise + i), quiet);
    if (hn::AllTrue(words, hn::Eq(louder, hn::Zero(words)))) {
      hn::StoreU(hn::Set(bytes, std::uint8_t{255}), bytes, weight + i);
      continue;
    }
    for (int k = i; k < i + step; k += static_cast<int>(hn::Lanes(d))) {
      const auto over = hn::Mul(load_words(d, noise + k), factor);
      const auto value = hn::Div(hn::Set(d, 255.0f), hn::Max(hn::Set(d, 1.0f), over));
      store_bytes(d, hn::Add(value, hn::Set(d, 0.5f)), weight + k);
    }
  }
}

// A rate as a factor of MulFixedPoint15 that takes 1/32 levels to 1/256, or less by `shift` bits.
std::int16_t factor_of(float rate, int shift) {
  const float factor = rate * 32768 * static_cast<float>(8 >> shift);
  return static_cast<std::int16_t>(std::lround(std::clamp(factor, 0.0f, 32767.0f)));
}

struct UpdatePlate {
  UpdatePlate(const PlateUpdate& update, std::uint16_t* plate_row, std::uint16_t* noise_row)
      : in(update),
        plate(plate_row),
        noise(noise_row),
        shift(std::max(in.plate_rate, in.plate_rate_foreground) > 0.12f ? 3 : 0),
        clip(static_cast<std::int16_t>(std::lround(in.clip * 32))),
        rate(factor_of(in.plate_rate, shift)),
        rate_foreground(factor_of(in.plate_rate_foreground, shift)),
        noise_rate(factor_of(in.noise_rate, 2)),
        noise_rate_foreground(factor_of(in.noise_rate_foreground, 2)) {}

  const PlateUpdate& in;
  std::uint16_t* plate;
  std::uint16_t* noise;
  int shift;
  std::int16_t clip;
  std::int16_t rate, rate_foreground;
  std::int16_t noise_rate, noise_rate_foreground;

  // v + step for unsigned words and signed steps.
  static HWY_INLINE hn::Vec<Words> stepped(hn::Vec<Words> v, hn::Vec<Integers> step) {
    const Integers d;
    const Words words;
    const auto up = hn::BitCast(words, hn::Max(step, hn::Zero(d)));
    const auto down = hn::BitCast(words, hn::Max(hn::Neg(step), hn::Zero(d)));
    return hn::SaturatedSub(hn::SaturatedAdd(v, up), down);
  }

  HWY_INLINE hn::Vec<Integers> chosen(hn::Vec<Words> set, std::int16_t foreground,
                                      std::int16_t background) const {
    const Integers d;
    const auto none = hn::Eq(hn::BitCast(d, set), hn::Zero(d));
    return hn::IfThenElse(none, hn::Set(d, background), hn::Set(d, foreground));
  }

  // Pixels whose frame is `x`, in 1/32 levels like all here, and whose mask is `set`, in words.
  HWY_INLINE void operator()(hn::Vec<Words> x, hn::Vec<Words> set, int i) const {
    const Words words;
    const Integers d;
    const auto m = hn::LoadU(words, plate + i);
    const auto sigma = hn::LoadU(words, noise + i);
    auto l = hn::BitCast(d, hn::MulHigh(m, hn::Set(words, in.light.gain)));
    l = hn::SaturatedAdd(l, hn::Set(d, in.light.offset));
    if (in.extra)
      l = hn::SaturatedAdd(l, hn::LoadU(d, in.extra + i));
    // The half that rounds L is none of the residual's.
    l = hn::SaturatedSub(l, hn::Set(d, std::int16_t{16}));
    const auto e = hn::SaturatedSub(hn::BitCast(d, x), l);

    const auto deviation = hn::BitCast(d, hn::ShiftRight<3>(sigma));
    const auto most = hn::Max(hn::Set(d, clip), hn::Add(deviation, hn::ShiftRight<1>(deviation)));
    const auto counted = hn::Max(hn::Neg(most), hn::Min(most, e));
    const auto share = hn::MulFixedPoint15(counted, chosen(set, rate_foreground, rate));
    hn::StoreU(stepped(m, hn::ShiftLeftSame(share, shift)), words, plate + i);

    // 5/4 of the residual, at most three deviations and a level, in 1/256.
    const auto three = hn::Add(hn::Add(deviation, deviation), deviation);
    const auto limit =
        hn::Min(hn::Add(three, hn::Set(d, std::int16_t{32})), hn::Set(d, std::int16_t{6500}));
    const auto size =
        hn::BitCast(words, hn::Min(hn::Max(e, hn::SaturatedSub(hn::Zero(d), e)), limit));
    const auto target = hn::Add(hn::ShiftLeft<3>(size), hn::ShiftLeft<1>(size));
    const auto apart = hn::Sub(hn::BitCast(d, hn::ShiftRight<1>(target)),
                               hn::BitCast(d, hn::ShiftRight<1>(sigma)));
    const auto moved =
        stepped(sigma, hn::MulFixedPoint15(apart, chosen(set, noise_rate_foreground, noise_rate)));
    hn::StoreU(hn::Max(moved, hn::Set(words, std::uint16_t{128})), words, noise + i);
  }
};

HWY_ATTR void update_plate_row(const PlateUpdate& in, std::uint16_t* plate, std::uint16_t* noise,
                               std::uint8_t* weight, int width) {
  const Bytes d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const UpdatePlate body(in, plate, noise);
  for (int i = 0; i < width; i += lanes) {
    const auto x = load_caller(in.x + i, width - i);
    const auto set = hn::LoadU(d, in.mask + i);
    auto lower = hn::ShiftLeft<5>(lower_words(x));
    auto upper = hn::ShiftLeft<5>(upper_words(x));
    if (in.fine) {
      const Words words;
      lower = hn::ShiftRight<3>(hn::LoadU(words, in.fine + i));
      upper = lanes > 1 ? hn::ShiftRight<3>(hn::LoadU(words, in.fine + i + lanes / 2)) : upper;
    }
    body(lower, lower_words(set), i);
    if (lanes > 1)
      body(upper, upper_words(set), i + lanes / 2);
  }
  weigh_row(noise, in.deviations_over_floor, weight, width);
}

HWY_ATTR void update_seen_row(const SeenUpdate& in, std::uint8_t* last_value,
                              std::uint8_t* evidence, std::uint16_t* still, int width) {
  const Bytes d;
  const auto one = hn::Set(d, std::uint8_t{1});
  const auto most = hn::Set(d, in.evidence_max);
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(d))) {
    const auto set = hn::Ne(hn::LoadU(d, in.mask + i), hn::Zero(d));
    const auto shown = load_caller(in.x + i, width - i);
    hn::StoreU(hn::IfThenElse(set, hn::LoadU(d, last_value + i), shown), d, last_value + i);
    const auto seen = hn::LoadU(d, evidence + i);
    const auto more = hn::Min(hn::SaturatedAdd(seen, one), most);
    hn::StoreU(hn::IfThenElse(set, seen, more), d, evidence + i);
  }
  const Words words;
  const hn::Rebind<std::uint8_t, Words> bytes;
  const auto fewer = hn::Set(words, std::uint16_t{in.fewer_still});
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(words))) {
    const auto set = hn::Ne(hn::PromoteTo(words, hn::LoadU(bytes, in.mask + i)), hn::Zero(words));
    const auto count = hn::LoadU(words, still + i);
    hn::StoreU(hn::IfThenElse(set, count, hn::SaturatedSub(count, fewer)), words, still + i);
  }
}

}  // namespace lowrank::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowrank::kernels {

HWY_EXPORT(update_plate_row);
HWY_EXPORT(weigh_row);
HWY_EXPORT(update_seen_row);

void update_plate(const PlateUpdate& in, std::uint16_t* plate, std::uint16_t* noise,
                  std::uint8_t* weight, int width) {
  HWY_DYNAMIC_DISPATCH(update_plate_row)(in, plate, noise, weight, width);
}

void weigh(const std::uint16_t* noise, float deviations_over_floor, std::uint8_t* weight,
           int width) {
  HWY_DYNAMIC_DISPATCH(weigh_row)(noise, deviations_over_floor, weight, width);
}

void update_seen(const SeenUpdate& in, std::uint8_t* last_value, std::uint8_t* evidence,
                 std::uint16_t* still, int width) {
  HWY_DYNAMIC_DISPATCH(update_seen_row)(in, last_value, evidence, still, width);
}

}  // namespace lowrank::kernels
#endif
