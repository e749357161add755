// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdlib>

// How much a test does, and with what: LOWRANK_TEST_SCALE multiplies its counts, LOWRANK_TEST_SEED
// is where its random numbers begin. See docs/reliability.md.
namespace scale {

inline long number_of(const char* variable, long otherwise) {
  const char* text = std::getenv(variable);
  char* end = nullptr;
  const long number = text ? std::strtol(text, &end, 10) : 0;
  return text && end != text && *end == '\0' && number >= 0 ? number : otherwise;
}

/// So many times as much as `count` as was asked for.
inline int scaled(int count) {
  const long scale = number_of("LOWRANK_TEST_SCALE", 1);
  return static_cast<int>(count * (scale > 0 ? scale : 1));
}

/// To be shown by a test that fails, so that it can be run again.
inline unsigned seed() {
  return static_cast<unsigned>(number_of("LOWRANK_TEST_SEED", 20261));
}

}  // namespace scale
