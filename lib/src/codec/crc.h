// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "crc_table.h"
#include "lowrank/codec.h"

namespace lowrank::codec {

// Cyclic redundancy checks of packets, a byte a step: polynomials as docs/bitstream.md has them,
// no reflection, no final xor.

inline constexpr auto crc8_table = crc_table<std::uint8_t, 0x07>();
inline constexpr auto crc16_table = crc_table<std::uint16_t, 0x1021>();

inline std::uint8_t crc8(ByteSpan bytes) {
  std::uint8_t crc = 0;
  for (const std::uint8_t byte : bytes)
    crc = crc8_table[crc ^ byte];
  return crc;
}

inline std::uint16_t crc16(ByteSpan bytes) {
  std::uint16_t crc = 0xFFFF;
  for (const std::uint8_t byte : bytes)
    crc = static_cast<std::uint16_t>(crc << 8 ^
                                     crc16_table[static_cast<std::size_t>(crc >> 8 ^ byte)]);
  return crc;
}

}  // namespace lowrank::codec
