// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "lowrank/codec.h"

namespace lowrank::codec {

// Binary range coder (Martin, "Range encoding: an algorithm for removing redundancy from a
// digitised message", 1979), with carries resolved when they are known (Schindler 1998). A bit
// takes −log2 of its probability, which is given as that of a 1 in 1/65536, 1 … 65535.

constexpr int probability_bits = 16;
constexpr std::uint32_t smallest_range = 1u << 24;

class RangeEncoder {
 public:
  void bit(bool value, std::uint32_t p1) {
    const auto bound = static_cast<std::uint32_t>((std::uint64_t{range_} * p1) >> probability_bits);
    if (value) {
      range_ = bound;
    } else {
      low_ += bound;
      range_ -= bound;
    }
    while (range_ < smallest_range)
      shift();
  }

  /// The lowest `count` bits, ≤ 32, each at a half.
  void raw(std::uint32_t value, int count) {
    for (int i = count - 1; i >= 0; i--)
      bit((value >> i) & 1, 1u << (probability_bits - 1));
  }

  /// Ends the bytes. What a decoder reads behind them counts as 0.
  std::vector<std::uint8_t> finish() {
    // A multiple of 2²⁴ always lies in the range; zeros at the end need no bytes.
    low_ = (low_ + range_ - 1) & ~std::uint64_t{0xFFFFFF};
    for (int i = 0; i < 5; i++)
      shift();
    while (!bytes_.empty() && bytes_.back() == 0)
      bytes_.pop_back();
    return std::move(bytes_);
  }

 private:
  void shift() {
    if (low_ < 0xFF000000u || low_ > 0xFFFFFFFFu) {
      const auto carry = static_cast<std::uint8_t>(low_ >> 32);
      if (started_)
        bytes_.push_back(static_cast<std::uint8_t>(pending_ + carry));
      for (; waiting_ > 0; waiting_--)
        bytes_.push_back(static_cast<std::uint8_t>(0xFF + carry));
      pending_ = static_cast<std::uint8_t>(low_ >> 24);
      started_ = true;
    } else {
      waiting_++;
    }
    low_ = (low_ & 0x00FFFFFF) << 8;
    range_ <<= 8;
  }

  std::uint64_t low_ = 0;
  std::uint32_t range_ = 0xFFFFFFFF;
  std::uint8_t pending_ = 0;
  bool started_ = false;
  std::size_t waiting_ = 0;  // bytes 0xFF that a carry may still turn into 0
  std::vector<std::uint8_t> bytes_;
};

/// Reads any bytes without end: behind the last one come zeros.
class RangeDecoder {
 public:
  explicit RangeDecoder(ByteSpan bytes) : next_(bytes.data()), end_(next_ + bytes.size()) {
    for (int i = 0; i < 4; i++)
      code_ = code_ << 8 | byte();
  }

  bool bit(std::uint32_t p1) {
    const auto bound = static_cast<std::uint32_t>((std::uint64_t{range_} * p1) >> probability_bits);
    const bool value = code_ < bound;
    if (value) {
      range_ = bound;
    } else {
      code_ -= bound;
      range_ -= bound;
    }
    while (range_ < smallest_range) {
      range_ <<= 8;
      code_ = code_ << 8 | byte();
    }
    return value;
  }

  std::uint32_t raw(int count) {
    std::uint32_t value = 0;
    for (int i = 0; i < count; i++)
      value = value << 1 | static_cast<std::uint32_t>(bit(1u << (probability_bits - 1)));
    return value;
  }

  /// Bytes read that were not there; more than 4 in no intact stream but for zeros left away.
  std::size_t overrun() const { return overrun_; }

 private:
  std::uint8_t byte() {
    if (next_ != end_)
      return *next_++;
    overrun_++;
    return 0;
  }

  const std::uint8_t* next_;
  const std::uint8_t* end_;
  std::uint32_t range_ = 0xFFFFFFFF;
  std::uint32_t code_ = 0;
  std::size_t overrun_ = 0;
};

}  // namespace lowrank::codec
