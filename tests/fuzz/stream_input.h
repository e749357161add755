// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "lowrank/codec.h"

namespace lowrank::fuzz {

/// Bytes before the stream in an input: they say how it is read.
constexpr std::size_t settings_size = 4;

/// Bytes of an input that are worth it: a few pictures.
constexpr std::size_t most_input_bytes = 6 * 1024;

/// What an input of a target says.
///
/// - byte 0: size of the pieces in which the parser gets the stream
/// - byte 1: `max_rank`, if it is less than 64
/// - byte 2, bits 0 and 1: threads less 1
/// - byte 2, bit 2: small payloads only
/// - byte 2, bit 3: `max_rank` changes
/// - byte 2, bit 4: a flush between
/// - byte 2, bit 5: all allocations fail from the one of byte 3 on
/// - byte 3: which allocation fails, where they do
/// - the rest: the stream
struct StreamInput {
  std::size_t piece = 1;
  DecoderOptions options;
  bool rank_changes = false;
  bool flushes = false;
  bool all_fail = false;
  long failing_allocation = 1;
  ByteSpan stream;

  explicit StreamInput(ByteSpan input) {
    std::uint8_t settings[settings_size] = {};
    const std::size_t count = std::min(input.size(), settings_size);
    std::copy_n(input.begin(), count, settings);
    stream = input.subspan(count);
    piece = std::size_t{1} + settings[0] * settings[0] / 8u;
    options.max_rank = settings[1] < 64 ? settings[1] : 0;
    options.threads = 1 + (settings[2] & 3);
    // Small, so that an input is done in no time; high pictures have several slices.
    options.limits.side = 1100;
    options.limits.pixels = 1 << 14;
    options.limits.payload = (settings[2] & 4) != 0 ? 600 : 0;
    rank_changes = (settings[2] & 8) != 0;
    flushes = (settings[2] & 16) != 0;
    all_fail = (settings[2] & 32) != 0;
    failing_allocation = 1 + settings[3] * (1 + settings[3] / 16);
  }
};

/// A copy that ends where its memory ends, so that reading beyond shows.
class HeapCopy {
 public:
  explicit HeapCopy(ByteSpan bytes)
      : size_(bytes.size()), bytes_(std::make_unique<std::uint8_t[]>(bytes.size())) {
    std::copy(bytes.begin(), bytes.end(), bytes_.get());
  }
  operator ByteSpan() const { return {bytes_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<std::uint8_t[]> bytes_;
};

}  // namespace lowrank::fuzz
