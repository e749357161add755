// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <future>
#include <optional>

#include "window/window_solver.h"

namespace lowrank {

/// Solves a window at a time on a thread that lives as long as that takes. For one calling thread.
class SolverThread {
 public:
  ~SolverThread() { stop(); }

  /// Begins to solve a window. The one before must be finished.
  void start(WindowTask task);
  /// Whether there is a window that is not finished.
  bool busy() const { return solved_ || solving_.valid(); }
  /// Waits for the window. Throws what solving it threw.
  SolvedWindow finish();
  /// Throws that as soon as it is known, without waiting.
  void check();
  /// Gives up the window, as soon as the factorization asks.
  void stop();

 private:
  std::atomic<bool> stopping_{false};
  std::future<SolvedWindow> solving_;
  std::optional<SolvedWindow> solved_;
};

}  // namespace lowrank
