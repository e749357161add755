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
void fill(const Input<T>& input, const RowBlock& block, float* out) {
  const MatrixView<const T> rows = input.m[block];
  for (Index j = 0; j < rows.cols; j++, out += block.count) {
    const T* m = rows.column(j);
    const std::uint8_t* seen = input.seen(block, j);
    for (Index i = 0; i < block.count; i++)
      out[i] = !seen || seen[i] ? static_cast<float>(m[i]) : 0.0f;
  }
}

}  // namespace

template <typename T>
Norms norms_of(const Input<T>& input, ThreadPool& pool) {
  struct Part {
    double squares = 0;
    float largest = 0;
  };
  const RowBlocks& blocks = input.m.blocks();
  std::vector<Part> parts(static_cast<std::size_t>(blocks.count()));
  for_each_block(pool, blocks, [&](const RowBlock& block) {
    Part& part = parts[static_cast<std::size_t>(block.index)];
    const MatrixView<const T> rows = input.m[block];
    for (Index j = 0; j < rows.cols; j++)
      column_norms(rows.column(j), input.seen(block, j), block.count, part.squares, part.largest);
  });
  Part total;
  for (const Part& part : parts) {
    total.squares += part.squares;
    total.largest = std::max(total.largest, part.largest);
  }
  input.parts.sum({&total.squares, 1});
  return {std::sqrt(total.squares), input.parts.maximum(static_cast<double>(total.largest))};
}

template <typename T>
double spectral_norm(const Input<T>& input, ThreadPool& pool) {
  const RowBlocks& blocks = input.m.blocks();
  const Index n = input.m.cols();
  OnePassSvt svt(blocks, input.parts, n, 1, 0);
  ScratchPool<float> scratch(static_cast<std::size_t>(blocks.height() * n));
  double norm = 0;
  for (int pass = 0; pass < 3; pass++) {
    svt.begin();
    svt.pass(pool, [&](const RowBlock& block) {
      const auto t = scratch.take();
      fill(input, block, t.get());
      svt.add(block, t.get());
    });
    norm = svt.finish(0).nuclear;
  }
  return norm;
}

template Norms norms_of(const Input<float>&, ThreadPool&);
template Norms norms_of(const Input<std::uint8_t>&, ThreadPool&);
template double spectral_norm(const Input<float>&, ThreadPool&);
template double spectral_norm(const Input<std::uint8_t>&, ThreadPool&);

}  // namespace lowrank::pcp
