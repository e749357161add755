// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cmath>
#include <vector>

#include "blas.h"
#include "pcp/elementwise.h"
#include "row_source.h"

namespace lowrank::pcp {

/// The state of the inexact augmented Lagrange multiplier method between its steps. As a RowSource
/// it is T = M − S + Y/μ, the matrix whose thresholded singular values give the next L.
///
/// Neither S nor the multiplier Y is held, only Z = M − L + Y/μ of the last step. Its S is Z shrunk
/// by λ/μ, and its new multiplier Y⁺ = Y + μ(M − L − S) = μ(Z − S) is what shrinking took away: μZ
/// clipped to ±λ. So both are at hand from Z, element by element.
template <typename T>
class Lagrangian final : public RowSource {
 public:
  /// S = 0 and Y = M·multiplier, elements of which must lie within ±lambda.
  Lagrangian(MatrixView<const T> m, ByteView observed, double lambda, double mu, double multiplier,
             ThreadPool& pool)
      : RowSource(m.rows, m.cols),
        m_(m),
        observed_(observed),
        z_(m.rows, m.cols),
        lambda_(lambda),
        mu_(mu),
        pool_(pool) {
    const auto scale = static_cast<float>(multiplier / mu);
    for_each_block(pool_, blocks(), [&](const RowBlock& block) {
      for (Index j = 0; j < cols(); j++)
        for (Index i = 0; i < block.count; i++)
          z_column(block, j)[i] = !observed_.data || observed_(block.first + i, j)
                                      ? static_cast<float>(m_(block.first + i, j)) * scale
                                      : 0.0f;
    });
    set_penalty(mu);
  }

  double mu() const { return mu_; }

  /// Takes μ for the next pair of steps.
  void set_penalty(double mu) {
    limit_ = static_cast<float>(lambda_ / mu_);
    ratio_ = static_cast<float>(mu_ / mu);
    mu_ = mu;
  }

  void fill(const RowBlock& block, float* out) const override {
    for (Index j = 0; j < cols(); j++, out += block.count)
      if (observed_.data)
        masked_target(m_.column(j) + block.first, observed_.column(j) + block.first,
                      z_column(block, j), block.count, limit_, ratio_, out);
      else
        target(m_.column(j) + block.first, z_column(block, j), block.count, limit_, ratio_, out);
  }

  /// The S step and the multiplier step for L = u·vᵀ.
  UpdateSums update_sparse(FloatView u, FloatView v) {
    const auto limit = static_cast<float>(lambda_ / mu_);
    std::vector<UpdateSums> sums(static_cast<std::size_t>(blocks().count()));
    ScratchPool<float> scratch(static_cast<std::size_t>(blocks().height() * cols()));
    for_each_block(pool_, blocks(), [&](const RowBlock& block) {
      const auto l = scratch.take();
      low_rank(block, u, v, l.get());
      UpdateSums& sum = sums[static_cast<std::size_t>(block.index)];
      for (Index j = 0; j < cols(); j++)
        sum += observed_.data
                   ? masked_update(m_.column(j) + block.first, observed_.column(j) + block.first,
                                   l.get() + j * block.count, block.count, limit_, ratio_, limit,
                                   z_column(block, j))
                   : update(m_.column(j) + block.first, l.get() + j * block.count, block.count,
                            limit_, ratio_, limit, z_column(block, j));
    });
    UpdateSums total;
    for (const UpdateSums& sum : sums)
      total += sum;
    return total;
  }

  /// S of the last update_sparse(), before a new penalty is set.
  Matrix sparse() const {
    const auto limit = static_cast<float>(lambda_ / mu_);
    Matrix s(rows(), cols());
    for_each_block(pool_, blocks(), [&](const RowBlock& block) {
      for (Index j = 0; j < cols(); j++) {
        const float* z = z_column(block, j);
        for (Index i = 0; i < block.count; i++)
          if (!observed_.data || observed_(block.first + i, j))
            s(block.first + i, j) = z[i] - std::min(std::max(z[i], -limit), limit);
      }
    });
    return s;
  }

 private:
  static void low_rank(const RowBlock& block, FloatView u, FloatView v, float* out) {
    if (u.cols == 0) {
      std::fill_n(out, block.count * v.rows, 0.0f);
      return;
    }
    blas::gemm(blas::Op::none, blas::Op::transpose, block.count, v.rows, u.cols, 1.0f,
               u.data + block.first, u.stride, v.data, v.stride, 0.0f, out, block.count);
  }

  // Z lies block after block, so that a block is one piece of memory.
  float* z_column(const RowBlock& block, Index j) {
    return z_.data() + block.first * cols() + j * block.count;
  }
  const float* z_column(const RowBlock& block, Index j) const {
    return z_.data() + block.first * cols() + j * block.count;
  }

  MatrixView<const T> m_;
  ByteView observed_;  // without data when no entry is missing
  Matrix z_;
  double lambda_;
  double mu_;
  float limit_ = 0;  // λ/μ of the step that made Z
  float ratio_ = 1;  // that μ over the present one
  ThreadPool& pool_;
};

}  // namespace lowrank::pcp
