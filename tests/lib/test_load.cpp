// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Loading the library must leave the host process as it was: hosts load plug-ins in scanners and
// fork afterwards. This program is not linked with the library.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <cfenv>
#include <clocale>
#include <fstream>
#include <string>

namespace {

int thread_count() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("Threads:", 0) == 0)
      return std::stoi(line.substr(8));
  return -1;
}

TEST(Load, LeavesTheProcessAlone) {
  ASSERT_EQ(thread_count(), 1);
  const int rounding = std::fegetround();
  std::fenv_t before{};
  std::fegetenv(&before);
  const std::string locale = std::setlocale(LC_ALL, nullptr);

  void* const library = dlopen(LOWRANK_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << dlerror();

  EXPECT_EQ(thread_count(), 1) << "loading started a thread";
  EXPECT_EQ(std::fegetround(), rounding);
  std::fenv_t after{};
  std::fegetenv(&after);
#ifdef __x86_64__
  EXPECT_EQ(after.__mxcsr & 0xffc0u, before.__mxcsr & 0xffc0u) << "floating point control changed";
#endif
  EXPECT_EQ(locale, std::setlocale(LC_ALL, nullptr));
#ifdef LOWRANK_BLAS_IS_PRIVATE
  EXPECT_EQ(dlsym(library, "cblas_sgemm"), nullptr) << "the BLAS shows outside of the library";
  EXPECT_EQ(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"), nullptr);
#endif
  EXPECT_EQ(dlclose(library), 0) << dlerror();
}

int mapping_count() {
  std::ifstream maps("/proc/self/maps");
  int count = 0;
  for (std::string line; std::getline(maps, line);)
    count++;
  return count;
}

TEST(Load, MayBeRepeated) {
  const auto load = [](int times) {
    for (int i = 0; i < times; i++) {
      void* const library = dlopen(LOWRANK_LIBRARY, RTLD_NOW | RTLD_LOCAL);
      ASSERT_NE(library, nullptr) << dlerror();
      ASSERT_EQ(dlclose(library), 0) << dlerror();
    }
  };
  // What is set up once is there by then.
  load(5);
  const int mappings = mapping_count();
  const std::size_t bytes = mallinfo2().uordblks;
  load(100);
  EXPECT_EQ(thread_count(), 1);
  EXPECT_LE(mapping_count(), mappings + 3);
  EXPECT_LT(mallinfo2().uordblks, bytes + 20000);
}

}  // namespace
