// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernels/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/deep.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lowrank::kernels::HWY_NAMESPACE {

// A vector of the caller's row of words, which may begin at any address and ends after `left`.
HWY_INLINE hn::Vec<Words> load_caller_words(const std::uint8_t* from, int left) {
  const Words d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  HWY_ALIGN std::uint16_t copy[HWY_MAX_BYTES / 2];
  if (left >= lanes) {
    std::memcpy(copy, from, sizeof(std::uint16_t) * hn::Lanes(d));
  } else {
    std::memset(copy, 0, sizeof copy);
    std::memcpy(copy, from, sizeof(std::uint16_t) * static_cast<std::size_t>(left));
  }
  return hn::Load(d, copy);
}

HWY_ATTR void split_deep_row(const DeepRow& in, std::uint16_t* fine, std::uint8_t* high,
                             int width) {
  const Words d;
  const hn::Rebind<std::uint8_t, Words> bytes;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const int up = 16 - in.depth - in.shift;
  const auto meant = hn::Set(d, static_cast<std::uint16_t>(0xffff << (16 - in.depth)));
  for (int i = 0; i < width; i += lanes) {
    const auto words = load_caller_words(in.x + 2 * i, width - i);
    const auto level = hn::And(hn::ShiftLeftSame(words, up), meant);
    hn::StoreU(level, d, fine + i);
    const auto whole = hn::ShiftRight<8>(hn::SaturatedAdd(level, hn::Set(d, std::uint16_t{128})));
    hn::StoreU(hn::DemoteTo(bytes, signed_words(whole)), bytes, high + i);
  }
}

HWY_ATTR void predict_deep_row(const DeepPrediction& in, std::uint16_t* l, int width) {
  const Floats d;
  const hn::Rebind<std::int32_t, Floats> integers;
  const hn::Rebind<std::int16_t, Floats> halves;
  const hn::Rebind<std::uint16_t, Floats> words;
  const float unit = static_cast<float>(1 << in.depth) / 65536;  // samples in 1/256 levels
  const auto gain = hn::Set(d, in.gain * unit);
  const auto offset = hn::Set(d, in.offset * 256 * unit + 0.5f);
  const auto extra_unit = hn::Set(d, 8 * unit);
  const auto most = hn::Set(d, static_cast<float>((1 << in.depth) - 1));
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(d))) {
    auto level = hn::Add(hn::Mul(load_words(d, in.plate + i), gain), offset);
    if (in.extra) {
      const auto extra = hn::PromoteTo(integers, hn::LoadU(halves, in.extra + i));
      level = hn::Add(level, hn::Mul(hn::ConvertTo(d, extra), extra_unit));
    }
    const auto whole = hn::ConvertTo(integers, hn::Min(most, hn::Max(level, hn::Zero(d))));
    const auto sample = hn::ShiftLeftSame(whole, in.shift);
    hn::StoreU(hn::DemoteTo(words, sample), words, l + i);
  }
}

}  // namespace lowrank::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowrank::kernels {

HWY_EXPORT(split_deep_row);
HWY_EXPORT(predict_deep_row);

void split_deep(const DeepRow& in, std::uint16_t* fine, std::uint8_t* high, int width) {
  HWY_DYNAMIC_DISPATCH(split_deep_row)(in, fine, high, width);
}

void predict_deep(const DeepPrediction& in, std::uint16_t* l, int width) {
  HWY_DYNAMIC_DISPATCH(predict_deep_row)(in, l, width);
}

}  // namespace lowrank::kernels
#endif
