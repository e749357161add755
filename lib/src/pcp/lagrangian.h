// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "pcp/elementwise.h"
#include "pcp/pages.h"
#include "pcp/problem.h"

namespace lowrank::pcp {

/// The state of the inexact augmented Lagrange multiplier method between its steps.
///
/// Neither S nor the multiplier Y is held, only Z = M − L + Y/μ of the last step. Its S is Z shrunk
/// by λ/μ, and its new multiplier Y⁺ = Y + μ(M − L − S) = μ(Z − S) is what shrinking took away: μZ
/// clipped to ±λ. So both are at hand from Z, element by element, and with them T = M − S + Y/μ,
/// the matrix whose thresholded singular values give the next L. Blocks are independent of each
/// other.
template <typename T>
class Lagrangian {
 public:
  /// S = 0 and Y = M·multiplier, elements of which must lie within ±λ.
  Lagrangian(const Problem<T>& problem, const RowBlocks& blocks, double mu, double multiplier)
      : problem_(problem), z_(Matrix::uninitialized(problem.m.rows(), problem.m.cols())), mu_(mu) {
    const auto scale = static_cast<float>(multiplier / mu);
    for_each_block(problem.pool, blocks, [&](const RowBlock& block) {
      const MatrixView<const T> rows = problem_.m[block];
      for (Index j = 0; j < cols(); j++) {
        const T* m = rows.column(j);
        const std::uint8_t* seen = problem_.seen(block, j);
        for (Index i = 0; i < block.count; i++)
          z_of(block)[j * block.count + i] =
              !seen || seen[i] ? static_cast<float>(m[i]) * scale : 0.0f;
      }
    });
    scales_.limit = static_cast<float>(problem.lambda / mu);
    begin_step(mu, mu);
  }

  double mu() const { return mu_; }

  /// μ of the next step, and of the one after it.
  void begin_step(double mu, double mu_after) {
    scales_.limit = static_cast<float>(problem_.lambda / mu_);
    scales_.ratio = static_cast<float>(mu_ / mu);
    scales_.new_limit = static_cast<float>(problem_.lambda / mu);
    scales_.next_ratio = static_cast<float>(mu / mu_after);
    mu_ = mu;
  }

  /// T of this step; columns packed, as everywhere here.
  void target(const RowBlock& block, float* t) const {
    const MatrixView<const T> rows = problem_.m[block];
    for (Index j = 0; j < cols(); j++)
      pcp::target(rows.column(j), problem_.seen(block, j), z_of(block) + j * block.count,
                  block.count, scales_.limit, scales_.ratio, t + j * block.count);
  }

  /// The S step and the multiplier step for this L, in whose place comes T of the step after.
  UpdateSums update(const RowBlock& block, float* l, DualSums& dual) {
    const MatrixView<const T> rows = problem_.m[block];
    UpdateSums sums;
    for (Index j = 0; j < cols(); j++)
      sums += pcp::update(rows.column(j), problem_.seen(block, j), block.count, scales_,
                          z_of(block) + j * block.count, l + j * block.count, dual);
    return sums;
  }

  /// S of the last update(), into the rows of the block.
  void sparse(const RowBlock& block, MutableFloatView s) const {
    for (Index j = 0; j < cols(); j++) {
      const float* z = z_of(block) + j * block.count;
      const std::uint8_t* seen = problem_.seen(block, j);
      for (Index i = 0; i < block.count; i++)
        s(block.first + i, j) = !seen || seen[i]
                                    ? z[i] - std::clamp(z[i], -scales_.new_limit, scales_.new_limit)
                                    : 0.0f;
    }
  }

  /// Gives up the memory of a block, which is not used any more.
  void release(const RowBlock& block) { release_pages(z_of(block), block.count * cols()); }

 private:
  Index cols() const { return problem_.m.cols(); }
  // Block after block, so that a block is one piece of memory.
  float* z_of(const RowBlock& block) { return z_.data() + block.first * cols(); }
  const float* z_of(const RowBlock& block) const { return z_.data() + block.first * cols(); }

  const Problem<T>& problem_;
  Matrix z_;
  double mu_;
  UpdateScales scales_{};
};

}  // namespace lowrank::pcp
