// SPDX-License-Identifier: LGPL-2.1-or-later
#include "allocations.h"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace allocations {

std::atomic<long> plain{0};
std::atomic<long> aligned{0};
std::atomic<long> live{0};
std::atomic<long> refused{0};

namespace {

std::atomic<long> made{0};  // since fail_from()
std::atomic<long> first_to_fail{never};
std::atomic<long> last_to_fail{never};

void* allocate(std::size_t size, std::size_t alignment) {
  const long number = ++made;
  if (number >= first_to_fail && number <= last_to_fail) {
    refused++;
    throw std::bad_alloc();
  }
  void* memory = std::aligned_alloc(alignment, (size + alignment) / alignment * alignment);
  if (memory == nullptr)
    throw std::bad_alloc();
  live++;
  return memory;
}

void give_back(void* memory) {
  live -= memory != nullptr;
  std::free(memory);
}

}  // namespace

void fail_from(long first, long last) {
  made = 0;
  refused = 0;
  last_to_fail = last;
  first_to_fail = first;
}

void fail_never() {
  first_to_fail = never;
}

}  // namespace allocations

void* operator new(std::size_t size) {
  allocations::plain++;
  return allocations::allocate(size, alignof(std::max_align_t));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  allocations::aligned++;
  return allocations::allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept {
  allocations::give_back(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  allocations::give_back(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  allocations::give_back(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  allocations::give_back(memory);
}

// The others by these, as the standard library has it: a sanitizer's are not.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void* operator new[](std::size_t size) {
  return operator new(size);
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return operator new(size, alignment);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  operator delete(memory);
}
void operator delete[](void* memory) noexcept {
  operator delete(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  operator delete(memory);
}
void operator delete[](void* memory, std::align_val_t alignment) noexcept {
  operator delete(memory, alignment);
}
void operator delete[](void* memory, std::size_t, std::align_val_t alignment) noexcept {
  operator delete(memory, alignment);
}
