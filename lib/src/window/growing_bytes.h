// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace lowrank {

/// Memory that grows without a copy, and takes what has been written and no more. It is not of the
/// heap, which would keep what a block has outgrown.
class GrowingBytes {
 public:
  GrowingBytes() = default;
  GrowingBytes(const GrowingBytes&) = delete;
  GrowingBytes& operator=(const GrowingBytes&) = delete;
  ~GrowingBytes();

  std::uint8_t* data() const { return data_; }
  /// To `size` bytes, no fewer than before; they keep their values, not their place. Throws
  /// std::bad_alloc and leaves all as it was.
  void grow(std::size_t size);

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace lowrank
