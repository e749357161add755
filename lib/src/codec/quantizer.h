// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

namespace lowrank::codec {

constexpr int step_indices = 64;     ///< 0 … 63
constexpr int coefficient_bits = 3;  ///< coefficients are in 1/8 levels

/// The step that an index, 0 … 63, stands for: 2^(index/6) levels, in 1/64.
constexpr int step_of(int index) {
  constexpr std::array<int, 6> octave{64, 72, 81, 91, 102, 114};
  return octave[static_cast<std::size_t>(index % 6)] << (index / 6);
}

/// Coefficient, in 1/8, that a level stands for: nearer to 0 than the middle of what becomes it, by
/// 15/256 of the step for 1 and −1, and 5/256 beyond.
inline std::int16_t coefficient_of(int level, int step) {
  if (level == 0)
    return 0;
  const std::int64_t magnitude = std::abs(level);
  const std::int64_t scaled = magnitude * 256 - (magnitude == 1 ? 15 : 5);
  const std::int64_t value = std::min<std::int64_t>((scaled * step + 1024) >> 11, 32767);
  return static_cast<std::int16_t>(level < 0 ? -value : value);
}

}  // namespace lowrank::codec
