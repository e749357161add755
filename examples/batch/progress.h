// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace batch {

/// Tells on standard error how far a job has come: a bar on a terminal, a line each tenth
/// elsewhere.
class Progress {
 public:
  explicit Progress(bool quiet);

  /// Begins a phase, of which this share was done before.
  void begin(const std::string& phase, double done = 0);
  /// How far it has come: the share of the phase, 0 … 1 or negative where that is not known, and
  /// the frames that this run has brought.
  void update(double done, std::int64_t frames);
  void end();
  /// A line of its own.
  void note(const std::string& text);

 private:
  using Clock = std::chrono::steady_clock;
  std::string text(double elapsed) const;

  bool quiet_;
  bool terminal_;
  bool bar_shown_ = false;
  std::string phase_;
  double begun_ = 0;
  double done_ = 0;
  std::int64_t frames_ = 0;
  int tenth_ = 0;
  Clock::time_point start_;
  Clock::time_point shown_;
};

/// Hours, minutes and seconds.
std::string duration_text(double seconds);

}  // namespace batch
