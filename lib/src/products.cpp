// SPDX-License-Identifier: LGPL-2.1-or-later
#include "products.h"

#include <algorithm>
#include <stdexcept>

#include "blas.h"
#include "gaussian.h"

namespace lowrank {
namespace {

using blas::Op;

std::size_t area(Index rows, Index cols) {
  return static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols);
}

void mirror_upper(std::vector<double>& a, Index n) {
  for (Index j = 0; j < n; j++)
    for (Index i = j + 1; i < n; i++)
      a[area(j, n) + static_cast<std::size_t>(i)] = a[area(i, n) + static_cast<std::size_t>(j)];
}

void widen(const float* from, std::size_t count, double* to) {
  for (std::size_t i = 0; i < count; i++)
    to[i] = static_cast<double>(from[i]);
}

void widen(FloatView from, double* to) {
  for (Index j = 0; j < from.cols; j++)
    widen(from.column(j), static_cast<std::size_t>(from.rows), to + j * from.rows);
}

void narrow(const double* from, MutableFloatView to) {
  for (Index j = 0; j < to.cols; j++)
    for (Index i = 0; i < to.rows; i++)
      to(i, j) = static_cast<float>(from[i + j * to.rows]);
}

// R of G = RᵀR. A G that is singular in double precision is moved away from it by a shift, which
// leaves R⁻¹ usable for another round (Fukaya, Kannan, Nakatsukasa, Yamamoto, Yanagisawa, "Shifted
// Cholesky QR for computing the QR factorization of ill-conditioned matrices", SIAM J. Sci. Comput.
// 2020).
std::vector<double> cholesky_of_gram(const std::vector<double>& gram, Index n) {
  std::vector<double> r = gram;
  double largest = 0;
  for (Index i = 0; i < n; i++)
    largest = std::max(largest, gram[area(i, n + 1)]);
  for (double shift = 1e-15 * static_cast<double>(n) * largest; !blas::cholesky(n, r.data());
       shift *= 100) {
    if (!(shift < largest))
      throw std::runtime_error("columns could not be made orthonormal");
    r = gram;
    for (Index i = 0; i < n; i++)
      r[area(i, n + 1)] += shift;
  }
  return r;
}

template <typename View>
View rows_of(View x, const RowBlock& block) {
  return x.block(block.first, 0, block.count, x.cols);
}

}  // namespace

std::vector<double> gram_matrix(const RowSource& a, ThreadPool& pool) {
  const Index n = a.cols();
  std::vector<double> total(area(n, n));
  ScratchPool<float> floats(area(a.blocks().height(), n));
  ScratchPool<double> doubles(area(a.blocks().height(), n));
  sum_over_blocks<double>(pool, a.blocks(), total, [&](const RowBlock& block, double* part) {
    const auto rows = floats.take();
    const auto wide = doubles.take();
    a.fill(block, rows.get());
    widen(rows.get(), area(block.count, n), wide.get());
    std::fill_n(part, total.size(), 0.0);
    blas::gram(block.count, n, wide.get(), block.count, part);
  });
  mirror_upper(total, n);
  return total;
}

std::vector<double> gram_matrix(FloatView x, ThreadPool& pool) {
  return gram_matrix(ViewSource<float>(x), pool);
}

std::vector<double> normal_product(const RowSource& a, FloatView v, ThreadPool& pool) {
  const Index n = a.cols();
  const Index k = v.cols;
  std::vector<double> total(area(n, k));
  ScratchPool<float> blocks(area(a.blocks().height(), n));
  ScratchPool<float> products(area(a.blocks().height(), k));
  sum_over_blocks<float>(pool, a.blocks(), total, [&](const RowBlock& block, float* part) {
    const auto rows = blocks.take();
    const auto product = products.take();
    a.fill(block, rows.get());
    blas::gemm(Op::none, Op::none, block.count, k, n, 1.0f, rows.get(), block.count, v.data,
               v.stride, 0.0f, product.get(), block.count);
    blas::gemm(Op::transpose, Op::none, n, k, block.count, 1.0f, rows.get(), block.count,
               product.get(), block.count, 0.0f, part, n);
  });
  return total;
}

void project(const RowSource& a, FloatView v, MutableFloatView out, ThreadPool& pool) {
  ScratchPool<float> blocks(area(a.blocks().height(), a.cols()));
  for_each_block(pool, a.blocks(), [&](const RowBlock& block) {
    const auto rows = blocks.take();
    a.fill(block, rows.get());
    const MutableFloatView target = rows_of(out, block);
    blas::gemm(Op::none, Op::none, block.count, v.cols, a.cols(), 1.0f, rows.get(), block.count,
               v.data, v.stride, 0.0f, target.data, target.stride);
  });
}

void project(const RowSource& a, const double* v, MutableFloatView out, ThreadPool& pool) {
  ScratchPool<float> floats(area(a.blocks().height(), a.cols()));
  ScratchPool<double> doubles(area(a.blocks().height(), a.cols() + out.cols));
  for_each_block(pool, a.blocks(), [&](const RowBlock& block) {
    const auto rows = floats.take();
    const auto wide = doubles.take();
    double* product = wide.get() + area(block.count, a.cols());
    a.fill(block, rows.get());
    widen(rows.get(), area(block.count, a.cols()), wide.get());
    blas::gemm(Op::none, Op::none, block.count, out.cols, a.cols(), 1.0, wide.get(), block.count, v,
               a.cols(), 0.0, product, block.count);
    narrow(product, rows_of(out, block));
  });
}

void rotate_columns(MutableFloatView x, const std::vector<double>& w, Index r, ThreadPool& pool) {
  const Index k = x.cols;
  const RowBlocks blocks(x.rows, k);
  ScratchPool<double> doubles(area(blocks.height(), k + r));
  for_each_block(pool, blocks, [&](const RowBlock& block) {
    const auto wide = doubles.take();
    double* product = wide.get() + area(block.count, k);
    widen(rows_of(x, block), wide.get());
    blas::gemm(Op::none, Op::none, block.count, r, k, 1.0, wide.get(), block.count, w.data(), k,
               0.0, product, block.count);
    narrow(product, rows_of(x.columns(0, r), block));
  });
}

void orthonormalize_tall(MutableFloatView x, Index valid, ThreadPool& pool) {
  if (x.cols == 0)
    return;
  Random random(1);
  for (Index j = valid; j < x.cols; j++)
    fill_gaussian(random, x.column(j), static_cast<std::size_t>(x.rows));
  const RowBlocks blocks(x.rows, x.cols);
  ScratchPool<double> doubles(area(blocks.height(), x.cols));
  // Gram-Schmidt by Cholesky's R of XᵀX = RᵀR; a second round mends what the first one's rounding
  // left (Yamamoto, Nakatsukasa, Yanagisawa, Fukaya, "Roundoff error analysis of the CholeskyQR2
  // algorithm", ETNA 2015), a third one what columns far from orthogonal leave after the second.
  for (int round = 0; round < 3; round++) {
    const std::vector<double> r = cholesky_of_gram(gram_matrix(FloatView(x), pool), x.cols);
    for_each_block(pool, blocks, [&](const RowBlock& block) {
      const auto wide = doubles.take();
      widen(rows_of(FloatView(x), block), wide.get());
      blas::divide_by_upper(block.count, x.cols, r.data(), wide.get());
      narrow(wide.get(), rows_of(x, block));
    });
  }
}

}  // namespace lowrank
