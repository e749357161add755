// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lowrank/window.h"

#include <algorithm>
#include <stdexcept>

#include "check.h"
#include "thread_pool.h"
#include "window/factorization.h"
#include "window/low_rank_blocks.h"
#include "window/row_median.h"
#include "window/row_noise.h"

namespace lowrank {
namespace {

constexpr const char* name = "factorize_window";

void check_window(const TiledBytes& frames, const BackgroundOptions& options) {
  check::tiles(name, frames);
  if (options.method == Method::online)
    check::fail(name,
                "method online takes frames one by one; pcp, svd, nmf and fixed_rank take "
                "windows");
  if (options.rank < 0)
    check::fail(name, "rank must be 0 (automatic) or more, not " + std::to_string(options.rank));
}

// The rows of V of the sampled frames.
Matrix sampled_rows(FloatView v, const SampledFrames& sampled) {
  Matrix out(sampled.count, v.cols);
  for (Index k = 0; k < v.cols; k++)
    for (Index i = 0; i < sampled.count; i++)
      out(i, k) = v(i * sampled.step, k);
  return out;
}

std::vector<std::uint8_t> noise_of_rows(const BlockView<std::uint8_t>& m, FloatView u, FloatView v,
                                        unsigned threads) {
  const SampledFrames sampled(m.cols());
  const Matrix sampled_v = sampled_rows(v, sampled);
  std::vector<std::uint8_t> noise(static_cast<std::size_t>(m.rows()));
  ThreadPool pool(threads);
  ScratchPool<float> l_pool(low_rank_scratch(m.blocks()));
  ScratchPool<std::uint8_t> byte_pool(
      static_cast<std::size_t>(m.blocks().height() * (sampled.count + 1)));
  for_each_block(pool, m.blocks(), [&](const RowBlock& block) {
    const ByteView rows = m[block];
    const auto l_lease = l_pool.take();
    const auto residuals = byte_pool.take();
    for_each_column_of(u, sampled_v, block, l_lease.get(), [&](Index i, const float* l) {
      measure_residual(rows.column(i * sampled.step), l, block.count,
                       residuals.get() + i * block.count);
    });
    row_medians({residuals.get(), block.count, sampled.count}, noise.data() + block.first,
                residuals.get() + sampled.count * block.count);
  });
  return noise;
}

}  // namespace

WindowFactors factorize_window(const TiledBytes& frames, const BackgroundOptions& options,
                               Reduction* reduction, const ProgressFunction& progress) {
  check_window(frames, options);
  const StepFunction step = [&](int, double done) { return !progress || progress(done); };
  BackgroundFactors factors = factorize_background(frames, options, reduction, step);
  if (factors.cancelled)
    throw Cancelled(name);
  WindowFactors window{std::move(factors.u), std::move(factors.v), {}, factors.iterations};
  window.noise =
      noise_of_rows(BlockView<std::uint8_t>(frames), window.u, window.v, options.threads);
  return window;
}

std::uint64_t factorize_window_memory(const BackgroundOptions& options, Index rows, Index frames) {
  if (rows <= 0 || frames <= 0)
    return 0;
  const unsigned threads = thread_count(options.threads);
  const RowBlocks blocks(rows, frames);
  const Index residuals = blocks.height() * (SampledFrames(frames).count + 1);
  const auto measuring = static_cast<std::uint64_t>(rows + (low_rank_memory(blocks) + residuals) *
                                                               static_cast<Index>(threads));
  return std::max(factorization_memory(options, rows, frames, threads),
                  factors_memory(options, rows, frames) + measuring);
}

}  // namespace lowrank
