// SPDX-License-Identifier: LGPL-2.1-or-later
#include "window/window_sequence.h"

#include <algorithm>
#include <utility>

#include "thread_pool.h"
#include "window/overlap.h"
#include "window/window_memory.h"

namespace lowrank {
namespace {

std::vector<Index> columns(const FrameMatrix& frames, Index first, Index count) {
  std::vector<Index> result;
  for (Index i = first; i < first + count; i++)
    result.push_back(frames.column(i));
  return result;
}

}  // namespace

WindowSequence::WindowSequence(const ImageFormat& format, const BackgroundOptions& options,
                               const Callbacks& callbacks)
    : format_(format),
      options_(options),
      callbacks_(callbacks),
      threads_(thread_count(options.threads)),
      window_(options.window),
      overlap_(overlap_of_windows(options.window)),
      matrices_{FrameMatrix(format), FrameMatrix(format)} {
  check_window_memory(options_, format_, std::max<Index>(1, window_), threads_);
  for (FrameMatrix& matrix : matrices_)
    matrix.reserve(window_);
}

int WindowSequence::delay() const {
  return window_ ? delay_of_windows(options_.window) : BackgroundEngine::unbounded_delay;
}

Index WindowSequence::ready() const {
  return drained_ ? held_ : std::max<Index>(0, held_ - delay());
}

template <typename Step>
void WindowSequence::forget_if_it_fails(const Step& step) {
  try {
    step();
  } catch (...) {
    flush();
    throw;
  }
}

void WindowSequence::check() {
  forget_if_it_fails([this] { solver_.check(); });
}

void WindowSequence::push(const ImageView& frame) {
  check();
  if (drained_)
    flush();
  if (window_ == 0)
    check_window_memory(options_, format_, held_ + 1, threads_);
  filling().append(frame);
  held_++;
  if (filling().frames() == window_)
    forget_if_it_fails([this] { solve_full_window(); });
}

SolvedFrame WindowSequence::take() {
  SolvedFrame frame = std::move(solved_.front());
  solved_.pop_front();
  held_--;
  return frame;
}

void WindowSequence::flush() {
  solver_.stop();
  solved_.clear();
  plates_.reset();
  tail_.reset();
  earlier_noise_.reset();
  for (FrameMatrix& matrix : matrices_)
    matrix.clear();
  held_ = 0;
  drained_ = false;
}

WindowTask WindowSequence::task_for(const FrameMatrix& frames) const {
  return {frames.view(), options_, callbacks_, {}};
}

// Its thread is at work when this returns, and the next window holds what it shares with it.
void WindowSequence::solve_full_window() {
  WindowTask task = task_for(filling());
  if (solver_.busy()) {
    if (!accept(solver_.finish()))
      return;
    for (Index i = 0; i < window_ - overlap_; i++)
      add_frame(full().frame(i), full().column(i));
    task.joints.earlier = std::move(tail_);
    task.joints.faded = columns(filling(), 0, overlap_);
  }
  task.joints.tail = columns(filling(), window_ - overlap_, overlap_);
  solver_.start(std::move(task));
  filling_ = 1 - filling_;
  filling().clear(filling().column(window_ - overlap_));
  for (Index i = window_ - overlap_; i < window_; i++)
    filling().append(full().frame(i));
}

void WindowSequence::drain() {
  if (!drained_)
    forget_if_it_fails([this] { solve_rest(); });
  // What is still needed the frames hold.
  plates_.reset();
  tail_.reset();
  earlier_noise_.reset();
  drained_ = true;
}

void WindowSequence::solve_rest() {
  if (!solver_.busy()) {
    const Index frames = filling().frames();
    if (frames == 0 || !accept(solve_window(task_for(filling()))))
      return;
    for (Index i = 0; i < frames; i++)
      add_frame(filling().frame(i), filling().column(i));
    return;
  }
  const SolvedWindow window = solver_.finish();
  if (!accept(window))
    return;
  const Index fresh = filling().frames() - overlap_;
  if (fresh > 0)
    return solve_last_window(fresh);
  for (Index i = 0; i < window_; i++)
    add_frame(full().frame(i), full().column(i));
}

// The frames that do not fill a window make one with as many of those before as it takes.
void WindowSequence::solve_last_window(Index fresh) {
  FrameMatrix& last = full();
  last.exchange_oldest(fresh, filling(), overlap_);
  const Index kept = window_ - fresh;
  for (Index i = 0; i < fresh; i++)
    add_frame(filling().frame(overlap_ + i), last.column(kept + i));
  for (Index i = 0; i < kept - overlap_; i++)
    add_frame(last.frame(i), last.column(i));
  WindowTask task = task_for(last);
  task.joints.earlier = std::move(tail_);
  task.joints.faded = columns(last, kept - overlap_, overlap_);
  if (!accept(solve_window(task)))
    return;
  for (Index i = kept - overlap_; i < window_; i++)
    add_frame(last.frame(i), last.column(i));
}

// False, and all is forgotten, when the window was cancelled.
bool WindowSequence::accept(const SolvedWindow& window) {
  if (!window.plates) {
    flush();
    return false;
  }
  earlier_noise_ = plates_ ? plates_->noise : nullptr;
  plates_ = window.plates;
  tail_ = window.tail;
  faded_ = 0;
  rank_ = window.rank;
  iterations_ = window.iterations;
  return true;
}

// Those of a window in their order, from the first on that it shares with the one before.
void WindowSequence::add_frame(const std::uint8_t* input, Index column) {
  SolvedFrame frame{input, plates_, column, {}};
  if (earlier_noise_ && faded_ < overlap_) {
    frame.earlier_noise = earlier_noise_;
    frame.weight = fade_weight(faded_++, overlap_);
  }
  solved_.push_back(std::move(frame));
}

}  // namespace lowrank
