// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "codec/range_coder.h"

namespace lowrank::codec {

/// The probability that a bit is 1 where it occurs, learned from those coded before: the mean of
/// one that follows fast and one that follows slowly.
class AdaptiveBit {
 public:
  void encode(RangeEncoder& coder, bool value) {
    coder.bit(value, p1());
    learn(value);
  }

  bool decode(RangeDecoder& coder) {
    const bool value = coder.bit(p1());
    learn(value);
    return value;
  }

 private:
  static constexpr int fast_rate = 4;
  static constexpr int slow_rate = 7;
  static constexpr std::uint32_t one = 1u << probability_bits;

  // Neither ever comes to 0 or to 1.
  std::uint32_t p1() const { return (fast_ + slow_) >> 1; }

  void learn(bool value) {
    if (value) {
      fast_ += (one - fast_) >> fast_rate;
      slow_ += (one - slow_) >> slow_rate;
    } else {
      fast_ -= fast_ >> fast_rate;
      slow_ -= slow_ >> slow_rate;
    }
  }

  std::uint32_t fast_ = one / 2;
  std::uint32_t slow_ = one / 2;
};

}  // namespace lowrank::codec
