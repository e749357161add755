// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "products.h"
#include "random.h"

namespace lowrank::pcp {

/// Directions that the carried subspace has beyond those that are wanted.
constexpr Index subspace_margin = 8;

/// Singular value thresholding of a series of similar matrices: Σ max(σᵢ − threshold, 0)·uᵢvᵢᵀ, the
/// proximal operator of the nuclear norm (Cai, Candès, Shen, "A singular value thresholding
/// algorithm for matrix completion", SIAM J. Optimization 2010).
class SingularValueThreshold {
 public:
  /// For matrices with n columns; max_rank 0 is no bound.
  SingularValueThreshold(Index n, Index max_rank, ThreadPool& pool);

  /// Factors of the result, rows × r and n × r with orthonormal `v`; returns its nuclear norm.
  double apply(const RowSource& t, double threshold, Matrix& u, Matrix& v);

 private:
  double by_gram(const RowSource& t, double threshold, Matrix& u, Matrix& v);
  bool by_subspace(const RowSource& t, double threshold, Matrix& u, Matrix& v, double* nuclear);
  Index count_above(const std::vector<double>& squares, double threshold) const;
  Index predicted_size() const;
  bool worth_gram(Index size) const;
  void resize_basis(Index size);
  void refine_basis(const RowSource& t);

  Index n_;
  Index max_rank_;
  ThreadPool& pool_;
  Random random_{1};
  Matrix basis_;  // n × p, orthonormal, leading right singular vectors first
  Index rank_ = 0;
  Index growth_ = 0;
};

}  // namespace lowrank::pcp
