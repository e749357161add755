// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>

namespace lowrank {

/// What a byte adds to a cyclic redundancy check that takes a byte a step, the most significant bit
/// first.
template <typename Crc, Crc polynomial>
constexpr std::array<Crc, 256> crc_table() {
  constexpr int bits = 8 * sizeof(Crc);
  std::array<Crc, 256> table{};
  for (unsigned byte = 0; byte < 256; byte++) {
    unsigned remainder = byte << (bits - 8);
    for (int i = 0; i < 8; i++)
      remainder = remainder << 1 ^ (remainder >> (bits - 1) & 1 ? polynomial : 0u);
    table[byte] = static_cast<Crc>(remainder);
  }
  return table;
}

}  // namespace lowrank
