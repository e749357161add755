// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "bytes.h"

/// Checksums apart from those of the library, so that changes get past these.
namespace lowrank::fuzz {

/// CRC-32 of a model: the most significant bit first, no final xor.
inline std::uint32_t model_crc32(ByteSpan bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::uint8_t byte : bytes) {
    crc ^= std::uint32_t{byte} << 24;
    for (int bit = 0; bit < 8; bit++)
      crc = crc << 1 ^ (crc >> 31 != 0 ? 0x04C11DB7u : 0);
  }
  return crc;
}

/// CRC-32 of a chunk of a PNG: the least significant bit first.
inline std::uint32_t png_crc32(ByteSpan bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320u : 0);
  }
  return ~crc;
}

}  // namespace lowrank::fuzz
