// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "mpi_reduction.h"

namespace batch {

/// What has gone wrong has been told; the process is to end with this status.
class Told : public std::exception {
 public:
  explicit Told(int status) : status_(status) {}
  int status() const { return status_; }

 private:
  int status_;
};

/// MPI from its start to its end, and the processes of the job.
class Processes {
 public:
  Processes();
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;
  ~Processes();

  MpiReduction& reduction() { return *reduction_; }
  int part() const { return reduction_->part(); }
  int parts() const { return reduction_->parts(); }
  bool is_first() const { return part() == 0; }
  /// Processor cores for each of the processes that run on this machine, at least 1.
  unsigned threads() const { return threads_; }

  /// Does something that all of them do, and waits until they have. Where it has thrown in one, the
  /// first such process says what, and all throw Told; all throw Interrupted when one did.
  void together(const std::function<void()>& step);
  /// The same value in all: that of the first process.
  std::int64_t of_first(std::int64_t value);
  std::string of_first(std::string text);
  std::int64_t largest(std::int64_t value);
  std::int64_t smallest(std::int64_t value);

  /// Says on standard error what has gone wrong in this process.
  void complain(const std::string& what) const;
  /// Ends all processes at once.
  [[noreturn]] void abort(int status) const;

 private:
  std::unique_ptr<MpiReduction> reduction_;
  unsigned threads_ = 1;
};

}  // namespace batch
