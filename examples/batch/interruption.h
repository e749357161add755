// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <exception>

namespace batch {

/// The signal that asked for an end.
class Interrupted : public std::exception {
 public:
  explicit Interrupted(int signal) : signal_(signal) {}
  int signal() const { return signal_; }
  const char* what() const noexcept override { return "interrupted"; }

 private:
  int signal_;
};

/// From here on the first SIGINT or SIGTERM is noted, and the second ends the process.
void note_signals();
/// The signal that has been noted, or 0.
int noted_signal();
/// Throws Interrupted when there is one.
void check_interruption();

}  // namespace batch
