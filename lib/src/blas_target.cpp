// SPDX-License-Identifier: LGPL-2.1-or-later
//
// OpenBLAS picks its kernels by the model number of the processor. One that is newer than OpenBLAS
// is taken for the oldest it has kernels for: 0.3.21 knows none of Intel's server processors after
// Sapphire Rapids, and runs its kernels for Prescott, of 2004, on them, at a seventh of the speed.
// The linker puts these functions in the place of the one that picks and of the getenv() that it
// calls (-Wl,--wrap), in the copy that is linked into this library only. Where the pick was that
// old and the processor can do better, it is made again by name.
#include <cstdlib>
#include <cstring>

// The names are the linker's: __wrap_x is called for x, and __real_x is what x was.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
char* openblas_get_corename();
void gotoblas_dynamic_quit();
void __real_gotoblas_dynamic_init();
char* __real_getenv(const char* name);
void __wrap_gotoblas_dynamic_init();
char* __wrap_getenv(const char* name);
}

namespace {

constexpr const char* variable = "OPENBLAS_CORETYPE";

// The name of kernels that this processor can run; null for those of before AVX2.
const char* best_core() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
    return nullptr;
  const bool skylake = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
                       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                       __builtin_cpu_supports("avx512vl");
  return skylake ? "SkylakeX" : "Haswell";
#else
  return nullptr;
#endif
}

// Written once, before main() or while dlopen() runs constructors.
char chosen[16];

}  // namespace

char* __wrap_getenv(const char* name) {
  if (chosen[0] && std::strcmp(name, variable) == 0)
    return chosen;
  return __real_getenv(name);
}

void __wrap_gotoblas_dynamic_init() {
  __real_gotoblas_dynamic_init();
  const char* best = best_core();
  if (!best || __real_getenv(variable) || std::strcmp(openblas_get_corename(), "Prescott") != 0)
    return;
  std::strcpy(chosen, best);
  gotoblas_dynamic_quit();
  __real_gotoblas_dynamic_init();
}
// NOLINTEND(bugprone-reserved-identifier)
