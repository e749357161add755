// SPDX-License-Identifier: LGPL-2.1-or-later

// What the kernels share. Like every "-inl" header of Highway it is read once a SIMD target, so its
// guard is toggled. Products and sums are kept apart (no fused multiply-add), so that every target
// rounds alike.
#if defined(LOWRANK_KERNELS_SIMD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOWRANK_KERNELS_SIMD_INL_H_
#undef LOWRANK_KERNELS_SIMD_INL_H_
#else
#define LOWRANK_KERNELS_SIMD_INL_H_
#endif

#include <cstring>

#include "hwy/highway.h"

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

// Elements of either type as floats.
template <class D>
HWY_INLINE hn::Vec<D> load_floats(D d, const float* from) {
  return hn::LoadU(d, from);
}
template <class D>
HWY_INLINE hn::Vec<D> load_floats(D d, const std::uint8_t* from) {
  return load_bytes(d, from);
}

template <class D>
HWY_INLINE hn::Vec<D> load_words(D d, const std::uint16_t* from) {
  const hn::Rebind<std::int32_t, D> integers;
  const hn::Rebind<std::uint16_t, D> words;
  return hn::ConvertTo(d, hn::PromoteTo(integers, hn::LoadU(words, from)));
}

// Cuts off the fraction and saturates.
template <class D>
HWY_INLINE void store_bytes(D, hn::Vec<D> value, std::uint8_t* to) {
  const hn::Rebind<std::int32_t, D> integers;
  const hn::Rebind<std::uint8_t, D> bytes;
  hn::StoreU(hn::DemoteTo(bytes, hn::ConvertTo(integers, value)), bytes, to);
}

// A vector of the caller's row, which ends after `left` elements: nothing beyond is read.
HWY_INLINE hn::Vec<Bytes> load_caller(const std::uint8_t* from, int left) {
  const Bytes d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  if (left >= lanes)
    return hn::LoadU(d, from);
  HWY_ALIGN std::uint8_t copy[HWY_MAX_BYTES] = {};
  std::memcpy(copy, from, static_cast<std::size_t>(left));
  return hn::Load(d, copy);
}

HWY_INLINE hn::Mask<Bytes> at_least(hn::Vec<Bytes> a, hn::Vec<Bytes> b) {
  return hn::Eq(hn::Max(a, b), a);
}

// The halves of a vector of bytes as words, and back. Words over 32767 would count as negative.
HWY_INLINE auto signed_words(hn::Vec<Words> v) {
  return hn::BitCast(hn::RebindToSigned<Words>(),
                     hn::Min(v, hn::Set(Words(), std::uint16_t{32767})));
}
#if HWY_TARGET == HWY_SCALAR
HWY_INLINE hn::Vec<Words> lower_words(hn::Vec<Bytes> v) {
  return hn::PromoteTo(Words(), v);
}
HWY_INLINE hn::Vec<Words> upper_words(hn::Vec<Bytes>) {
  return hn::Zero(Words());
}
HWY_INLINE hn::Vec<Bytes> saturated_bytes(hn::Vec<Words> lower, hn::Vec<Words>) {
  return hn::DemoteTo(Bytes(), signed_words(lower));
}
#else
HWY_INLINE hn::Vec<Words> lower_words(hn::Vec<Bytes> v) {
  return hn::PromoteTo(Words(), hn::LowerHalf(hn::Half<Bytes>(), v));
}
HWY_INLINE hn::Vec<Words> upper_words(hn::Vec<Bytes> v) {
  return hn::PromoteTo(Words(), hn::UpperHalf(hn::Half<Bytes>(), v));
}
HWY_INLINE hn::Vec<Bytes> saturated_bytes(hn::Vec<Words> lower, hn::Vec<Words> upper) {
  const hn::Half<Bytes> half;
  return hn::Combine(Bytes(), hn::DemoteTo(half, signed_words(upper)),
                     hn::DemoteTo(half, signed_words(lower)));
}
#endif

HWY_INLINE hn::Vec<Bytes> difference(hn::Vec<Bytes> a, hn::Vec<Bytes> b) {
  return hn::Or(hn::SaturatedSub(a, b), hn::SaturatedSub(b, a));
}

// residual · weight · unit / 65536
HWY_INLINE hn::Vec<Bytes> weighted(hn::Vec<Bytes> residual, hn::Vec<Bytes> weight,
                                   std::uint16_t unit) {
  const auto scale = hn::Set(Words(), unit);
  const auto lower = hn::MulHigh(hn::Mul(lower_words(residual), lower_words(weight)), scale);
  const auto upper = hn::MulHigh(hn::Mul(upper_words(residual), upper_words(weight)), scale);
  return saturated_bytes(lower, upper);
}

}  // namespace lowrank::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LOWRANK_KERNELS_SIMD_INL_H_
