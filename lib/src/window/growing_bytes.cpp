// SPDX-License-Identifier: LGPL-2.1-or-later
#include "window/growing_bytes.h"

#include <cstdlib>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace lowrank {

#if defined(__linux__)

GrowingBytes::~GrowingBytes() {
  if (data_)
    munmap(data_, size_);
}

void GrowingBytes::grow(std::size_t size) {
  void* grown =
      data_ ? mremap(data_, size_, size, MREMAP_MAYMOVE)
            : mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (grown == MAP_FAILED)
    throw std::bad_alloc();
  data_ = static_cast<std::uint8_t*>(grown);
  size_ = size;
}

#else

GrowingBytes::~GrowingBytes() {
  std::free(data_);
}

void GrowingBytes::grow(std::size_t size) {
  void* grown = std::realloc(data_, size);
  if (!grown)
    throw std::bad_alloc();
  data_ = static_cast<std::uint8_t*>(grown);
  size_ = size;
}

#endif

}  // namespace lowrank
