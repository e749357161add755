// SPDX-License-Identifier: LGPL-2.1-or-later
#include "products.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>

#include "blas.h"
#include "gaussian.h"
#include "kernels/products.h"
#include "packed.h"

namespace lowrank {
namespace {

using blas::Op;

void mirror_upper(std::vector<double>& a, Index n) {
  for (Index j = 0; j < n; j++)
    for (Index i = j + 1; i < n; i++)
      a[area(j, n) + static_cast<std::size_t>(i)] = a[area(i, n) + static_cast<std::size_t>(j)];
}

// G of columns scaled to length 1, with the lengths; columns of zeros keep theirs.
std::vector<double> scale_to_unit(std::vector<double>& gram, Index n) {
  std::vector<double> lengths(static_cast<std::size_t>(n));
  for (Index i = 0; i < n; i++)
    lengths[static_cast<std::size_t>(i)] =
        gram[area(i, n + 1)] > 0 ? std::sqrt(gram[area(i, n + 1)]) : 1;
  for (Index j = 0; j < n; j++)
    for (Index i = 0; i < n; i++)
      gram[area(j, n) + static_cast<std::size_t>(i)] /=
          lengths[static_cast<std::size_t>(i)] * lengths[static_cast<std::size_t>(j)];
  return lengths;
}

// The largest element outside of the diagonal.
double largest_cosine(const std::vector<double>& gram, Index n) {
  double largest = 0;
  for (Index j = 0; j < n; j++)
    for (Index i = 0; i < j; i++)
      largest = std::max(largest, std::abs(gram[area(j, n) + static_cast<std::size_t>(i)]));
  return largest;
}

// R of G = RᵀR with a diagonal of 1. A G that is singular in double precision is moved away from it
// by a shift, which leaves R⁻¹ usable for another round (Fukaya, Kannan, Nakatsukasa, Yamamoto,
// Yanagisawa, "Shifted Cholesky QR for computing the QR factorization of ill-conditioned matrices",
// SIAM J. Sci. Comput. 2020).
std::vector<double> cholesky_of_gram(const std::vector<double>& gram, Index n) {
  std::vector<double> r = gram;
  for (double shift = 1e-15 * static_cast<double>(n); !blas::cholesky(n, r.data()); shift *= 100) {
    if (!(shift < 1))
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

// A few blocks after each other make one part of a sum, since adding an n × n part takes time as
// well.
template <typename T, typename Body>
void sum_over_groups(ThreadPool& pool, const RowBlocks& blocks, std::vector<double>& total,
                     const Body& body) {
  constexpr Index most = 4;  // times 8192 rows: the most that sums of squared bytes hold
  const Index size = blocks.height() * std::clamp<Index>(blocks.count() / 16, 1, most);
  OrderedSum sum(total);
  ScratchPool<T> parts(total.size());
  const auto groups = static_cast<int>((blocks.rows() + size - 1) / size);
  pool.parallel_for(groups, [&](int g) {
    sum.or_give_up([&] {
      const auto part = parts.take();
      std::fill_n(part.get(), total.size(), T{0});
      const Index end = std::min(blocks.rows(), (g + 1) * size);
      for (Index first = g * size; first < end; first += blocks.height())
        body(RowBlock{g, first, std::min(blocks.height(), end - first)}, part.get());
      sum.add(g, part.get());
    });
  });
}

void gram_of_floats(const RowSource& a, std::vector<double>& total, ThreadPool& pool) {
  const Index n = a.cols();
  ScratchPool<float> floats(area(a.blocks().height(), n));
  ScratchPool<double> doubles(area(a.blocks().height(), n));
  sum_over_groups<double>(pool, a.blocks(), total, [&](const RowBlock& block, double* part) {
    const auto rows = floats.take();
    const auto wide = doubles.take();
    a.fill(block, rows.get());
    widen(FloatView(rows.get(), block.count, n), wide.get());
    blas::gram(block.count, n, wide.get(), block.count, part, 1);
  });
}

void gram_of_bytes(const RowSource& a, std::vector<double>& total, ThreadPool& pool) {
  const Index n = a.cols();
  ScratchPool<std::uint8_t> bytes(area(a.blocks().height(), n));
  ScratchPool<std::uint8_t> scratch(kernels::gram_scratch(a.blocks().height(), n));
  sum_over_groups<std::int32_t>(
      pool, a.blocks(), total, [&](const RowBlock& block, std::int32_t* part) {
        const auto rows = bytes.take();
        const auto packed = scratch.take();
        a.fill_bytes(block, rows.get());
        kernels::gram_of_bytes(block.count, n, rows.get(), packed.get(), part);
      });
}

}  // namespace

std::vector<double> gram_matrix(const RowSource& a, ThreadPool& pool) {
  const Index n = a.cols();
  std::vector<double> total(area(n, n));
  if (a.holds_bytes())
    gram_of_bytes(a, total, pool);
  else
    gram_of_floats(a, total, pool);
  mirror_upper(total, n);
  return total;
}

std::vector<double> gram_matrix(FloatView x, ThreadPool& pool) {
  return gram_matrix(ViewSource<float>(x), pool);
}

void project(const RowSource& a, const double* v, MutableFloatView out, ThreadPool& pool) {
  ScratchPool<float> floats(area(a.blocks().height(), a.cols()));
  ScratchPool<double> doubles(area(a.blocks().height(), a.cols() + out.cols));
  for_each_block(pool, a.blocks(), [&](const RowBlock& block) {
    const auto rows = floats.take();
    const auto wide = doubles.take();
    double* product = wide.get() + area(block.count, a.cols());
    a.fill(block, rows.get());
    widen(FloatView(rows.get(), block.count, a.cols()), wide.get());
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

void orthonormalize_tall(MutableFloatView x, Index valid, const RowParts& parts, ThreadPool& pool) {
  if (x.cols == 0)
    return;
  // Other numbers in each part.
  Random random(1 + static_cast<std::uint64_t>(parts.first()));
  for (Index j = valid; j < x.cols; j++)
    fill_gaussian(random, x.column(j), static_cast<std::size_t>(x.rows));
  const RowBlocks blocks(x.rows, x.cols);
  ScratchPool<double> doubles(area(blocks.height(), x.cols));
  // Gram-Schmidt by Cholesky's R of XᵀX = RᵀR; a second round mends what the first one's rounding
  // left (Yamamoto, Nakatsukasa, Yanagisawa, Fukaya, "Roundoff error analysis of the CholeskyQR2
  // algorithm", ETNA 2015), a third one what columns far from orthogonal leave after the second.
  // Columns that are nearly orthogonal, all G being diagonally dominant, leave nothing to mend.
  for (int round = 0; round < 3; round++) {
    std::vector<double> r = gram_matrix(FloatView(x), pool);
    parts.sum(r);
    const std::vector<double> lengths = scale_to_unit(r, x.cols);
    const bool last = largest_cosine(r, x.cols) * static_cast<double>(x.cols) < 0.5;
    r = cholesky_of_gram(r, x.cols);
    for (Index j = 0; j < x.cols; j++)
      for (Index i = 0; i <= j; i++)
        r[area(j, x.cols) + static_cast<std::size_t>(i)] *= lengths[static_cast<std::size_t>(j)];
    for_each_block(pool, blocks, [&](const RowBlock& block) {
      const auto wide = doubles.take();
      widen(rows_of(FloatView(x), block), wide.get());
      blas::divide_by_upper(block.count, x.cols, r.data(), wide.get());
      narrow(wide.get(), rows_of(x, block));
    });
    if (last)
      return;
  }
}

}  // namespace lowrank
