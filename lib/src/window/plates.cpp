// SPDX-License-Identifier: LGPL-2.1-or-later
#include "window/plates.h"

#include <algorithm>
#include <cmath>

#include "window/low_rank_blocks.h"
#include "window/overlap.h"
#include "window/plate_tail.h"
#include "window/row_median.h"
#include "window/row_noise.h"

namespace lowrank {
namespace {

constexpr Index none = -1;

// For each column its place in the list.
std::vector<Index> places(const std::vector<Index>& columns, Index count) {
  std::vector<Index> result(static_cast<std::size_t>(count), none);
  for (std::size_t i = 0; i < columns.size(); i++)
    result[static_cast<std::size_t>(columns[i])] = static_cast<Index>(i);
  return result;
}

// L of a block of rows, column by column: rounded to the plates, and |M − L| of sampled ones to
// `residuals`.
class BlockRenderer {
 public:
  BlockRenderer(ByteView m, FloatView u, FloatView v, const Joints& joints, std::uint8_t* samples,
                std::uint16_t* tail)
      : m_(m),
        u_(u),
        v_(v),
        joints_(joints),
        samples_(samples),
        tail_(tail),
        sampled_(m.cols),
        faded_(places(joints.faded, m.cols)),
        kept_(places(joints.tail, m.cols)) {}

  void render(const RowBlock& block, float* scratch, std::uint8_t* residuals) const {
    for_each_column_of(u_, v_, block, scratch,
                       [&](Index column, float* l) { put(block, column, l, residuals); });
  }

 private:
  void put(const RowBlock& block, Index column, float* l, std::uint8_t* residuals) const {
    const auto offset = [&](Index at) { return at * m_.rows + block.first; };
    if (column % sampled_.step == 0)
      measure_residual(m_.column(column) + block.first, l, block.count,
                       residuals + column / sampled_.step * block.count);
    if (const Index at = kept_[static_cast<std::size_t>(column)]; at != none)
      keep_tail(l, block.count, tail_ + offset(at));
    if (const Index at = faded_[static_cast<std::size_t>(column)]; at != none)
      fade_from(joints_.earlier.get() + offset(at),
                fade_weight(at, static_cast<Index>(joints_.faded.size())), block.count, l);
    round_to_samples(l, block.count, samples_ + offset(column));
  }

  ByteView m_;
  FloatView u_;
  FloatView v_;
  const Joints& joints_;
  std::uint8_t* samples_;
  std::uint16_t* tail_;
  SampledFrames sampled_;
  std::vector<Index> faded_;
  std::vector<Index> kept_;
};

}  // namespace

Plates make_plates(ByteView m, FloatView u, FloatView v, const Joints& joints, ThreadPool& pool) {
  Plates plates;
  plates.samples =
      std::make_unique_for_overwrite<std::uint8_t[]>(static_cast<std::size_t>(m.rows * m.cols));
  auto tail = std::make_unique_for_overwrite<std::uint16_t[]>(static_cast<std::size_t>(m.rows) *
                                                              joints.tail.size());
  auto noise = std::make_shared<std::vector<float>>(static_cast<std::size_t>(m.rows));
  const RowBlocks blocks = low_rank_blocks(m.rows);
  const Index sampled = SampledFrames(m.cols).count;
  const BlockRenderer renderer(m, u, v, joints, plates.samples.get(), tail.get());
  ScratchPool<float> l_pool(low_rank_scratch(blocks));
  ScratchPool<std::uint8_t> byte_pool(static_cast<std::size_t>(blocks.height() * (sampled + 2)));
  for_each_block(pool, blocks, [&](const RowBlock& block) {
    const auto l = l_pool.take();
    const auto bytes = byte_pool.take();
    std::uint8_t* residuals = bytes.get();
    std::uint8_t* median = residuals + sampled * block.count;
    renderer.render(block, l.get(), residuals);
    row_medians({residuals, block.count, sampled}, median, median + block.count);
    for (Index i = 0; i < block.count; i++)
      (*noise)[static_cast<std::size_t>(block.first + i)] = noise_of_median * median[i];
  });
  plates.noise = std::move(noise);
  plates.tail = std::move(tail);
  return plates;
}

std::uint64_t plates_memory(Index rows, Index frames, Index shared, unsigned threads) {
  const RowBlocks blocks = low_rank_blocks(rows);
  const Index residuals = blocks.height() * (SampledFrames(frames).count + 2);
  const Index block = low_rank_memory(blocks) + residuals;
  return static_cast<std::uint64_t>(rows * frames + 2 * rows * shared + 4 * rows + block * threads);
}

}  // namespace lowrank
