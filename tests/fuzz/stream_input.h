// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "bytes.h"
#include "lowrank/codec.h"

namespace lowrank::fuzz {

/// What an input says to the targets that take a stream, besides what Settings reads.
///
/// - byte 0: size of the pieces in which the parser gets the stream
/// - byte 1: `max_rank`, if it is less than 64
/// - byte 2, bits 0 and 1: threads less 1
/// - byte 2, bit 2: small payloads only
/// - byte 2, bit 3: `max_rank` changes
/// - byte 2, bit 4: a flush between
struct StreamInput : Settings {
  std::size_t piece = 1;
  DecoderOptions options;
  bool rank_changes = false;
  bool flushes = false;
  ByteSpan stream;

  explicit StreamInput(ByteSpan input) : Settings(input), stream(rest) {
    piece = std::size_t{1} + bytes[0] * bytes[0] / 8u;
    options.max_rank = bytes[1] < 64 ? bytes[1] : 0;
    options.threads = 1 + (bytes[2] & 3);
    // Small, so that an input is done in no time; high pictures have several slices.
    options.limits.side = 1100;
    options.limits.pixels = 1 << 14;
    options.limits.payload = (bytes[2] & 4) != 0 ? 600 : 0;
    rank_changes = (bytes[2] & 8) != 0;
    flushes = (bytes[2] & 16) != 0;
  }
};

}  // namespace lowrank::fuzz
