// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <barrier>
#include <cstring>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

#include "lowrank/reduction.h"

/// Threads that stand for the processes of a matrix in parts.
namespace lowrank::test {

/// What the threads share, and what went between them.
class Meeting {
 public:
  explicit Meeting(int parts) : parts_(parts), barrier_(parts) {}

  struct Traffic {
    long calls = 0;
    long sum_values = 0;
    long broadcast_bytes = 0;
  };
  const Traffic& traffic() const { return traffic_; }

 private:
  friend class ThreadReduction;
  int parts_;
  std::barrier<> barrier_;
  std::vector<double> values_;
  std::vector<std::byte> bytes_;
  Traffic traffic_;
};

class ThreadReduction final : public Reduction {
 public:
  ThreadReduction(Meeting& meeting, int part) : meeting_(meeting), part_(part) {}

  /// Between all parts, so far.
  const Meeting::Traffic& traffic() const { return meeting_.traffic_; }

  int part() const override { return part_; }
  int parts() const override { return meeting_.parts_; }
  void sum(std::span<double> values) override {
    count(meeting_.traffic_.sum_values, values.size());
    combine(values, [](double a, double b) { return a + b; });
  }
  void maximum(std::span<double> values) override {
    count(meeting_.traffic_.sum_values, values.size());
    combine(values, [](double a, double b) { return a < b ? b : a; });
  }
  void broadcast(std::span<std::byte> bytes) override {
    count(meeting_.traffic_.broadcast_bytes, bytes.size());
    if (part_ == 0)
      meeting_.bytes_.assign(bytes.begin(), bytes.end());
    meeting_.barrier_.arrive_and_wait();
    std::memcpy(bytes.data(), meeting_.bytes_.data(), bytes.size());
    meeting_.barrier_.arrive_and_wait();
  }

 private:
  void count(long& what, std::size_t size) const {
    if (part_ > 0)
      return;
    meeting_.traffic_.calls++;
    what += static_cast<long>(size);
  }
  template <typename Operation>
  void combine(std::span<double> values, const Operation& operation) {
    for (int turn = 0; turn < meeting_.parts_; turn++) {
      if (turn == part_ && turn == 0)
        meeting_.values_.assign(values.begin(), values.end());
      else if (turn == part_)
        for (std::size_t i = 0; i < values.size(); i++)
          meeting_.values_[i] = operation(meeting_.values_[i], values[i]);
      meeting_.barrier_.arrive_and_wait();
    }
    std::copy_n(meeting_.values_.begin(), values.size(), values.begin());
    meeting_.barrier_.arrive_and_wait();
  }

  Meeting& meeting_;
  int part_;
};

/// Calls body(reduction) on as many threads as there are parts; passes on what the first throws.
inline Meeting::Traffic in_parts(int parts, const std::function<void(Reduction&)>& body) {
  Meeting meeting(parts);
  std::vector<std::exception_ptr> errors(static_cast<std::size_t>(parts));
  std::vector<std::thread> threads;
  for (int part = 0; part < parts; part++)
    threads.emplace_back([&, part] {
      ThreadReduction reduction(meeting, part);
      try {
        body(reduction);
      } catch (...) {
        errors[static_cast<std::size_t>(part)] = std::current_exception();
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  for (const std::exception_ptr& error : errors)
    if (error)
      std::rethrow_exception(error);
  return meeting.traffic();
}

}  // namespace lowrank::test
