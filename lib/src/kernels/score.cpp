// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernels/kernels.h"

#include <algorithm>
#include <cmath>

#include "score.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/score.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lowrank::kernels::HWY_NAMESPACE {

using Integers = hn::ScalableTag<std::int16_t>;

// L of a vector of words, still in words, not negative.
HWY_INLINE hn::Vec<Words> predict(const std::uint16_t* plate, const std::int16_t* extra,
                                  FixedLight light, int i) {
  const Words words;
  const Integers integers;
  const auto scaled = hn::MulHigh(hn::LoadU(words, plate + i), hn::Set(words, light.gain));
  auto level = hn::SaturatedAdd(hn::BitCast(integers, scaled), hn::Set(integers, light.offset));
  if (extra)
    level = hn::SaturatedAdd(level, hn::LoadU(integers, extra + i));
  return hn::ShiftRight<5>(hn::BitCast(words, hn::Max(level, hn::Zero(integers))));
}

// A pixel that deviates, stops, and does so again within few frames flickers.
HWY_INLINE void follow_deviation(const LumaScore& in, hn::Vec<Bytes> residual, int i) {
  const Bytes d;
  const auto top = hn::Set(d, std::uint8_t{128});
  const auto old = hn::LoadU(d, in.deviation + i);
  const auto was = at_least(old, top);
  const auto limit = hn::IfThenElse(was, hn::Set(d, in.leave), hn::Set(d, in.enter));
  const auto now = hn::Gt(residual, limit);
  const auto changed = hn::Xor(was, now);
  const auto run = hn::AndNot(top, old);
  const auto quick = hn::And(changed, at_least(hn::Set(d, in.quick), run));
  const auto one = hn::Set(d, std::uint8_t{1});
  const auto longer = hn::Min(hn::Add(run, one), hn::Set(d, std::uint8_t{127}));
  const auto next = hn::IfThenElse(changed, one, longer);
  hn::StoreU(hn::Or(next, hn::IfThenElseZero(now, top)), d, in.deviation + i);
  const auto count = hn::LoadU(d, in.flickers + i);
  hn::StoreU(hn::SaturatedAdd(count, hn::IfThenElseZero(quick, one)), d, in.flickers + i);
}

HWY_ATTR void score_luma_row(const LumaScore& in, int width) {
  const Bytes d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  for (int i = 0; i < width; i += lanes) {
    const auto x = load_caller(in.x + i, width - i);
    const auto l = saturated_bytes(predict(in.plate, in.extra, in.light, i),
                                   predict(in.plate, in.extra, in.light, i + lanes / 2));
    hn::StoreU(l, d, in.l + i);
    const auto residual = difference(x, l);
    hn::StoreU(weighted(residual, hn::LoadU(d, in.weight + i), in.unit), d, in.score + i);
    follow_deviation(in, residual, i);
  }
}

HWY_ATTR void score_chroma_row(const ChromaScore& in, int width) {
  const Bytes d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  for (int i = 0; i < width; i += lanes) {
    auto worst = hn::Zero(d);
    for (int c = 0; c < 2; c++) {
      const auto l = saturated_bytes(predict(in.plate[c], nullptr, in.light, i),
                                     predict(in.plate[c], nullptr, in.light, i + lanes / 2));
      hn::StoreU(l, d, in.l[c] + i);
      const auto residual = difference(load_caller(in.x[c] + i, width - i), l);
      worst = hn::Max(worst, weighted(residual, hn::LoadU(d, in.weight[c] + i), in.unit));
    }
    hn::StoreU(worst, d, in.score + i);
  }
}

HWY_ATTR void merge_scores_row(const std::uint8_t* chroma, bool double_width, std::uint8_t* score,
                               int width) {
  const Bytes d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const auto most = hn::Set(d, highest_score);
  const auto merge = [&](hn::Vec<Bytes> other, std::uint8_t* at) HWY_ATTR {
    hn::StoreU(hn::Min(most, hn::Max(hn::LoadU(d, at), other)), d, at);
  };
  if (!double_width) {
    for (int i = 0; i < width; i += lanes)
      merge(hn::LoadU(d, chroma + i), score + i);
    return;
  }
  HWY_ALIGN std::uint8_t twice[2 * HWY_MAX_BYTES];
  for (int i = 0; 2 * i < width; i += lanes) {
    const auto value = hn::LoadU(d, chroma + i);
    hn::StoreInterleaved2(value, value, d, twice);
    merge(hn::Load(d, twice), score + 2 * i);
    merge(hn::Load(d, twice + lanes), score + 2 * i + lanes);
  }
}

HWY_ATTR void score_swaying_row(const SwayingScore& in, std::uint8_t* score, int width) {
  const Bytes d;
  const Words words;
  const auto two_fifths = hn::Set(words, std::uint16_t{26214});
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(d))) {
    const auto x = load_caller(in.x + i, width - i);
    const auto outside = hn::Or(hn::SaturatedSub(x, hn::LoadU(d, in.highest + i)),
                                hn::SaturatedSub(hn::LoadU(d, in.lowest + i), x));
    const auto little = saturated_bytes(hn::MulHigh(lower_words(outside), two_fifths),
                                        hn::MulHigh(upper_words(outside), two_fifths));
    const auto forgiven = weighted(little, hn::LoadU(d, in.weight + i), in.unit);
    const auto old = hn::LoadU(d, score + i);
    const auto swaying = hn::Ne(hn::LoadU(d, in.swaying + i), hn::Zero(d));
    hn::StoreU(hn::IfThenElse(swaying, forgiven, old), d, score + i);
  }
}

}  // namespace lowrank::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowrank::kernels {

HWY_EXPORT(score_luma_row);
HWY_EXPORT(score_chroma_row);
HWY_EXPORT(merge_scores_row);
HWY_EXPORT(score_swaying_row);

FixedLight fixed_light(float gain, float offset) {
  const float levels = std::clamp(offset * 32 + 16, -32000.0f, 32000.0f);
  return {static_cast<std::uint16_t>(std::lround(std::clamp(gain, 0.0f, 3.9f) * 8192)),
          static_cast<std::int16_t>(std::lround(levels))};
}

void score_luma(const LumaScore& in, int width) {
  HWY_DYNAMIC_DISPATCH(score_luma_row)(in, width);
}

void score_chroma(const ChromaScore& in, int width) {
  HWY_DYNAMIC_DISPATCH(score_chroma_row)(in, width);
}

void merge_scores(const std::uint8_t* chroma, bool double_width, std::uint8_t* score, int width) {
  HWY_DYNAMIC_DISPATCH(merge_scores_row)(chroma, double_width, score, width);
}

void score_swaying(const SwayingScore& in, std::uint8_t* score, int width) {
  HWY_DYNAMIC_DISPATCH(score_swaying_row)(in, score, width);
}

}  // namespace lowrank::kernels
#endif
