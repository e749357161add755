// SPDX-License-Identifier: LGPL-2.1-or-later
#include "thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

#include "row_blocks.h"

namespace lowrank {
namespace {

TEST(ThreadPool, DoesEveryTaskOnce) {
  for (const unsigned threads : {1u, 2u, 5u}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.size(), threads);
    for (const int count : {0, 1, 3, 1000}) {
      std::vector<std::atomic<int>> done(static_cast<std::size_t>(count));
      pool.parallel_for(count, [&](int i) { done[static_cast<std::size_t>(i)]++; });
      for (const auto& times : done)
        EXPECT_EQ(times, 1);
    }
  }
}

TEST(ThreadPool, ZeroMeansSome) {
  EXPECT_GE(ThreadPool(0).size(), 1u);
}

TEST(ThreadPool, PassesOnTheFirstExceptionAndLivesOn) {
  ThreadPool pool(3);
  for (int round = 0; round < 50; round++)
    EXPECT_THROW(pool.parallel_for(100,
                                   [](int i) {
                                     if (i == 7)
                                       throw std::runtime_error("seven");
                                   }),
                 std::runtime_error);
  std::atomic<int> sum = 0;
  pool.parallel_for(10, [&](int i) { sum += i; });
  EXPECT_EQ(sum, 45);
}

TEST(RowBlocks, CoverTheRowsOnce) {
  for (const Index rows : {1, 63, 64, 65, 1000, 76800})
    for (const Index cols : {1, 100, 5000}) {
      const RowBlocks blocks(rows, cols);
      Index next = 0;
      for (int i = 0; i < blocks.count(); i++) {
        EXPECT_EQ(blocks[i].first, next);
        EXPECT_GE(blocks[i].count, 1);
        EXPECT_LE(blocks[i].count, blocks.height());
        next += blocks[i].count;
      }
      EXPECT_EQ(next, rows);
    }
}

TEST(RowBlocks, SumsDoNotDependOnThreads) {
  const RowBlocks blocks(10000, 10);
  const auto sum_with = [&](unsigned threads) {
    ThreadPool pool(threads);
    std::vector<double> total(3);
    sum_over_blocks<double>(pool, blocks, total, [](const RowBlock& block, double* part) {
      for (int i = 0; i < 3; i++)
        part[i] = 1.0 / static_cast<double>(block.first + 7 * i + 1);
    });
    return total;
  };
  for (int round = 0; round < 20; round++)
    EXPECT_EQ(sum_with(1), sum_with(4));
}

TEST(RowBlocks, AFailingPartEndsTheSum) {
  const RowBlocks blocks(10000, 10);
  ThreadPool pool(4);
  std::vector<double> total(1);
  EXPECT_THROW(sum_over_blocks<double>(pool, blocks, total,
                                       [](const RowBlock& block, double* part) {
                                         if (block.index == 1)
                                           throw std::bad_alloc();
                                         *part = 1;
                                       }),
               std::bad_alloc);
}

}  // namespace
}  // namespace lowrank
