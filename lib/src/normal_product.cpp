// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "blas.h"
#include "kernels/products.h"
#include "packed.h"
#include "products.h"

namespace lowrank {
namespace {

using blas::Op;

/// The products of a block with few vectors, by the kernels or, where those do not serve, by BLAS.
/// A block is cut into slices that stay in the second level of the cache.
class SliceProducts {
 public:
  SliceProducts(const RowSource& a, Index vectors)
      : cols_(a.cols()),
        vectors_(vectors),
        by_kernels_(vectors <= most_vectors && cols_ <= most_columns),
        height_(by_kernels_ ? std::min(slice_rows(cols_), a.blocks().height())
                            : a.blocks().height()),
        slices_(area(height_, cols_)) {}

  Index height() const { return height_; }

  /// Calls body(slice, elements) for the slices of a block, with those of A packed.
  template <typename Body>
  void for_each_slice(const RowSource& a, const RowBlock& block, const Body& body) {
    const auto rows = slices_.take();
    for (Index done = 0; done < block.count; done += height_) {
      const RowBlock slice{block.index, block.first + done, std::min(height_, block.count - done)};
      a.fill(slice, rows.get());
      body(slice, rows.get());
    }
  }

  /// Y ← A·V for V by rows.
  void times(Index rows, const float* a, const float* v, float* y, Index y_stride) const {
    if (by_kernels_ && rows % kernels::product_rows == 0)
      kernels::times({rows, cols_, vectors_}, a, v, y, y_stride);
    else
      blas::gemm(Op::none, Op::transpose, rows, vectors_, cols_, 1.0f, a, rows, v, vectors_, 0.0f,
                 y, y_stride);
  }

  /// W ← W + AᵀY, W by rows.
  void add_transposed_times(Index rows, const float* a, const float* y, float* w) const {
    if (by_kernels_ && rows % kernels::product_rows == 0)
      kernels::add_transposed_times({rows, cols_, vectors_}, a, y, w);
    else
      blas::gemm(Op::transpose, Op::none, vectors_, cols_, rows, 1.0f, y, rows, a, rows, 1.0f, w,
                 vectors_);
  }

 private:
  // With more of either, copying the block is little beside the product.
  static constexpr Index most_vectors = 128;
  static constexpr Index most_columns = 4096;

  static Index slice_rows(Index cols) {
    const Index wanted = (Index{1} << 18) / cols / kernels::product_rows * kernels::product_rows;
    return std::max<Index>(256, wanted);
  }

  Index cols_;
  Index vectors_;
  bool by_kernels_;
  Index height_;
  ScratchPool<float> slices_;
};

}  // namespace

std::vector<double> normal_product(const RowSource& a, FloatView v, ThreadPool& pool) {
  const Index n = a.cols();
  const std::vector<float> weights = transposed<float>(v);
  SliceProducts products(a, v.cols);
  ScratchPool<float> buffers(area(products.height(), v.cols));
  std::vector<double> total(area(n, v.cols));
  sum_over_blocks<float>(pool, a.blocks(), total, [&](const RowBlock& block, float* part) {
    const auto y = buffers.take();
    std::fill_n(part, total.size(), 0.0f);
    products.for_each_slice(a, block, [&](const RowBlock& slice, const float* rows) {
      products.times(slice.count, rows, weights.data(), y.get(), slice.count);
      products.add_transposed_times(slice.count, rows, y.get(), part);
    });
  });
  std::vector<double> out(total.size());
  for (Index j = 0; j < n; j++)
    for (Index c = 0; c < v.cols; c++)
      out[area(c, n) + static_cast<std::size_t>(j)] =
          total[area(j, v.cols) + static_cast<std::size_t>(c)];
  return out;
}

std::vector<double> normal_product(const RowSource& a, const std::vector<double>& v,
                                   ThreadPool& pool) {
  const Index n = a.cols();
  const Index k = std::ssize(v) / n;
  const Index height = a.blocks().height();
  std::vector<double> total(v.size());
  ScratchPool<float> floats(area(height, n));
  ScratchPool<double> doubles(area(height, n + k));
  sum_over_blocks<double>(pool, a.blocks(), total, [&](const RowBlock& block, double* part) {
    const auto rows = floats.take();
    const auto wide = doubles.take();
    double* y = wide.get() + area(block.count, n);
    a.fill(block, rows.get());
    std::copy_n(rows.get(), area(block.count, n), wide.get());
    blas::gemm(Op::none, Op::none, block.count, k, n, 1.0, wide.get(), block.count, v.data(), n,
               0.0, y, block.count);
    blas::gemm(Op::transpose, Op::none, n, k, block.count, 1.0, wide.get(), block.count, y,
               block.count, 0.0, part, n);
  });
  return total;
}

void project(const RowSource& a, FloatView v, MutableFloatView out, ThreadPool& pool) {
  const std::vector<float> weights = transposed<float>(v);
  SliceProducts products(a, v.cols);
  for_each_block(pool, a.blocks(), [&](const RowBlock& block) {
    products.for_each_slice(a, block, [&](const RowBlock& slice, const float* rows) {
      products.times(slice.count, rows, weights.data(), out.data + slice.first, out.stride);
    });
  });
}

}  // namespace lowrank
