// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>

#include "rpcasplit/gray_picture.h"

namespace gst_lowrank {

/// Reads a PGM picture as netpbm's manual page pgm(5) describes it: P5, or P2 in plain text, with
/// levels of up to 16 bits, which become 8. Throws std::runtime_error that says what is wrong.
GrayPicture parse_pgm(std::span<const std::uint8_t> bytes);

}  // namespace gst_lowrank
