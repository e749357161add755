// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernels/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/update.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lowrank::kernels::HWY_NAMESPACE {

template <class D>
HWY_INLINE hn::Vec<D> weight_of(D d, hn::Vec<D> sigma, float deviations_over_floor) {
  const auto over = hn::Mul(sigma, hn::Set(d, deviations_over_floor));
  const auto weight = hn::Div(hn::Set(d, 255.0f), hn::Max(hn::Set(d, 1.0f), over));
  return hn::Add(weight, hn::Set(d, 0.5f));
}

struct UpdatePlate {
  const PlateUpdate& in;
  std::uint16_t* plate;
  std::uint16_t* noise;
  std::uint8_t* weight;

  template <class D>
  HWY_INLINE void operator()(D d, int i) const {
    const auto set = hn::Gt(load_bytes(d, in.mask + i), hn::Zero(d));
    const auto m = load_words(d, plate + i);
    auto l = hn::Add(hn::Mul(m, hn::Set(d, in.gain / 256)), hn::Set(d, in.offset));
    if (in.extra)
      l = hn::Add(l, hn::Mul(load_integers(d, in.extra + i), hn::Set(d, 1.0f / 32)));
    const auto e = hn::Sub(load_bytes(d, in.x + i), l);

    const auto half = hn::Set(d, 0.5f);
    const auto sigma = hn::Mul(load_words(d, noise + i), hn::Set(d, 1.0f / 256));
    const auto clip = hn::Max(hn::Set(d, in.clip), hn::Mul(sigma, hn::Set(d, in.clip_deviations)));
    const auto rate = hn::IfThenElse(set, hn::Set(d, in.plate_rate_foreground * 256),
                                     hn::Set(d, in.plate_rate * 256));
    const auto step = hn::Mul(rate, hn::Max(hn::Neg(clip), hn::Min(clip, e)));
    store_words(d, hn::Add(hn::Add(m, step), half), plate + i);

    const auto most = hn::Add(hn::Mul(sigma, hn::Set(d, 3.0f)), hn::Set(d, 1.0f));
    const auto size = hn::Mul(hn::Min(hn::Abs(e), most), hn::Set(d, 1.25f));
    const auto follow =
        hn::IfThenElse(set, hn::Set(d, in.noise_rate_foreground), hn::Set(d, in.noise_rate));
    const auto moved = hn::Max(half, hn::Add(sigma, hn::Mul(follow, hn::Sub(size, sigma))));
    store_words(d, hn::Add(hn::Mul(moved, hn::Set(d, 256.0f)), half), noise + i);
    store_bytes(d, weight_of(d, moved, in.deviations_over_floor), weight + i);
  }

  template <class D>
  static HWY_INLINE hn::Vec<D> load_integers(D d, const std::int16_t* from) {
    const hn::Rebind<std::int16_t, D> integers;
    return hn::ConvertTo(d, hn::PromoteTo(hn::RebindToSigned<D>(), hn::LoadU(integers, from)));
  }
};

HWY_ATTR void update_plate_row(const PlateUpdate& in, std::uint16_t* plate, std::uint16_t* noise,
                               std::uint8_t* weight, int width) {
  for_each_lane(0, width, UpdatePlate{in, plate, noise, weight});
}

HWY_ATTR void weigh_row(const std::uint16_t* noise, float deviations_over_floor,
                        std::uint8_t* weight, int width) {
  const Floats d;
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(d))) {
    const auto sigma = hn::Mul(load_words(d, noise + i), hn::Set(d, 1.0f / 256));
    store_bytes(d, weight_of(d, sigma, deviations_over_floor), weight + i);
  }
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
