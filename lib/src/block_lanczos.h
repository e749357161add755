// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "normal_operator.h"

namespace lowrank {

/// Approximations of leading eigenvalues of AᵀA from a block Krylov space, the span of X, AᵀA·X,
/// (AᵀA)²·X …: block Lanczos with full reorthogonalization. Golub, Underwood, "The block Lanczos
/// method for computing eigenvalues", 1977; that few steps suffice: Musco, Musco, "Randomized block
/// Krylov methods for stronger and faster approximate singular value decomposition", NIPS 2015.
class BlockLanczos {
 public:
  /// Begins with the orthonormal `start`, n × b.
  BlockLanczos(const NormalOperator& normal, std::vector<double> start);

  /// Takes the products of the newest block, and makes the next of what is new in them. False when
  /// there was no block left: the space holds all that the start can lead to.
  bool expand();

  struct Ritz {
    std::vector<double> values;     ///< descending, k or fewer
    std::vector<double> vectors;    ///< n × that, orthonormal
    std::vector<double> residuals;  ///< ‖AᵀA·x − λ·x‖ of each
  };
  /// The best that the blocks hold whose products are known; after expand().
  Ritz ritz(Index k) const;

 private:
  std::vector<double> coefficients(const std::vector<double>& x) const;
  void subtract_projection(std::vector<double>& x) const;
  std::vector<double> independent_part(const std::vector<double>& x, double scale) const;

  const NormalOperator& normal_;
  Index n_;
  std::vector<double> basis_;      ///< all blocks
  Index known_ = 0;                ///< columns of basis_ whose products are in projected_
  Index newest_ = 0;               ///< how many of these the last products were of
  std::vector<double> projected_;  ///< basisᵀ·AᵀA·basis, known_ × known_
  std::vector<double> rest_;  ///< RᵀR for what the last products, R, have outside of the basis
};

}  // namespace lowrank
