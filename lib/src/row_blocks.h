// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "lowrank/matrix_view.h"
#include "thread_pool.h"

/// The rows of a matrix are worked on in blocks: the unit of threads and of memory. One block sees
/// another only through a sum of small matrices, made by sum_over_blocks().
namespace lowrank {

struct RowBlock {
  int index;
  Index first;
  Index count;
};

/// Cuts rows into blocks. The cut depends on the shape alone, so results do not change with the
/// number of threads.
class RowBlocks {
 public:
  RowBlocks(Index rows, Index cols) : rows_(rows) {
    // About a million elements a block stay in a core's cache; at least 16 blocks keep cores busy.
    const Index wanted = std::min((Index{1} << 20) / std::max<Index>(cols, 1), rows / 16);
    height_ = std::clamp<Index>((wanted + 63) / 64 * 64, 64, highest);
    height_ = std::min(height_, std::max<Index>(rows, 1));
  }
  /// Of a height, 1 to `highest`, that is given.
  static RowBlocks of_height(Index rows, Index height) {
    RowBlocks blocks(rows, 1);
    blocks.height_ = std::min(height, std::max<Index>(rows, 1));
    return blocks;
  }

  static constexpr Index highest = 8192;

  Index rows() const { return rows_; }
  Index height() const { return height_; }
  int count() const { return static_cast<int>((rows_ + height_ - 1) / height_); }
  RowBlock operator[](int i) const {
    const Index first = i * height_;
    return {i, first, std::min(height_, rows_ - first)};
  }

 private:
  Index rows_;
  Index height_;
};

/// Buffers that the tasks of a loop lend and give back: as many as run at the same time. They begin
/// at a cache line.
template <typename T>
class ScratchPool {
  using Buffer = std::unique_ptr<std::byte[]>;

 public:
  explicit ScratchPool(std::size_t size) : size_(size) {}

  class Lease {
   public:
    Lease(ScratchPool& pool, Buffer buffer) : pool_(pool), buffer_(std::move(buffer)) {}
    ~Lease() {
      const std::lock_guard lock(pool_.mutex_);
      pool_.free_.push_back(std::move(buffer_));
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    T* get() const {
      void* start = buffer_.get();
      std::size_t space = pool_.size_ * sizeof(T) + line;
      return static_cast<T*>(std::align(line, pool_.size_ * sizeof(T), start, space));
    }

   private:
    ScratchPool& pool_;
    Buffer buffer_;
  };

  Lease take() {
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        Buffer buffer = std::move(free_.back());
        free_.pop_back();
        return {*this, std::move(buffer)};
      }
      free_.reserve(++made_);  // so that giving back cannot fail
    }
    // Not by the aligned form of new, with which the heap holds on to more.
    return {*this, std::make_unique_for_overwrite<std::byte[]>(size_ * sizeof(T) + line)};
  }

 private:
  static constexpr std::size_t line = 64;

  std::size_t size_;
  std::size_t made_ = 0;
  std::mutex mutex_;
  std::vector<Buffer> free_;
};

/// Adds parts to a total in the order of their numbers, whoever made them, since the sum of
/// rounded numbers depends on the order.
class OrderedSum {
 public:
  explicit OrderedSum(std::vector<double>& total) : total_(total) {}

  template <typename T>
  void add(int number, const T* part) {
    std::unique_lock lock(mutex_);
    turn_.wait(lock, [&] { return next_ == number || failed_; });
    if (failed_)
      return;
    const std::size_t size = total_.size();
    double* total = total_.data();
    for (std::size_t i = 0; i < size; i++)
      total[i] += static_cast<double>(part[i]);
    next_++;
    turn_.notify_all();
  }

  /// Calls what makes a part and adds it. What it throws releases those who wait for that part.
  template <typename Body>
  void or_give_up(const Body& body) {
    try {
      body();
    } catch (...) {
      give_up();
      throw;
    }
  }

 private:
  void give_up() {
    const std::lock_guard lock(mutex_);
    failed_ = true;
    turn_.notify_all();
  }

  std::vector<double>& total_;
  std::mutex mutex_;
  std::condition_variable turn_;
  int next_ = 0;
  bool failed_ = false;
};

/// Calls `body(block)` for every block, on the threads of the pool.
template <typename Body>
void for_each_block(ThreadPool& pool, const RowBlocks& blocks, const Body& body) {
  pool.parallel_for(blocks.count(), [&](int i) { body(blocks[i]); });
}

/// Calls `body(block, part)` for every block; it writes all of `part`, as many numbers of type T as
/// `total` has, and the parts are added to `total`.
template <typename T, typename Body>
void sum_over_blocks(ThreadPool& pool, const RowBlocks& blocks, std::vector<double>& total,
                     const Body& body) {
  OrderedSum sum(total);
  ScratchPool<T> parts(total.size());
  // Tasks are begun in rising order, so the one whose turn it is always runs.
  pool.parallel_for(blocks.count(), [&](int i) {
    sum.or_give_up([&] {
      const auto part = parts.take();
      body(blocks[i], part.get());
      sum.add(i, part.get());
    });
  });
}

}  // namespace lowrank
