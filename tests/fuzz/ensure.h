// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdio>
#include <cstdlib>

namespace lowrank::fuzz {

/// Ends the program, as a fault of its own would, when what must hold does not.
inline void ensure(bool holds, const char* what) {
  if (holds)
    return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace lowrank::fuzz
