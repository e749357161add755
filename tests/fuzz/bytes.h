// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace lowrank::fuzz {

using Bytes = std::vector<std::uint8_t>;
using ByteSpan = std::span<const std::uint8_t>;

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

/// Bytes before the rest of an input: they say what is done with it.
constexpr std::size_t settings_size = 4;

/// What an input of any target begins with. Bytes 0 and 1 and the lower bits of byte 2 are the
/// target's own.
///
/// - byte 2, bit 5: all allocations fail from the one of byte 3 on
/// - byte 3: which allocation fails, where they do
struct Settings {
  std::array<std::uint8_t, settings_size> bytes{};
  bool all_fail = false;
  long failing_allocation = 1;
  ByteSpan rest;

  explicit Settings(ByteSpan input) {
    const std::size_t count = std::min(input.size(), settings_size);
    std::copy_n(input.begin(), count, bytes.begin());
    rest = input.subspan(count);
    all_fail = (bytes[2] & 32) != 0;
    failing_allocation = 1 + bytes[3] * (1 + bytes[3] / 16);
  }
};

}  // namespace lowrank::fuzz
