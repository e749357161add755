// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <vector>

#include "lowrank/matrix_view.h"
#include "random.h"
#include "row_blocks.h"
#include "row_parts.h"

namespace lowrank::pcp {

/// Directions that the carried subspace has beyond those that are wanted.
constexpr Index subspace_margin = 8;

/// Singular value thresholding, Σ max(σᵢ − threshold, 0)·uᵢvᵢᵀ, the proximal operator of the
/// nuclear norm (Cai, Candès, Shen, "A singular value thresholding algorithm for matrix
/// completion", SIAM J. Optimization 2010), of a series of similar matrices T, each seen once and
/// block by block, with at least as many rows as columns.
///
/// While the rank is small it is that of T's projection on the range of TQ, where Q are the leading
/// right singular vectors of the matrix before: the randomized range finder (Halko, Martinsson,
/// Tropp, SIAM Review 2011) with a subspace that is carried on instead of a random one. TᵀTQ and
/// (TQ)ᵀTQ, summed over the blocks, are all that is needed. Else it is exact, by way of TᵀT.
class OnePassSvt {
 public:
  /// T has the rows of `blocks`, those of other parts besides, and n columns. `max_rank` 0 is no
  /// bound. While Q has at most `kept_columns`, TQ is kept and spares a product.
  OnePassSvt(const RowBlocks& blocks, const RowParts& parts, Index n, Index max_rank,
             Index kept_columns);

  /// Announces the next matrix.
  void begin();

  /// Calls `body(block)` for every block, on the threads of the pool. What it throws frees those
  /// that wait in add() for a block that will not come.
  template <typename Body>
  void pass(ThreadPool& pool, const Body& body) {
    for_each_block(pool, blocks_,
                   [&](const RowBlock& block) { sum_->or_give_up([&] { body(block); }); });
  }

  /// Takes a block of T (columns packed), each once, within a pass().
  void add(const RowBlock& block, const float* t);

  /// The thresholded T is U·vᵀ, U = T·p.
  struct Result {
    Matrix p;              ///< n × r
    Matrix v;              ///< n × r, orthonormal
    double nuclear = 0;    ///< Σ max(σᵢ − threshold, 0)
    bool complete = true;  ///< false when the subspace was too small for all σᵢ > threshold
    Matrix from_products;  ///< U = TQ·this, if TQ was kept
    bool needs_matrix() const { return from_products.rows() == 0; }
  };
  Result finish(double threshold);

  /// Whether U of the matrix that was announced last will be made from T.
  bool needs_matrix() const { return !keep_; }

  /// Rows of U for a block, columns packed, from those of T, which may be null if T is not needed.
  /// After the next begin() only until the next add() of that block.
  void rows_of_u(const RowBlock& block, const Result& result, const float* t, float* u) const;

 private:
  bool by_gram() const { return basis_.cols() == 0; }
  Result finish_gram(double threshold);
  Result finish_subspace(double threshold);
  void agree(Result& result);
  Index count_above(const std::vector<double>& sigma, double threshold) const;
  void make_basis();

  RowBlocks blocks_;
  RowParts parts_of_rows_;
  Index n_;
  Index max_rank_;
  Index kept_columns_;
  Random random_{1};
  Matrix leading_;  // n × p: approximate right singular vectors of the last T, leading ones first
  Matrix basis_;    // Q, n × p, orthonormal; empty for the Gram matrix
  std::vector<Matrix> products_;  // TQ of each block, if kept
  bool keep_ = false;
  Index rank_ = 0;
  Index size_ = subspace_margin;  // wanted columns of Q
  std::vector<double> total_;
  std::optional<OrderedSum> sum_;
  std::optional<ScratchPool<float>> parts_;
  std::optional<ScratchPool<double>> wide_parts_;
};

}  // namespace lowrank::pcp
