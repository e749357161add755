// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <utility>
#include <vector>

#include "blas.h"
#include "pcp/elementwise.h"
#include "row_source.h"

namespace lowrank::pcp {

/// L = u·vᵀ.
struct Factors {
  Matrix u;
  Matrix v;
};

/// Stable PCP without S, which is M − L shrunk by λμ for every L: what is left to minimize is
/// ‖L‖* and a smooth term, whose gradient is −clip(M − L, ±λμ)/μ over the observed entries. As a
/// RowSource it is T = Y + clip(M − Y, ±λμ), the step of length μ from the point
/// Y = L + β(L − L'), L' being the L before. Only the factors of both are held.
template <typename T>
class StableStep final : public RowSource {
 public:
  StableStep(MatrixView<const T> m, ByteView observed, ThreadPool& pool)
      : RowSource(m.rows, m.cols), m_(m), observed_(observed), pool_(pool) {
    factors_ = {Matrix(m.rows, 0), Matrix(m.cols, 0)};
    set_momentum(0);
  }

  const Factors& factors() const { return factors_; }
  Factors take_factors() { return std::move(factors_); }
  void set_limit(double limit) { limit_ = static_cast<float>(limit); }

  /// β of the next step; 0 forgets L'.
  void set_momentum(double beta) {
    if (beta == 0)
      before_ = {};
    ahead_ = scaled(factors_.v, 1 + beta);
    behind_ = scaled(before_.v, -beta);
  }

  void fill(const RowBlock& block, float* out) const override {
    point(block, out);
    for (Index j = 0; j < cols(); j++, out += block.count)
      step(m_.column(j) + block.first, seen(block, j), block.count, limit_, out);
  }

  struct Sums {
    UpdateSums parts;   // of the new L
    double change = 0;  // ‖L − Y‖²
  };

  /// Takes the result of the step from Y for L.
  Sums advance(Factors next) {
    std::vector<Sums> sums(static_cast<std::size_t>(blocks().count()));
    ScratchPool<float> scratch(static_cast<std::size_t>(2 * blocks().height() * cols()));
    for_each_block(pool_, blocks(), [&](const RowBlock& block) {
      const auto l = scratch.take();
      float* y = l.get() + block.count * cols();
      product(block, next.u, next.v, 0, l.get());
      point(block, y);
      Sums& sum = sums[static_cast<std::size_t>(block.index)];
      for (Index j = 0; j < cols(); j++) {
        float* column = l.get() + j * block.count;
        float change = 0;
        for (Index i = 0; i < block.count; i++)
          change += (column[i] - y[j * block.count + i]) * (column[i] - y[j * block.count + i]);
        sum.change += static_cast<double>(change);
        sum.parts +=
            shrink(m_.column(j) + block.first, seen(block, j), block.count, limit_, column);
      }
    });
    Sums total;
    for (const Sums& sum : sums) {
      total.parts += sum.parts;
      total.change += sum.change;
    }
    before_ = std::exchange(factors_, std::move(next));
    return total;
  }

  Matrix sparse() const {
    Matrix s(rows(), cols());
    ScratchPool<float> scratch(static_cast<std::size_t>(blocks().height() * cols()));
    for_each_block(pool_, blocks(), [&](const RowBlock& block) {
      const auto l = scratch.take();
      product(block, factors_.u, factors_.v, 0, l.get());
      for (Index j = 0; j < cols(); j++) {
        float* column = l.get() + j * block.count;
        shrink(m_.column(j) + block.first, seen(block, j), block.count, limit_, column);
        std::copy_n(column, block.count, &s(block.first, j));
      }
    });
    return s;
  }

 private:
  static Matrix scaled(const Matrix& v, double by) {
    Matrix out = v;
    for (Index i = 0; i < v.rows() * v.cols(); i++)
      out.data()[i] *= static_cast<float>(by);
    return out;
  }

  const std::uint8_t* seen(const RowBlock& block, Index j) const {
    return observed_.data ? observed_.column(j) + block.first : nullptr;
  }

  void point(const RowBlock& block, float* out) const {
    product(block, factors_.u, ahead_, 0, out);
    if (before_.u.cols() > 0)
      product(block, before_.u, behind_, 1, out);
  }

  void product(const RowBlock& block, const Matrix& u, const Matrix& v, float beta,
               float* out) const {
    if (u.cols() == 0)
      std::fill_n(out, block.count * cols(), 0.0f);
    else
      blas::gemm(blas::Op::none, blas::Op::transpose, block.count, cols(), u.cols(), 1.0f,
                 u.data() + block.first, u.rows(), v.data(), v.rows(), beta, out, block.count);
  }

  MatrixView<const T> m_;
  ByteView observed_;
  ThreadPool& pool_;
  float limit_ = 0;
  Factors factors_, before_;
  Matrix ahead_, behind_;
};

}  // namespace lowrank::pcp
