// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernels/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/update.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lowrank::kernels::HWY_NAMESPACE {

struct UpdatePlate {
  const PlateUpdate& in;
  std::uint16_t* plate;
  std::uint16_t* noise;

  template <class D>
  HWY_INLINE void operator()(D d, int i) const {
    const auto set = hn::Gt(load_bytes(d, in.mask + i), hn::Zero(d));
    const auto m = load_words(d, plate + i);
    auto l = hn::Add(hn::Mul(m, hn::Set(d, in.gain / 256)), hn::Set(d, in.offset));
    if (in.extra)
      l = hn::Add(l, hn::LoadU(d, in.extra + i));
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
    const auto moved = hn::Add(sigma, hn::Mul(follow, hn::Sub(size, sigma)));
    const auto levels = hn::Mul(hn::Max(half, moved), hn::Set(d, 256.0f));
    store_words(d, hn::Add(levels, half), noise + i);
  }
};

HWY_ATTR void update_plate_row(const PlateUpdate& in, std::uint16_t* plate, std::uint16_t* noise,
                               int width) {
  for_each_lane(0, width, UpdatePlate{in, plate, noise});
}

template <class D>
HWY_INLINE void update_feedback_at(D d, const FeedbackUpdate& in, const FeedbackState& state,
                                   int i) {
  const auto byte = [d](int value)
                        HWY_ATTR { return hn::Set(d, static_cast<std::uint8_t>(value)); };
  const auto set_at = [d](const std::uint8_t* from)
                          HWY_ATTR { return hn::Ne(hn::LoadU(d, from), hn::Zero(d)); };
  const auto threshold = byte(64);
  const auto over = hn::Gt(hn::LoadU(d, in.score + i), threshold);
  const auto was_over = hn::Gt(hn::LoadU(d, in.last_score + i), threshold);
  const auto flipped = hn::Xor(over, was_over);
  const auto near = set_at(in.grown_mask + i);

  const auto r = hn::LoadU(d, state.caution + i);
  const auto raised = hn::SaturatedAdd(r, byte(in.caution_step));
  const auto lowered = hn::SaturatedSub(r, byte(in.caution_decay));
  const auto next = hn::IfThenElse(hn::AndNot(near, flipped), raised, lowered);
  hn::StoreU(hn::Min(hn::Max(next, byte(16)), byte(in.caution_max)), d, state.caution + i);

  // A moving object that passes over the pixel is no blink.
  const auto passage = hn::And(near, set_at(in.last_mask + i));
  const auto step = hn::IfThenElseZero(hn::AndNot(passage, flipped), byte(in.blink_step));
  const auto b = hn::LoadU(d, state.blink + i);
  const auto share = hn::Add(hn::Add(hn::ShiftRight<5>(b), hn::ShiftRight<6>(b)), byte(1));
  hn::StoreU(hn::SaturatedAdd(hn::SaturatedSub(b, share), step), d, state.blink + i);

  const auto set = set_at(in.mask + i);
  const auto followed = hn::LoadU(d, state.last_value + i);
  hn::StoreU(hn::IfThenElse(set, followed, hn::LoadU(d, in.x + i)), d, state.last_value + i);
  const auto evidence = hn::LoadU(d, state.evidence + i);
  const auto more = hn::Min(hn::Add(evidence, byte(in.evidence_step)), byte(in.evidence_max));
  hn::StoreU(hn::IfThenElse(set, evidence, more), d, state.evidence + i);
}

HWY_ATTR void update_feedback_row(const FeedbackUpdate& in, const FeedbackState& state, int width) {
  const Bytes vector;
  const hn::CappedTag<std::uint8_t, 1> single;
  const int lanes = static_cast<int>(hn::Lanes(vector));
  int i = 0;
  for (; i + lanes <= width; i += lanes)
    update_feedback_at(vector, in, state, i);
  for (; i < width; i++)
    update_feedback_at(single, in, state, i);

  const Words words;
  const hn::Rebind<std::uint8_t, Words> bytes;
  for (int k = 0; k < width; k += static_cast<int>(hn::Lanes(words))) {
    const auto set = hn::Ne(hn::PromoteTo(words, hn::LoadU(bytes, in.mask + k)), hn::Zero(words));
    const auto count = hn::LoadU(words, state.still + k);
    const auto fewer = hn::SaturatedSub(count, hn::Set(words, std::uint16_t{2}));
    hn::StoreU(hn::IfThenElse(set, count, fewer), words, state.still + k);
  }
}

}  // namespace lowrank::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowrank::kernels {

HWY_EXPORT(update_plate_row);
HWY_EXPORT(update_feedback_row);

void update_plate(const PlateUpdate& in, std::uint16_t* plate, std::uint16_t* noise, int width) {
  HWY_DYNAMIC_DISPATCH(update_plate_row)(in, plate, noise, width);
}

void update_feedback(const FeedbackUpdate& in, const FeedbackState& state, int width) {
  HWY_DYNAMIC_DISPATCH(update_feedback_row)(in, state, width);
}

}  // namespace lowrank::kernels
#endif
