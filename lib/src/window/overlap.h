// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>

namespace lowrank {

/// Frames that a window shares with the next one, over which the plates of the one go over into
/// those of the other.
constexpr int overlap_of_windows(int window) {
  return window / 4;
}

/// Weight of the later window in the `i`-th, from 0, of the frames that two windows share.
constexpr float fade_weight(std::ptrdiff_t i, std::ptrdiff_t count) {
  return static_cast<float>(i + 1) / static_cast<float>(count + 1);
}

/// Frames that are held when the first comes out: a window is factorized while the next one fills.
constexpr int delay_of_windows(int window) {
  return 2 * window - overlap_of_windows(window) - 1;
}

}  // namespace lowrank
