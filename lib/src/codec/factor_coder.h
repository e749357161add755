// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "codec/adaptive_bit.h"

namespace lowrank::codec {

/// Bits of the magnitude of the largest elements of a column and, once shifted, of a row.
constexpr int column_bits = 20;
constexpr int row_bits = 28;

/// Codes the elements of singular vectors, or their differences, as bit length, sign and the bits
/// below the highest one, each in the context of how large the two before it are.
class FactorCoder {
 public:
  void encode(RangeEncoder& coder, std::span<const std::int32_t> vector) {
    const bool differences = differ_less(vector);
    differences_.encode(coder, differences);
    Neighbours before;
    std::int32_t previous = 0;
    for (const std::int32_t element : vector) {
      const std::int32_t value = differences ? element - previous : element;
      encode_value(coder, before.context(), value);
      before.add(value);
      previous = element;
    }
  }

  /// False when an element has more than `most_bits`.
  bool decode(RangeDecoder& coder, std::span<std::int32_t> vector, int most_bits) {
    const bool differences = differences_.decode(coder);
    const std::int32_t limit = (std::int32_t{1} << most_bits) - 1;
    Neighbours before;
    std::int32_t previous = 0;
    for (std::int32_t& element : vector) {
      const std::int32_t value = decode_value(coder, before.context());
      before.add(value);
      element = differences ? previous + value : value;
      if (std::abs(element) > limit)
        return false;
      previous = element;
    }
    return true;
  }

 private:
  static constexpr int longest = row_bits + 1;  // of a difference
  static constexpr int contexts = 16;

  // Magnitudes of the two elements before.
  class Neighbours {
   public:
    int context() const {
      return std::min<int>(std::bit_width(2 * last_ + second_last_), contexts - 1);
    }
    void add(std::int32_t value) {
      second_last_ = last_;
      last_ = static_cast<std::uint32_t>(std::abs(value));
    }

   private:
    std::uint32_t last_ = 0;
    std::uint32_t second_last_ = 0;
  };

  static bool differ_less(std::span<const std::int32_t> vector) {
    std::int64_t plain = 0, differences = 0;
    std::int32_t previous = 0;
    for (const std::int32_t element : vector) {
      plain += std::bit_width(static_cast<std::uint32_t>(std::abs(element)));
      differences += std::bit_width(static_cast<std::uint32_t>(std::abs(element - previous)));
      previous = element;
    }
    return differences < plain;
  }

  void encode_value(RangeEncoder& coder, int context, std::int32_t value) {
    const auto magnitude = static_cast<std::uint32_t>(std::abs(value));
    const int length = std::bit_width(magnitude);
    auto& more = longer_[static_cast<std::size_t>(context)];
    for (int i = 0; i < length; i++)
      more[static_cast<std::size_t>(i)].encode(coder, true);
    if (length < longest)
      more[static_cast<std::size_t>(length)].encode(coder, false);
    if (length == 0)
      return;
    coder.raw(value < 0 ? 1 : 0, 1);
    if (length == 1)
      return;
    second_bit_[static_cast<std::size_t>(length)].encode(coder,
                                                         (magnitude >> (length - 2) & 1) != 0);
    coder.raw(magnitude, length - 2);
  }

  std::int32_t decode_value(RangeDecoder& coder, int context) {
    auto& more = longer_[static_cast<std::size_t>(context)];
    int length = 0;
    while (length < longest && more[static_cast<std::size_t>(length)].decode(coder))
      length++;
    if (length == 0)
      return 0;
    const bool negative = coder.raw(1) != 0;
    std::uint32_t magnitude = 1;
    if (length > 1) {
      const bool second = second_bit_[static_cast<std::size_t>(length)].decode(coder);
      magnitude = (2u | static_cast<std::uint32_t>(second)) << (length - 2) | coder.raw(length - 2);
    }
    return negative ? -static_cast<std::int32_t>(magnitude) : static_cast<std::int32_t>(magnitude);
  }

  AdaptiveBit differences_;
  std::array<std::array<AdaptiveBit, longest>, contexts> longer_;
  std::array<AdaptiveBit, longest + 1> second_bit_;
};

}  // namespace lowrank::codec
