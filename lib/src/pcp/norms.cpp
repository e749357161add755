// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pcp/norms.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "pcp/one_pass_svt.h"

namespace lowrank::pcp {
namespace {

template <typename T>
void column_norms(const T* m, const std::uint8_t* seen, Index count, double& squares,
                  float& largest) {
  float sum = 0;
  float most = largest;
#pragma omp simd reduction(+ : sum) reduction(max : most)
  for (Index i = 0; i < count; i++) {
    const float value = !seen || seen[i] ? static_cast<float>(m[i]) : 0.0f;
    sum += value * value;
    most = std::max(most, std::abs(value));
  }
  squares += static_cast<double>(sum);
  largest = most;
}

template <typename T>
void fill(MatrixView<const T> m, ByteView observed, const RowBlock& block, float* out) {
  for (Index j = 0; j < m.cols; j++, out += block.count)
    for (Index i = 0; i < block.count; i++)
      out[i] = !observed.data || observed(block.first + i, j)
                   ? static_cast<float>(m(block.first + i, j))
                   : 0.0f;
}

}  // namespace

template <typename T>
Norms norms_of(MatrixView<const T> m, ByteView observed, ThreadPool& pool) {
  struct Part {
    double squares = 0;
    float largest = 0;
  };
  const RowBlocks blocks(m.rows, m.cols);
  std::vector<Part> parts(static_cast<std::size_t>(blocks.count()));
  for_each_block(pool, blocks, [&](const RowBlock& block) {
    Part& part = parts[static_cast<std::size_t>(block.index)];
    for (Index j = 0; j < m.cols; j++)
      column_norms(m.column(j) + block.first,
                   observed.data ? observed.column(j) + block.first : nullptr, block.count,
                   part.squares, part.largest);
  });
  Part total;
  for (const Part& part : parts) {
    total.squares += part.squares;
    total.largest = std::max(total.largest, part.largest);
  }
  return {std::sqrt(total.squares), static_cast<double>(total.largest)};
}

template <typename T>
double spectral_norm(MatrixView<const T> m, ByteView observed, ThreadPool& pool) {
  const RowBlocks blocks(m.rows, m.cols);
  OnePassSvt svt(blocks, m.cols, 1, 0);
  ScratchPool<float> scratch(static_cast<std::size_t>(blocks.height() * m.cols));
  double norm = 0;
  for (int pass = 0; pass < 3; pass++) {
    svt.begin();
    for_each_block(pool, blocks, [&](const RowBlock& block) {
      try {
        const auto t = scratch.take();
        fill(m, observed, block, t.get());
        svt.add(block, t.get());
      } catch (...) {
        svt.give_up();
        throw;
      }
    });
    norm = svt.finish(0).nuclear;
  }
  return norm;
}

template Norms norms_of(FloatView, ByteView, ThreadPool&);
template Norms norms_of(ByteView, ByteView, ThreadPool&);
template double spectral_norm(FloatView, ByteView, ThreadPool&);
template double spectral_norm(ByteView, ByteView, ThreadPool&);

}  // namespace lowrank::pcp
