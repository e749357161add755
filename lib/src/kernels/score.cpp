// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernels/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/score.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lowrank::kernels::HWY_NAMESPACE {

struct Predict {
  const std::uint16_t* plate;
  float gain, offset;
  const float* extra;
  std::uint8_t* l;

  template <class D>
  HWY_INLINE void operator()(D d, int i) const {
    auto value = hn::Add(hn::Mul(load_words(d, plate + i), hn::Set(d, gain)), hn::Set(d, offset));
    if (extra)
      value = hn::Add(value, hn::LoadU(d, extra + i));
    store_bytes(d, value, l + i);
  }
};

HWY_ATTR void predict_row(const std::uint16_t* plate, float gain, float offset, const float* extra,
                          std::uint8_t* l, int width) {
  for_each_lane(0, width, Predict{plate, gain / 256, offset + 0.5f, extra, l});
}

struct ScoreChroma {
  const ChromaScore& in;
  std::uint8_t* score;

  template <class D>
  HWY_INLINE hn::Vec<D> residual(D d, int c, int i) const {
    const auto e = hn::AbsDiff(load_bytes(d, in.x[c] + i), load_bytes(d, in.l[c] + i));
    const auto noise = hn::Mul(load_words(d, in.noise[c] + i), hn::Set(d, in.deviations / 256));
    return hn::Div(e, hn::Max(hn::Set(d, in.floor), noise));
  }

  template <class D>
  HWY_INLINE void operator()(D d, int i) const {
    const auto worst = hn::Max(residual(d, 0, i), residual(d, 1, i));
    store_bytes(d, hn::Mul(worst, hn::Set(d, 64.0f)), score + i);
  }
};

HWY_ATTR void score_chroma_row(const ChromaScore& in, std::uint8_t* score, int width) {
  for_each_lane(0, width, ScoreChroma{in, score});
}

struct ScoreLuma {
  const LumaScore& in;
  int width;
  std::uint8_t* score;

  // Swaying leaves: what the surroundings of the pixel show now counts for little.
  template <class D>
  HWY_INLINE hn::Vec<D> forgive_motion(D d, int i, hn::Vec<D> x, hn::Vec<D> size) const {
    const auto swaying = hn::Gt(load_bytes(d, in.blink + i), hn::Set(d, in.dynamic_blink));
    if (hn::AllFalse(d, swaying))
      return size;
    const auto above = hn::Sub(x, load_bytes(d, in.highest + i));
    const auto below = hn::Sub(load_bytes(d, in.lowest + i), x);
    const auto outside = hn::Max(hn::Zero(d), hn::Max(above, below));
    const auto rest = hn::Mul(hn::Sub(size, outside), hn::Set(d, 0.15f));
    return hn::IfThenElse(swaying, hn::Min(size, hn::Add(outside, rest)), size);
  }

  // How far the gradient of the frame is from that of the background dimmed to `ratio`.
  template <class D>
  HWY_INLINE hn::Vec<D> texture_change(D d, int i, hn::Vec<D> ratio) const {
    const int left = i > 0 ? i - 1 : 0;
    const int right = hn::Lanes(d) > 1 || i + 1 < width ? i + 1 : i;
    const auto gradient = [&](const std::uint8_t* a, const std::uint8_t* b)
                              HWY_ATTR { return hn::Sub(load_bytes(d, a), load_bytes(d, b)); };
    const auto dx = hn::AbsDiff(gradient(in.x[1] + right, in.x[1] + left),
                                hn::Mul(ratio, gradient(in.l[1] + right, in.l[1] + left)));
    const auto dy = hn::AbsDiff(gradient(in.x[2] + i, in.x[0] + i),
                                hn::Mul(ratio, gradient(in.l[2] + i, in.l[0] + i)));
    return hn::Add(dx, dy);
  }

  // A darker pixel of the same colour and texture lies in a shadow.
  template <class D>
  HWY_INLINE hn::Vec<D> forgive_shadow(D d, int i, hn::Vec<D> x, hn::Vec<D> l, hn::Vec<D> luma,
                                       hn::Vec<D> chroma) const {
    const auto one = hn::Set(d, 1.0f);
    const auto darker = hn::And(hn::Gt(luma, one), hn::Lt(x, l));
    const auto candidate = hn::And(darker, hn::Lt(chroma, hn::Set(d, 0.8f)));
    if (hn::AllFalse(d, candidate))
      return luma;
    const auto black = hn::Set(d, in.black);
    const auto ratio = hn::Div(hn::Sub(x, black), hn::Max(one, hn::Sub(l, black)));
    const auto darkest = hn::Set(d, in.chroma ? 0.55f : 0.6f);
    const auto dimmed = hn::And(hn::Gt(ratio, darkest), hn::Lt(ratio, one));
    const auto same = hn::Le(texture_change(d, i, ratio), hn::Set(d, 16.0f));
    const auto shadow = hn::And(candidate, hn::And(dimmed, same));
    return hn::IfThenElse(shadow, hn::Set(d, 0.95f), luma);
  }

  template <class D>
  HWY_INLINE void operator()(D d, int i) const {
    const auto x = load_bytes(d, in.x[1] + i);
    const auto l = load_bytes(d, in.l[1] + i);
    const auto size = forgive_motion(d, i, x, hn::AbsDiff(x, l));
    const auto noise = hn::Mul(load_words(d, in.noise + i), hn::Set(d, in.deviations / 256));
    const auto own_limit = hn::Max(hn::Set(d, in.floor), noise);
    const auto caution = hn::Mul(load_bytes(d, in.caution + i), hn::Set(d, 1.0f / 16));
    const auto scale = hn::Div(hn::Set(d, 1.0f), hn::Mul(own_limit, caution));
    auto chroma = hn::Zero(d);
    if (in.chroma) {
      const auto unit = hn::Mul(hn::Mul(scale, own_limit), hn::Set(d, 1.0f / 64));
      chroma = hn::Mul(load_bytes(d, in.chroma + i), unit);
    }
    const auto luma = forgive_shadow(d, i, x, l, hn::Mul(size, scale), chroma);
    const auto worst = hn::Min(hn::Max(luma, chroma), hn::Set(d, 3.0f));
    store_bytes(d, hn::Mul(worst, hn::Set(d, 64.0f)), score + i);
  }
};

HWY_ATTR void score_luma_row(const LumaScore& in, std::uint8_t* score, int width) {
  const ScoreLuma body{in, width, score};
  const OneFloat single;
  // The first and the last pixel have a neighbour on one side only.
  body(single, 0);
  for_each_lane(1, width - 1, body);
  if (width > 1)
    body(single, width - 1);
}

}  // namespace lowrank::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowrank::kernels {

HWY_EXPORT(predict_row);
HWY_EXPORT(score_chroma_row);
HWY_EXPORT(score_luma_row);

void predict(const std::uint16_t* plate, float gain, float offset, const float* extra,
             std::uint8_t* l, int width) {
  HWY_DYNAMIC_DISPATCH(predict_row)(plate, gain, offset, extra, l, width);
}

void score_chroma(const ChromaScore& in, std::uint8_t* score, int width) {
  HWY_DYNAMIC_DISPATCH(score_chroma_row)(in, score, width);
}

void score_luma(const LumaScore& in, std::uint8_t* score, int width) {
  HWY_DYNAMIC_DISPATCH(score_luma_row)(in, score, width);
}

}  // namespace lowrank::kernels
#endif
