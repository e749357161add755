// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernels/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/composite.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lowrank::kernels::HWY_NAMESPACE {

HWY_ATTR void keep_masked_row(const std::uint8_t* x, const std::uint8_t* mask, std::uint8_t fill,
                              std::uint8_t* out, int width) {
  const Bytes d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const auto blank = hn::Set(d, fill);
  int i = 0;
  for (; i + lanes <= width; i += lanes) {
    const auto set = hn::Ne(hn::LoadU(d, mask + i), hn::Zero(d));
    hn::StoreU(hn::IfThenElse(set, hn::LoadU(d, x + i), blank), d, out + i);
  }
  for (; i < width; i++)
    out[i] = mask[i] ? x[i] : fill;
}

HWY_ATTR void keep_masked_pairs_row(const std::uint8_t* x, const MaskPairs& mask, std::uint8_t fill,
                                    std::uint8_t* out, int width) {
  const Bytes d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const auto blank = hn::Set(d, fill);
  int i = 0;
  for (; 2 * (i + lanes) <= mask.width; i += lanes) {
    hn::Vec<Bytes> even_above, odd_above, even_below, odd_below;
    hn::LoadInterleaved2(d, mask.above + 2 * i, even_above, odd_above);
    hn::LoadInterleaved2(d, mask.below + 2 * i, even_below, odd_below);
    const auto any = hn::Or(hn::Or(even_above, odd_above), hn::Or(even_below, odd_below));
    const auto set = hn::Ne(any, hn::Zero(d));
    hn::StoreU(hn::IfThenElse(set, hn::LoadU(d, x + i), blank), d, out + i);
  }
  for (; i < width; i++) {
    int set = mask.above[2 * i] | mask.below[2 * i];
    if (2 * i + 1 < mask.width)
      set |= mask.above[2 * i + 1] | mask.below[2 * i + 1];
    out[i] = set ? x[i] : fill;
  }
}

HWY_ATTR void interleave_row(const std::uint8_t* const* parts, std::uint8_t* out, int width) {
  const Bytes d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  int i = 0;
  for (; i + lanes <= width; i += lanes)
    hn::StoreInterleaved4(hn::LoadU(d, parts[0] + i), hn::LoadU(d, parts[1] + i),
                          hn::LoadU(d, parts[2] + i), hn::LoadU(d, parts[3] + i), d, out + 4 * i);
  for (; i < width; i++)
    for (int p = 0; p < 4; p++)
      out[4 * i + p] = parts[p][i];
}

}  // namespace lowrank::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowrank::kernels {

HWY_EXPORT(keep_masked_row);
HWY_EXPORT(keep_masked_pairs_row);
HWY_EXPORT(interleave_row);

void keep_masked(const std::uint8_t* x, const std::uint8_t* mask, std::uint8_t fill,
                 std::uint8_t* out, int width) {
  HWY_DYNAMIC_DISPATCH(keep_masked_row)(x, mask, fill, out, width);
}

void keep_masked_pairs(const std::uint8_t* x, const MaskPairs& mask, std::uint8_t fill,
                       std::uint8_t* out, int width) {
  HWY_DYNAMIC_DISPATCH(keep_masked_pairs_row)(x, mask, fill, out, width);
}

void interleave(const std::uint8_t* const* parts, std::uint8_t* out, int width) {
  HWY_DYNAMIC_DISPATCH(interleave_row)(parts, out, width);
}

}  // namespace lowrank::kernels
#endif
