// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>

#include "engine.h"
#include "window/plates.h"

namespace lowrank {

/// A window to be solved. It holds what it needs by value, for a thread of its own; only the frames
/// have to stay as they are.
struct WindowTask {
  ByteView frames;
  BackgroundOptions options;
  Callbacks callbacks;
  Joints joints;
};

/// What is known of a window then; no plates when it was cancelled.
struct SolvedWindow {
  std::shared_ptr<const Plates> plates;  ///< without their tail
  std::shared_ptr<const std::uint16_t[]> tail;
  Index rank = 0;
  int iterations = 0;
};

SolvedWindow solve_window(const WindowTask& task);

}  // namespace lowrank
