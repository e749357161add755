// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "lowrank/codec.h"

namespace lowrank::codec {

/// The longest side that the bitstream knows.
constexpr int largest_side = 16384;

/// The payload of a sequence packet, for a StreamInfo that was checked.
std::vector<std::uint8_t> sequence_payload(const StreamInfo& info);

/// Reads it; `info` is set when nothing was wrong.
StreamError read_sequence(ByteSpan payload, const CodecLimits& limits, StreamInfo& info);

}  // namespace lowrank::codec
