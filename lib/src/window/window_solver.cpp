// SPDX-License-Identifier: LGPL-2.1-or-later
#include "window/window_solver.h"

#include <algorithm>
#include <utility>

#include "window/factorization.h"

namespace lowrank {
namespace {

// The plates take what is left.
constexpr double share_of_factorization = 0.97;

/// Tells the caller how a window gets on.
class Reporter {
 public:
  explicit Reporter(const WindowTask& task) : callbacks_(task.callbacks) {
    progress_.method = task.options.method;
    progress_.frames = static_cast<int>(task.frames.cols);
    tell();
  }

  /// False when the window is cancelled.
  bool step(int iterations, double done) {
    progress_.iterations = iterations;
    progress_.done = std::max(progress_.done, share_of_factorization * std::clamp(done, 0.0, 1.0));
    tell();
    return !callbacks_.cancelled || !callbacks_.cancelled();
  }
  void end(FactorizationProgress::State state) {
    progress_.state = state;
    if (state == FactorizationProgress::State::complete)
      progress_.done = 1;
    tell();
  }

 private:
  void tell() const {
    if (callbacks_.progress)
      callbacks_.progress(progress_);
  }

  const Callbacks& callbacks_;
  FactorizationProgress progress_;
};

SolvedWindow solve(const WindowTask& task, Reporter& reporter) {
  const BackgroundFactors factors = factorize_background(
      task.frames, task.options, task.options.threads,
      [&](int iterations, double done) { return reporter.step(iterations, done); });
  if (factors.cancelled)
    return {};
  ThreadPool pool(task.options.threads);
  auto plates =
      std::make_shared<Plates>(make_plates(task.frames, factors.u, factors.v, task.joints, pool));
  auto tail = std::exchange(plates->tail, nullptr);
  return {std::move(plates), std::move(tail), factors.u.cols(), factors.iterations};
}

}  // namespace

SolvedWindow solve_window(const WindowTask& task) {
  using State = FactorizationProgress::State;
  Reporter reporter(task);
  try {
    SolvedWindow window = solve(task, reporter);
    reporter.end(window.plates ? State::complete : State::cancelled);
    return window;
  } catch (...) {
    reporter.end(State::failed);
    throw;
  }
}

}  // namespace lowrank
