// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace lowrank {

/// That options may ask for.
constexpr unsigned most_threads = 1024;

/// How many threads `threads` asks for: 0 is one a core.
unsigned thread_count(unsigned threads);

/// A few workers for data-parallel loops. The pool belongs to one engine or one call and to one
/// calling thread, which works along; a pool of one starts no thread at all.
class ThreadPool {
 public:
  /// `threads` counts the caller, see thread_count().
  explicit ThreadPool(unsigned threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  unsigned size() const { return static_cast<unsigned>(workers_.size()) + 1; }

  /// Calls `body(i)` for every i in [0, count), in any order and on any of the threads, and returns
  /// when all are done. The first exception that a call throws is thrown again here; tasks not yet
  /// begun are then skipped.
  void parallel_for(int count, const std::function<void(int)>& body);

 private:
  void work();
  void run_tasks(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  const std::function<void(int)>* body_ = nullptr;
  int next_ = 0;
  int count_ = 0;
  int running_ = 0;
  bool stopping_ = false;
  std::exception_ptr error_;
  std::vector<std::thread> workers_;
};

}  // namespace lowrank
