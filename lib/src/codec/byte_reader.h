// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "lowrank/codec.h"

namespace lowrank::codec {

/// Reads bytes from front to back. What is not there, or is no number of the range asked for, fails
/// the reader: it then gives zeros and nothing more, so that it is enough to ask ok() once, before
/// what was read is believed.
class ByteReader {
 public:
  explicit ByteReader(ByteSpan bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  /// Bytes that are left; none when it failed.
  std::size_t left() const { return bytes_.size(); }

  std::uint8_t byte() {
    const ByteSpan one = bytes(1);
    return ok_ ? one[0] : std::uint8_t{0};
  }

  std::uint16_t two_bytes() {
    const ByteSpan two = bytes(2);
    return ok_ ? static_cast<std::uint16_t>(two[0] | two[1] << 8) : std::uint16_t{0};
  }

  std::uint32_t varint() {
    const std::uint64_t value = varint_of(5);
    if (value > UINT32_MAX)
      fail();
    return ok_ ? static_cast<std::uint32_t>(value) : 0;
  }

  std::uint64_t varint64() { return varint_of(10); }

  ByteSpan bytes(std::size_t count) {
    if (count > bytes_.size()) {
      fail();
      return {};
    }
    const ByteSpan taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }

  /// A reader of the next `count` bytes, which this one passes over; when they are not all there,
  /// both have failed.
  ByteReader part(std::size_t count) {
    ByteReader reader(bytes(count));
    reader.ok_ = ok_;
    return reader;
  }

  /// All that is left, which is not consumed.
  ByteSpan rest() const { return bytes_; }

  void fail() {
    ok_ = false;
    bytes_ = {};
  }

 private:
  std::uint64_t varint_of(int most_bytes) {
    std::uint64_t value = 0;
    for (int i = 0; i < most_bytes; i++) {
      const std::uint8_t next = byte();
      const std::uint64_t bits = next & 0x7F;
      if (i == 9 && bits > 1)  // beyond 64 bits
        break;
      value |= bits << (7 * i);
      if (next < 0x80)
        return value;
    }
    fail();
    return 0;
  }

  ByteSpan bytes_;
  bool ok_ = true;
};

}  // namespace lowrank::codec
