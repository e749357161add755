// SPDX-License-Identifier: LGPL-2.1-or-later
#include "factorizing.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>

#include "interruption.h"
#include "sizes.h"

namespace batch {
namespace {

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// The rows of v in the order of the frames from that one on.
lowrank::Matrix in_order(const lowrank::Matrix& v, const Spool& spool, Index first) {
  lowrank::Matrix ordered = lowrank::Matrix::uninitialized(v.rows(), v.cols());
  for (Index j = 0; j < v.cols(); j++)
    for (Index i = 0; i < v.rows(); i++)
      ordered(i, j) = v(spool.column(first + i), j);
  return ordered;
}

}  // namespace

Factorizing::Factorizing(Job& job, Processes& processes, Checkpoint& checkpoint, Progress& progress,
                         VideoReader& video)
    : job_(job),
      processes_(processes),
      checkpoint_(checkpoint),
      progress_(progress),
      video_(video),
      step_(job.window - lowrank::overlap_of_windows(static_cast<int>(job.window))),
      expected_(static_cast<double>(job.frames > 0 ? job.frames : video.announced_frames())) {}

// Of the windows from the first on, those that are there whole.
Index Factorizing::windows_done() {
  Index done = 0;
  processes_.together([&] {
    if (processes_.is_first())
      while (checkpoint_.parts(done, done * step_, job_.window) > 0)
        done++;
  });
  return processes_.of_first(done);
}

bool Factorizing::all_done() {
  if (job_.frames == 0)
    return false;
  const WindowPlan plan(job_.window, job_.frames);
  for (Index i = 0; i < plan.windows(); i++) {
    const int parts = static_cast<int>(processes_.of_first(
        processes_.is_first() ? checkpoint_.parts(i, plan.first(i), plan.count(i)) : 0));
    if (parts == 0)
      return false;
    parts_.push_back(parts);
  }
  return true;
}

std::vector<int> Factorizing::run() {
  if (all_done()) {
    progress_.note("all windows were factorized before");
    return parts_;
  }
  parts_.clear();
  const Index done = windows_done();
  if (done > 0)
    progress_.note("going on: " + std::to_string(done) +
                   (done == 1 ? " window was" : " windows were") + " factorized before");
  kept_from_ = std::max<Index>(0, done - 1) * step_;
  begun_ = done > 0 ? (done - 1) * step_ + job_.window : 0;
  processes_.together([&] {
    spool_ = std::make_unique<Spool>(job_.format, job_.band, job_.tile, job_.window,
                                     job_.in_file ? job_.options.spool : std::filesystem::path(),
                                     job_.options.memory);
  });
  progress_.begin("factorizing",
                  expected_ > 0 ? std::min(1.0, static_cast<double>(begun_) / expected_) : 0);
  for (;; window_++) {
    const Index end = window_ * step_ + job_.window;
    const bool full = fill(end);
    const Index before = window_ > 0 ? end - step_ : 0;
    if (full)
      take_window(window_, window_ * step_, job_.window);
    else if (read_ > before)
      take_window(window_, std::max<Index>(0, read_ - job_.window), std::min(read_, job_.window));
    if (!full)
      break;
  }
  progress_.update(1, read_ - begun_);
  progress_.end();
  set_frames(job_, read_, processes_, checkpoint_);
  return parts_;
}

// Reads frames up to that one; false when the video has ended before.
bool Factorizing::fill(Index end) {
  const Index first = read_;
  const Stopwatch stopwatch;
  processes_.together([&] {
    while (read_ < end && video_.next()) {
      if (read_ >= kept_from_)
        spool_->append(video_.image(), read_);
      read_++;
      show(window_,
           fill_share_ * static_cast<double>(read_ - first) / static_cast<double>(end - first));
    }
  });
  reading_ = stopwatch.seconds();
  const Index most = processes_.largest(read_);
  const Index least = processes_.smallest(read_);
  processes_.together([&] {
    if (most != least)
      throw std::runtime_error("the video has " + std::to_string(read_) +
                               " frames here and another number elsewhere");
    if (job_.frames > 0 && (read_ > job_.frames || (read_ < end && read_ < job_.frames)))
      throw std::runtime_error("the video has another number of frames than before, when it had " +
                               std::to_string(job_.frames));
  });
  return read_ == end;
}

void Factorizing::take_window(Index window, Index first, Index frames) {
  int parts = 0;
  processes_.together([&] {
    if (processes_.is_first())
      parts = checkpoint_.parts(window, first, frames);
    if (processes_.is_first() && parts == 0)
      checkpoint_.forget(window);
  });
  parts_.push_back(static_cast<int>(processes_.of_first(parts)));
  if (parts_.back() > 0)
    return;
  const MpiReduction::Traffic before = processes_.reduction().traffic();
  const double processor_start = processor_seconds();
  Times times;
  times.reading = reading_;
  const lowrank::WindowFactors factors = factorize(first, times);
  times.computing = processor_seconds() - processor_start -
                    (processes_.reduction().traffic().processor_seconds - before.processor_seconds);
  const MpiReduction::Traffic exchanged = {
      processes_.reduction().traffic().calls - before.calls,
      processes_.reduction().traffic().bytes - before.bytes,
      processes_.reduction().traffic().seconds - before.seconds};
  const Stopwatch stopwatch;
  processes_.together([&] {
    FactorsHeader header;
    header.run = job_.run;
    header.first = first;
    header.part = processes_.part();
    header.parts = processes_.parts();
    header.band = job_.band;
    checkpoint_.write(window, header, factors);
  });
  times.writing = stopwatch.seconds();
  parts_.back() = processes_.parts();
  report(window, first, factors, times, exchanged);
}

// What it throws in one process alone leaves the others waiting: they are ended.
lowrank::WindowFactors Factorizing::factorize(Index first, Times& times) try {
  const Stopwatch stopwatch;
  lowrank::WindowFactors factors = lowrank::factorize_window(
      spool_->view(), job_.background, processes_.parts() > 1 ? &processes_.reduction() : nullptr,
      [&](double done) {
        show(window_, fill_share_ + (1 - fill_share_) * done);
        return noted_signal() == 0;
      });
  factors.v = in_order(factors.v, *spool_, first);
  times.factorizing = stopwatch.seconds();
  fill_share_ = times.reading / (times.reading + times.factorizing);
  return factors;
} catch (const lowrank::Cancelled&) {
  throw Interrupted(static_cast<int>(processes_.largest(noted_signal())));
} catch (const std::exception& error) {
  if (processes_.parts() == 1)
    throw;
  processes_.complain(error.what());
  processes_.abort(EXIT_FAILURE);
}

// How far the phase is, when so much of a window is done.
void Factorizing::show(Index window, double part) {
  const double frames = static_cast<double>(window > 0 ? (window - 1) * step_ + job_.window : 0) +
                        part * static_cast<double>(window > 0 ? step_ : job_.window);
  progress_.update(expected_ > 0 ? std::min(frames / expected_, .999) : -1,
                   std::max<Index>(0, static_cast<Index>(frames) - begun_));
}

void Factorizing::report(Index window, Index first, const lowrank::WindowFactors& factors,
                         const Times& times, const MpiReduction::Traffic& exchanged) const {
  if (!job_.options.statistics || !processes_.is_first())
    return;
  std::printf(
      "window=%td first=%td frames=%td rank=%td iterations=%d processes=%d reading=%.3f "
      "factorizing=%.3f computing=%.3f exchanging=%.3f writing=%.3f calls=%llu bytes=%llu\n",
      window, first, factors.v.rows(), factors.v.cols(), factors.iterations, processes_.parts(),
      times.reading, times.factorizing, times.computing, exchanged.seconds, times.writing,
      static_cast<unsigned long long>(exchanged.calls),
      static_cast<unsigned long long>(exchanged.bytes));
  std::fflush(stdout);
}

}  // namespace batch
