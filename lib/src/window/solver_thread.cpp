// SPDX-License-Identifier: LGPL-2.1-or-later
#include "window/solver_thread.h"

#include <chrono>
#include <utility>

namespace lowrank {

void SolverThread::start(WindowTask task) {
  task.callbacks.cancelled = [this, asked = std::move(task.callbacks.cancelled)] {
    return stopping_ || (asked && asked());
  };
  solving_ =
      std::async(std::launch::async, [task = std::move(task)] { return solve_window(task); });
}

SolvedWindow SolverThread::finish() {
  return solved_ ? *std::exchange(solved_, std::nullopt) : solving_.get();
}

void SolverThread::check() {
  if (solving_.valid() && solving_.wait_for(std::chrono::seconds(0)) == std::future_status::ready)
    solved_ = solving_.get();
}

void SolverThread::stop() {
  stopping_ = true;
  if (solving_.valid())
    solving_.wait();
  solving_ = {};
  solved_.reset();
  stopping_ = false;
}

}  // namespace lowrank
