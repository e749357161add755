// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "lowrank/codec.h"

namespace lowrank::codec {

/// Appends to `out` what ByteReader reads.
class ByteWriter {
 public:
  explicit ByteWriter(std::vector<std::uint8_t>& out) : out_(out) {}

  void byte(unsigned value) { out_.push_back(static_cast<std::uint8_t>(value)); }

  void two_bytes(unsigned value) {
    byte(value & 0xFF);
    byte(value >> 8);
  }

  /// A varint, or varint64 where the value is beyond 2³² − 1.
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7)
      byte(static_cast<unsigned>(value & 0x7F) | 0x80);
    byte(static_cast<unsigned>(value));
  }

  void bytes(ByteSpan values) { out_.insert(out_.end(), values.begin(), values.end()); }

 private:
  std::vector<std::uint8_t>& out_;
};

}  // namespace lowrank::codec
