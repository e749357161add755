// SPDX-License-Identifier: LGPL-2.1-or-later
#include "crc32.h"

#include <array>
#include <cstddef>

#include "crc_table.h"

namespace lowrank {
namespace {

constexpr std::size_t at_once = 8;
using Tables = std::array<std::array<std::uint32_t, 256>, at_once>;

// Table k: what a byte adds that k bytes follow.
constexpr Tables make_tables() {
  Tables tables{};
  tables[0] = crc_table<std::uint32_t, 0x04C11DB7>();
  for (std::size_t k = 1; k < at_once; k++)
    for (std::size_t byte = 0; byte < 256; byte++) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = before << 8 ^ tables[0][before >> 24];
    }
  return tables;
}

constexpr Tables tables = make_tables();

}  // namespace

// A model of a large picture is checked between two frames: eight bytes a step.
std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (; bytes.size() >= at_once; bytes = bytes.subspan(at_once)) {
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < at_once; i++) {
      const std::uint32_t before = i < 4 ? crc >> (24 - 8 * i) & 0xFF : 0;
      next ^= tables[at_once - 1 - i][before ^ bytes[i]];
    }
    crc = next;
  }
  for (const std::uint8_t byte : bytes)
    crc = crc << 8 ^ tables[0][crc >> 24 ^ byte];
  return crc;
}

}  // namespace lowrank
