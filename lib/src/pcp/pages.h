// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "lowrank/matrix_view.h"

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
#endif

/// What the system may know of large memory that is used for a while only.
namespace lowrank::pcp {

#if defined(__linux__)

constexpr bool pages_can_be_released = true;

inline void advise_pages(float* memory, Index count, int advice) {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  const auto bytes = static_cast<std::uintptr_t>(count) * sizeof(float);
  const std::uintptr_t first = (address + page - 1) / page * page;
  const std::uintptr_t last = (address + bytes) / page * page;
  if (last > first)
    madvise(reinterpret_cast<void*>(first), last - first, advice);
}

/// Gives the whole pages of this memory back, with the loss of its values; it stays allocated.
inline void release_pages(float* memory, Index count) {
  advise_pages(memory, count, MADV_DONTNEED);
}

/// Asks that a page be made when it is first written, not with its neighbours: for a matrix that
/// grows while others are released.
inline void avoid_huge_pages(float* memory, Index count) {
  advise_pages(memory, count, MADV_NOHUGEPAGE);
}

#else

constexpr bool pages_can_be_released = false;
inline void release_pages(float*, Index) {}
inline void avoid_huge_pages(float*, Index) {}

#endif

}  // namespace lowrank::pcp
