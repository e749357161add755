// SPDX-License-Identifier: LGPL-2.1-or-later
//
// OpenBLAS's serial build (0.3.21, also with USE_LOCKING) looks for a free work buffer without
// holding its lock, so two threads that call it at the same instant may be given the same buffer,
// and wrong products come out now and then. The linker puts these functions in the place of the two
// that hand buffers out and take them back (-Wl,--wrap), in the copy that is linked into this
// library only.
#include <mutex>

// The names are the linker's: __wrap_x is called for x, and __real_x is what x was.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
void* __real_blas_memory_alloc(int kind);
void __real_blas_memory_free(void* buffer);
void* __wrap_blas_memory_alloc(int kind);
void __wrap_blas_memory_free(void* buffer);
}

namespace {

std::mutex& buffer_mutex() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

void* __wrap_blas_memory_alloc(int kind) {
  const std::lock_guard lock(buffer_mutex());
  return __real_blas_memory_alloc(kind);
}

void __wrap_blas_memory_free(void* buffer) {
  const std::lock_guard lock(buffer_mutex());
  __real_blas_memory_free(buffer);
}
// NOLINTEND(bugprone-reserved-identifier)
