// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "codec/range_coder.h"

namespace lowrank::codec {

// Logistic mixing (Mahoney, "Adaptive weighing of context models for lossless data compression",
// 2005), with weights that are fixed, in integers.
//
// Both tables are of x = ln(p/(1 − p)) in 1/256, −2048 … 2047.

namespace detail {

// e^x by squaring, in plain operations that every compiler rounds alike.
constexpr double exponential(double x) {
  double y = x / 1024;
  double sum = 1;
  for (int i = 20; i > 0; i--)
    sum = 1 + y * sum / i;
  for (int i = 0; i < 10; i++)
    sum *= sum;
  return sum;
}

constexpr std::array<std::uint16_t, 4096> make_squash() {
  std::array<std::uint16_t, 4096> table{};
  for (int i = 0; i < 4096; i++) {
    const double p = 65536 / (1 + exponential(-(i - 2048) / 256.0));
    table[static_cast<std::size_t>(i)] = static_cast<std::uint16_t>(p + 0.5);
  }
  return table;
}

}  // namespace detail

/// Probability in 1/65536 of x + 2048.
inline constexpr std::array<std::uint16_t, 4096> squash_table = detail::make_squash();

namespace detail {

constexpr std::array<std::int16_t, 4096> make_stretch() {
  std::array<std::int16_t, 4096> table{};
  int x = 0;
  for (int p = 0; p < 4096; p++) {
    while (x < 4095 && squash_table[static_cast<std::size_t>(x)] < p * 16 + 8)
      x++;
    table[static_cast<std::size_t>(p)] = static_cast<std::int16_t>(x - 2048);
  }
  return table;
}

// 1/(n + 1.8) in 1/16384, but at least 1/220.
constexpr int counts = 220;
constexpr std::array<std::uint16_t, counts> make_rates() {
  std::array<std::uint16_t, counts> table{};
  for (int n = 0; n < counts; n++)
    table[static_cast<std::size_t>(n)] =
        static_cast<std::uint16_t>(std::max(163840 / (10 * n + 18), 16384 / 220));
  return table;
}

}  // namespace detail

/// x of a probability in 1/4096.
inline constexpr std::array<std::int16_t, 4096> stretch_table = detail::make_stretch();

inline constexpr std::array<std::uint16_t, detail::counts> rate_table = detail::make_rates();

constexpr int smallest_probability = 32;
constexpr int largest_probability = 65504;

/// How probable a 1 is in some context, learned from what was there: the mean of all bits at first,
/// of about the last 220 later.
struct BitModel {
  std::uint16_t p1 = 1u << (probability_bits - 1);
  std::uint8_t count = 0;

  void update(bool bit) {
    const int target = bit ? 65535 : 0;
    const int next = p1 + (((target - p1) * rate_table[count]) >> 14);
    p1 = static_cast<std::uint16_t>(std::clamp(next, smallest_probability, largest_probability));
    if (count < detail::counts - 1)
      count++;
  }
};

/// The probability that two models together give: the mean of their x.
inline std::uint32_t mixed(const BitModel& a, const BitModel& b) {
  const int sum = stretch_table[a.p1 >> 4] + stretch_table[b.p1 >> 4];
  return squash_table[static_cast<std::size_t>((sum >> 1) + 2048)];
}

/// Writes bits, each by one or two models.
struct BitWriter {
  RangeEncoder range;

  bool operator()(bool bit, BitModel& a) {
    range.bit(bit, a.p1);
    a.update(bit);
    return bit;
  }
  bool operator()(bool bit, BitModel& a, BitModel& b) {
    range.bit(bit, mixed(a, b));
    a.update(bit);
    b.update(bit);
    return bit;
  }
  std::uint32_t raw(std::uint32_t value, int count) {
    range.raw(value, count);
    return value;
  }
};

/// Reads them: what is given as the bit counts for nothing.
struct BitReader {
  RangeDecoder range;

  explicit BitReader(ByteSpan bytes) : range(bytes) {}
  bool operator()(bool, BitModel& a) {
    const bool bit = range.bit(a.p1);
    a.update(bit);
    return bit;
  }
  bool operator()(bool, BitModel& a, BitModel& b) {
    const bool bit = range.bit(mixed(a, b));
    a.update(bit);
    b.update(bit);
    return bit;
  }
  std::uint32_t raw(std::uint32_t, int count) { return range.raw(count); }
};

namespace detail {

// −log2 of (i + ½)/4096 in 1/256.
constexpr std::array<std::uint16_t, 4096> make_costs() {
  std::array<std::uint16_t, 4096> table{};
  for (int i = 0; i < 4096; i++) {
    // Bits of the power: (i + ½)/4096 = 2^−c.
    double x = (2 * i + 1) / 8192.0;
    double cost = 0;
    while (x < 1) {
      x *= 2;
      cost++;
    }
    double part = 1;
    for (int bit = 0; bit < 12; bit++) {
      part /= 2;
      x *= x;
      if (x >= 2) {
        x /= 2;
        cost -= part;
      }
    }
    table[static_cast<std::size_t>(i)] = static_cast<std::uint16_t>(cost * 256 + 0.5);
  }
  return table;
}

}  // namespace detail

inline constexpr std::array<std::uint16_t, 4096> cost_table = detail::make_costs();
constexpr int cost_of_a_bit = 256;

inline int cost_of(bool bit, std::uint32_t p1) {
  return cost_table[(bit ? p1 : 65535 - p1) >> 4];
}

/// Adds up what bits would take, in 1/256 bit, and changes no model.
struct BitCounter {
  int cost = 0;

  bool operator()(bool bit, const BitModel& a) {
    cost += cost_of(bit, a.p1);
    return bit;
  }
  bool operator()(bool bit, const BitModel& a, const BitModel& b) {
    cost += cost_of(bit, mixed(a, b));
    return bit;
  }
  std::uint32_t raw(std::uint32_t value, int count) {
    cost += count * cost_of_a_bit;
    return value;
  }
};

}  // namespace lowrank::codec
