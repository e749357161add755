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
BackgroundFactors still_scene(const BlockView<std::uint8_t>& m, Index rank, unsigned threads) {
  ThreadPool pool(threads);
  const SampledFrames sampled(m.cols());
  BackgroundFactors factors{Matrix(m.rows(), rank), Matrix(m.cols(), rank)};
  for_each_block(pool, m.blocks(), [&](const RowBlock& block) {
    const ByteView rows = m[block];
    const ByteView frames(rows.data, rows.rows, sampled.count, rows.stride * sampled.step);
    std::vector<std::uint8_t> plate(static_cast<std::size_t>(2 * block.count));
    row_medians(frames, plate.data(), plate.data() + block.count);
    std::copy_n(plate.data(), block.count, factors.u.data() + block.first);
  });
  std::fill_n(factors.v.data(), m.cols(), 1.0f);
  return factors;
}

/// M, no further than `clip` from L = u·vᵀ: as high as wide in tiles, or else as a whole.
class Near {
 public:
  explicit Near(const BlockView<std::uint8_t>& m, bool tall)
      : data_(std::make_unique_for_overwrite<std::uint8_t[]>(
            static_cast<std::size_t>(m.rows() * m.cols()))),
        tall_(tall),
        tiles_{data_.get(), m.rows(), m.cols(), m.blocks().height(), m.cols()} {}

  MatrixView<std::uint8_t> rows(const RowBlock& block) const {
    if (tall_)
      return {data_.get() + block.first * tiles_.cols, block.count, tiles_.cols};
    return {data_.get() + block.first, block.count, tiles_.cols, tiles_.rows};
  }
  NmfResult factorize(const NmfOptions& options) const {
    return tall_ ? nonnegative_matrix_factorization(tiles_, options)
                 : nonnegative_matrix_factorization(ByteView(data_.get(), tiles_.rows, tiles_.cols),
                                                    options);
  }

 private:
  std::unique_ptr<std::uint8_t[]> data_;
  bool tall_;
  TiledBytes tiles_;
};

void bring_near(const BlockView<std::uint8_t>& m, const BackgroundFactors& factors,
                const Near& result, unsigned threads) {
  ThreadPool pool(threads);
  ScratchPool<float> scratch(low_rank_scratch(m.blocks()));
  for_each_block(pool, m.blocks(), [&](const RowBlock& block) {
    const ByteView rows = m[block];
    const MatrixView<std::uint8_t> near = result.rows(block);
    const auto panel = scratch.take();
    for_each_column_of(factors.u, factors.v, block, panel.get(), [&](Index column, const float* l) {
      const std::uint8_t* from = rows.column(column);
      std::uint8_t* to = near.column(column);
      for (Index i = 0; i < block.count; i++) {
        const float value = std::clamp(static_cast<float>(from[i]), l[i] - clip, l[i] + clip);
        to[i] = static_cast<std::uint8_t>(std::clamp(value + 0.5f, 0.0f, 255.0f));
      }
    });
  });
}

}  // namespace

// Pools live no longer than they work: the factorization has one of its own.
BackgroundFactors factorize_by_nmf(const BlockView<std::uint8_t>& m, Index rank, unsigned threads,
                                   Reduction* reduction, const StepFunction& step) {
  const Near near(m, reduction || m.rows() >= m.cols());
  BackgroundFactors factors = still_scene(m, rank, threads);
  NmfOptions options = nmf_options(rank, threads);
  options.reduction = reduction;
  int iterations = 0;
  for (int round = 0; round < rounds; round++) {
    bring_near(m, factors, near, threads);
    options.initial_w = factors.u;
    options.progress = [&](double done) { return step(++iterations, (round + done) / rounds); };
    NmfResult result = near.factorize(options);
    if (result.status == NmfStatus::cancelled)
      return {{}, {}, iterations, true};
    factors = {std::move(result.w), std::move(result.h), iterations};
  }
  return factors;
}

std::uint64_t robust_nmf_memory(Index rows, Index frames, Index rank, unsigned threads) {
  const auto factors =
      static_cast<std::uint64_t>(rows + frames) * static_cast<std::uint64_t>(rank) * sizeof(float);
  return static_cast<std::uint64_t>(rows * frames +
                                    low_rank_memory(RowBlocks(rows, frames)) * threads) +
         factors + nmf_memory(rows, frames, nmf_options(rank, threads));
}

}  // namespace lowrank
