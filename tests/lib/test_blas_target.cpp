// SPDX-License-Identifier: LGPL-2.1-or-later
//
// blas_target.cpp with a stand-in for OpenBLAS that knows no processor.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace {

std::string core;

bool has_avx2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
void __wrap_gotoblas_dynamic_init();
char* __wrap_getenv(const char* name);

char* __real_getenv(const char* name) {
  return std::getenv(name);
}
char* openblas_get_corename() {
  return core.data();
}
void gotoblas_dynamic_quit() {
  core.clear();
}
void __real_gotoblas_dynamic_init() {
  if (!core.empty())
    return;
  const char* wanted = __wrap_getenv("OPENBLAS_CORETYPE");
  core = wanted ? wanted : "Prescott";
}
}
// NOLINTEND(bugprone-reserved-identifier)

namespace {

// In this order: what was chosen once stays for the process, as it does in the library.
TEST(BlasTarget, TheHostsWordCounts) {
  setenv("OPENBLAS_CORETYPE", "Prescott", 1);
  __wrap_gotoblas_dynamic_init();
  EXPECT_EQ(core, "Prescott");
  unsetenv("OPENBLAS_CORETYPE");
}

TEST(BlasTarget, KnownProcessorsKeepTheirKernels) {
  core = "Zen";
  __wrap_gotoblas_dynamic_init();
  EXPECT_EQ(core, "Zen");
  core.clear();
}

TEST(BlasTarget, UnknownProcessorsGetWhatTheyCanRun) {
  __wrap_gotoblas_dynamic_init();
  if (has_avx2())
    EXPECT_TRUE(core == "SkylakeX" || core == "Haswell") << core;
  else
    EXPECT_EQ(core, "Prescott");
  EXPECT_EQ(std::getenv("OPENBLAS_CORETYPE"), nullptr) << "the host's environment was changed";
}

}  // namespace
