// SPDX-License-Identifier: LGPL-2.1-or-later
#include "window/robust_nmf.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "lowrank/nmf.h"
#include "window/low_rank_blocks.h"
#include "window/row_median.h"

namespace lowrank {
namespace {

constexpr float clip = 6;  // grey levels
constexpr int rounds = 5;

NmfOptions nmf_options(Index rank, unsigned threads) {
  NmfOptions options;
  options.rank = rank;
  options.tolerance = 1e-3;
  options.max_iterations = 20;
  options.threads = threads;
  return options;
}

// L = plate · ones, as factors of that rank.
WindowFactors still_scene(ByteView m, Index rank, unsigned threads) {
  ThreadPool pool(threads);
  const SampledFrames sampled(m.cols);
  const ByteView frames(m.data, m.rows, sampled.count, m.stride * sampled.step);
  WindowFactors factors{Matrix(m.rows, rank), Matrix(m.cols, rank)};
  for_each_block(pool, low_rank_blocks(m.rows), [&](const RowBlock& block) {
    std::vector<std::uint8_t> plate(static_cast<std::size_t>(2 * block.count));
    row_medians(frames.block(block.first, 0, block.count, frames.cols), plate.data(),
                plate.data() + block.count);
    std::copy_n(plate.data(), block.count, factors.u.data() + block.first);
  });
  std::fill_n(factors.v.data(), m.cols, 1.0f);
  return factors;
}

// M, no further than `clip` from L = u·vᵀ.
void bring_near(ByteView m, const WindowFactors& factors, std::uint8_t* out, unsigned threads) {
  ThreadPool pool(threads);
  const RowBlocks blocks = low_rank_blocks(m.rows);
  ScratchPool<float> scratch(low_rank_scratch(blocks));
  for_each_block(pool, blocks, [&](const RowBlock& block) {
    const auto panel = scratch.take();
    for_each_column_of(factors.u, factors.v, block, panel.get(), [&](Index column, const float* l) {
      const std::uint8_t* from = m.column(column) + block.first;
      std::uint8_t* to = out + column * m.rows + block.first;
      for (Index i = 0; i < block.count; i++) {
        const float near = std::clamp(static_cast<float>(from[i]), l[i] - clip, l[i] + clip);
        to[i] = static_cast<std::uint8_t>(std::clamp(near + 0.5f, 0.0f, 255.0f));
      }
    });
  });
}

}  // namespace

// Pools live no longer than they work: the factorization has one of its own.
WindowFactors factorize_by_nmf(ByteView m, Index rank, unsigned threads, const StepFunction& step) {
  const auto near =
      std::make_unique_for_overwrite<std::uint8_t[]>(static_cast<std::size_t>(m.rows * m.cols));
  WindowFactors factors = still_scene(m, rank, threads);
  NmfOptions options = nmf_options(rank, threads);
  int iterations = 0;
  for (int round = 0; round < rounds; round++) {
    bring_near(m, factors, near.get(), threads);
    options.initial_w = factors.u;
    options.progress = [&](double done) { return step(++iterations, (round + done) / rounds); };
    NmfResult result =
        nonnegative_matrix_factorization(ByteView(near.get(), m.rows, m.cols), options);
    if (result.status == NmfStatus::cancelled)
      return {{}, {}, iterations, true};
    factors = {std::move(result.w), std::move(result.h), iterations};
  }
  return factors;
}

std::uint64_t robust_nmf_memory(Index rows, Index frames, Index rank, unsigned threads) {
  const auto factors =
      static_cast<std::uint64_t>(rows + frames) * static_cast<std::uint64_t>(rank) * sizeof(float);
  return static_cast<std::uint64_t>(rows * frames + low_rank_memory(rows) * threads) + factors +
         nmf_memory(rows, frames, nmf_options(rank, threads));
}

}  // namespace lowrank
