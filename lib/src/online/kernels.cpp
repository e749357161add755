// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/kernels.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "online/kernels.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

// This file is compiled once a SIMD target. Products and sums are kept apart (no fused
// multiply-add), so that every target rounds alike.

HWY_BEFORE_NAMESPACE();
namespace lowrank::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using OneFloat = hn::CappedTag<float, 1>;
using Bytes = hn::ScalableTag<std::uint8_t>;
using Words = hn::ScalableTag<std::uint16_t>;

template <class D>
HWY_INLINE hn::Vec<D> load_bytes(D d, const std::uint8_t* from) {
  const hn::Rebind<std::int32_t, D> integers;
  const hn::Rebind<std::uint8_t, D> bytes;
  return hn::ConvertTo(d, hn::PromoteTo(integers, hn::LoadU(bytes, from)));
}

template <class D>
HWY_INLINE hn::Vec<D> load_words(D d, const std::uint16_t* from) {
  const hn::Rebind<std::int32_t, D> integers;
  const hn::Rebind<std::uint16_t, D> words;
  return hn::ConvertTo(d, hn::PromoteTo(integers, hn::LoadU(words, from)));
}

// Both stores cut off the fraction and saturate.
template <class D>
HWY_INLINE void store_bytes(D, hn::Vec<D> value, std::uint8_t* to) {
  const hn::Rebind<std::int32_t, D> integers;
  const hn::Rebind<std::uint8_t, D> bytes;
  hn::StoreU(hn::DemoteTo(bytes, hn::ConvertTo(integers, value)), bytes, to);
}

template <class D>
HWY_INLINE void store_words(D, hn::Vec<D> value, std::uint16_t* to) {
  const hn::Rebind<std::int32_t, D> integers;
  const hn::Rebind<std::uint16_t, D> words;
  hn::StoreU(hn::DemoteTo(words, hn::ConvertTo(integers, value)), words, to);
}

// Runs `body` over [first, last): whole vectors, then single lanes, since the caller's rows end at
// the last pixel.
template <class Body>
HWY_INLINE void for_each_lane(int first, int last, const Body& body) {
  const Floats vector;
  const OneFloat single;
  const int lanes = static_cast<int>(hn::Lanes(vector));
  int i = first;
  for (; i + lanes <= last; i += lanes)
    body(vector, i);
  for (; i < last; i++)
    body(single, i);
}

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

struct Itself {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D, hn::Vec<D> sample, int) const {
    return sample;
  }
};

struct Deviation {
  const std::uint8_t* center;

  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, hn::Vec<D> sample, int i) const {
    const auto middle = hn::LoadU(d, center + i);
    return hn::Sub(hn::Max(sample, middle), hn::Min(sample, middle));
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

HWY_EXPORT(predict_row);
HWY_EXPORT(score_chroma_row);
HWY_EXPORT(score_luma_row);
HWY_EXPORT(update_plate_row);
HWY_EXPORT(update_feedback_row);
HWY_EXPORT(lowest_around_row);
HWY_EXPORT(highest_around_row);
HWY_EXPORT(smooth_and_decide_row);
HWY_EXPORT(majority_row);
HWY_EXPORT(double_width_row);
HWY_EXPORT(any_of_four_row);
HWY_EXPORT(count_set_row);
HWY_EXPORT(median_row);
HWY_EXPORT(median_deviation_row);
HWY_EXPORT(count_agreeing_row);

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

void update_plate(const PlateUpdate& in, std::uint16_t* plate, std::uint16_t* noise, int width) {
  HWY_DYNAMIC_DISPATCH(update_plate_row)(in, plate, noise, width);
}

void update_feedback(const FeedbackUpdate& in, const FeedbackState& state, int width) {
  HWY_DYNAMIC_DISPATCH(update_feedback_row)(in, state, width);
}

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

void median(const std::uint8_t* const* samples, int count, std::uint8_t* out, int width) {
  HWY_DYNAMIC_DISPATCH(median_row)(samples, count, out, width);
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
