// SPDX-License-Identifier: LGPL-2.1-or-later
#include "window/window_solver.h"

#include <utility>

#include "window/factorization.h"

namespace lowrank {

SolvedWindow solve_window(const WindowTask& task) {
  const WindowFactors factors =
      factorize_window(task.frames, task.options, task.options.threads, task.cancelled);
  if (factors.cancelled)
    return {};
  ThreadPool pool(task.options.threads);
  auto plates =
      std::make_shared<Plates>(make_plates(task.frames, factors.u, factors.v, task.joints, pool));
  auto tail = std::exchange(plates->tail, nullptr);
  return {std::move(plates), std::move(tail), factors.u.cols(), factors.iterations};
}

}  // namespace lowrank
