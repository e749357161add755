// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <atomic>
#include <thread>

#include "lowrank/progress.h"
#include "row_source.h"

namespace lowrank {

/// Turns steps of stages, which may be taken on any thread, into the calls of a ProgressFunction,
/// which are made on the thread that made the tracker. Throws Cancelled when that says so.
class ProgressTracker {
 public:
  ProgressTracker(const char* caller, const ProgressFunction& report)
      : caller_(caller), report_(report) {}

  /// Begins a stage of `steps` that ends when `until` of the work is done.
  void stage(double until, Index steps = 1) {
    from_ = until_;
    until_ = std::clamp(until, until_, 1.0);
    steps_ = std::max<Index>(1, steps);
    taken_ = 0;
    tell();
  }

  void step(Index count = 1) {
    taken_.fetch_add(count, std::memory_order_relaxed);
    tell();
  }

 private:
  void tell() {
    if (!report_ || std::this_thread::get_id() != thread_)
      return;
    const double share = std::min(1.0, static_cast<double>(taken_.load(std::memory_order_relaxed)) /
                                           static_cast<double>(steps_));
    if (!report_(from_ + share * (until_ - from_)))
      throw Cancelled(caller_);
  }

  const char* caller_;
  const ProgressFunction& report_;
  std::thread::id thread_ = std::this_thread::get_id();
  double from_ = 0;
  double until_ = 0;
  Index steps_ = 1;
  std::atomic<Index> taken_{0};
};

/// A source each row of which is a step when it is read.
class TrackedSource final : public RowSource {
 public:
  TrackedSource(const RowSource& source, ProgressTracker& tracker)
      : RowSource(source.blocks(), source.cols()), source_(source), tracker_(tracker) {}

  void fill(const RowBlock& block, float* out) const override {
    source_.fill(block, out);
    tracker_.step(block.count);
  }
  bool holds_bytes() const override { return source_.holds_bytes(); }
  void fill_bytes(const RowBlock& block, std::uint8_t* out) const override {
    source_.fill_bytes(block, out);
    tracker_.step(block.count);
  }

 private:
  const RowSource& source_;
  ProgressTracker& tracker_;
};

}  // namespace lowrank
