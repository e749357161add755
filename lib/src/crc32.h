// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>

namespace lowrank {

/// CRC-32 with the polynomial 0x04C11DB7, the most significant bit first, from all ones on, without
/// a final xor ("CRC-32/MPEG-2": 0x0376E6E7 for the digits 1 to 9).
std::uint32_t crc32(std::span<const std::uint8_t> bytes);

}  // namespace lowrank
