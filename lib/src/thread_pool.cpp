// SPDX-License-Identifier: LGPL-2.1-or-later
#include "thread_pool.h"

#include <algorithm>
#include <utility>

namespace lowrank {

unsigned thread_count(unsigned threads) {
  return threads > 0 ? threads : std::max(1u, std::thread::hardware_concurrency());
}

ThreadPool::ThreadPool(unsigned threads) {
  const unsigned count = thread_count(threads);
  workers_.reserve(count - 1);
  try {
    for (unsigned i = 1; i < count; i++)
      workers_.emplace_back([this] { work(); });
  } catch (const std::exception&) {
    // Out of threads, or of memory for one: the loops still run, on those that could be started.
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& worker : workers_)
    worker.join();
}

void ThreadPool::parallel_for(int count, const std::function<void(int)>& body) {
  if (count <= 0)
    return;
  if (workers_.empty() || count == 1) {
    for (int i = 0; i < count; i++)
      body(i);
    return;
  }
  std::unique_lock lock(mutex_);
  body_ = &body;
  next_ = 0;
  count_ = count;
  error_ = nullptr;
  wake_.notify_all();
  run_tasks(lock);
  done_.wait(lock, [this] { return running_ == 0; });
  body_ = nullptr;
  if (error_)
    std::rethrow_exception(std::exchange(error_, nullptr));
}

void ThreadPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || (body_ && next_ < count_); });
    if (stopping_)
      return;
    run_tasks(lock);
    if (running_ == 0)
      done_.notify_one();
  }
}

// Takes tasks until none is left; the lock is held except while a task runs.
void ThreadPool::run_tasks(std::unique_lock<std::mutex>& lock) {
  while (next_ < count_) {
    const int task = next_++;
    running_++;
    lock.unlock();
    std::exception_ptr error;
    try {
      (*body_)(task);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    running_--;
    if (error) {
      if (!error_)
        error_ = error;
      next_ = count_;
    }
  }
}

}  // namespace lowrank
