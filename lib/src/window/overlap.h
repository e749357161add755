// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "lowrank/window.h"

namespace lowrank {

/// Frames that are held when the first comes out: a window is factorized while the next one fills.
constexpr int delay_of_windows(int window) {
  return 2 * window - overlap_of_windows(window) - 1;
}

}  // namespace lowrank
