// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "codec/factor_coder.h"
#include "codec/plane_factors.h"

namespace lowrank::codec {

// The syntax of layout 1, see docs/bitstream.md.

constexpr int largest_fraction = 62;
constexpr int shift_bits = 5;
constexpr int largest_shift = row_bits - 1;

/// Stands behind the last component: bits that are 0 lie high in the range, so that few zero bytes
/// at the end are left away, and damage shows.
constexpr int end_mark_bits = 8;
constexpr std::uint32_t end_mark = 0;

/// Contexts of a plane; columns and rows have steps of their own.
struct FactorCoders {
  FactorCoder columns;
  FactorCoder rows;
};

/// Bytes that `rank` components must have: half a bit an element, so that the work of a decoder is
/// bounded by the bytes that it is given.
constexpr std::size_t least_bytes(std::size_t rank, int width, int height) {
  return (rank * static_cast<std::size_t>(width + height) + 15) / 16;
}

}  // namespace lowrank::codec
