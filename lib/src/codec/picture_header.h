// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "codec/byte_reader.h"
#include "lowrank/codec.h"

namespace lowrank::codec {

/// What stands before the layout's part of a picture's payload.
struct PictureHeader {
  PictureInfo info;
  std::uint8_t number = 0;  ///< modulo 256
  Layout layout = Layout::patch;
};

/// Appends it. Times and durations that lie on the grid of the frame rate take a byte or two or
/// none.
void append_picture_header(const PictureHeader& header, const Rational& frame_rate,
                           std::vector<std::uint8_t>& out);

/// False when there is none, or times are beyond 2⁶⁴ − 1 nanoseconds.
bool read_picture_header(ByteReader& reader, const Rational& frame_rate, PictureHeader& header);

}  // namespace lowrank::codec
