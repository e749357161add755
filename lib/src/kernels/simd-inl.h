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

}  // namespace lowrank::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LOWRANK_KERNELS_SIMD_INL_H_
