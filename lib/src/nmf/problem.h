// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cmath>
#include <vector>

#include "nmf/kernels.h"

/// Finding one factor for a given other: for each of its rows a non-negative least squares problem,
/// all with the same matrix.
namespace lowrank::nmf {

/// What of one factor, F, the search for the other has to know.
struct Moments {
  std::vector<double> gram;   ///< FᵀF, r × r; empty when F is not known yet
  std::vector<double> total;  ///< sums of the columns of F

  bool known() const { return !gram.empty(); }
  Index rank() const { return std::ssize(total); }
  double square(Index k) const { return gram[static_cast<std::size_t>(k * (rank() + 1))]; }
};

/// β·Σₖ‖uₖ‖·‖pₖ‖₁ over the columns uₖ of the one factor and pₖ of the other, on which it lies.
struct Penalty {
  double weight;  ///< β
  bool on_long;   ///< whether P is the long factor
};

struct Problem {
  std::vector<float> gram, inverse, linear;

  Quadratic view() const { return {gram.data(), inverse.data(), linear.data()}; }
};

/// What the penalty adds to the diagonal for column k of U, where it is a length: ‖uₖ‖ is at most
/// (‖uₖ‖²/c + c)/2, with c the length that it has, and both touch there, so what lowers the latter
/// lowers the former. It also keeps the rows of U independent of each other.
inline double ridge(const Moments& p, const Moments& u, double weight, Index k) {
  return weight * p.total[static_cast<std::size_t>(k)] / std::sqrt(u.square(k));
}

/// The problem whose solution is the factor `self`; `penalized` says whether it is P.
inline Problem problem_for(const Moments& other, const Moments& self, double weight,
                           bool penalized) {
  // Elements of A are at most 1 here; a component under the square root of this is nothing.
  constexpr float least = 1e-24f;
  const auto rank = static_cast<std::size_t>(other.rank());
  Problem problem{
      {other.gram.begin(), other.gram.end()}, std::vector<float>(rank), std::vector<float>(rank)};
  for (std::size_t k = 0; k < rank; k++) {
    float& diagonal = problem.gram[k * (rank + 1)];
    const auto index = static_cast<Index>(k);
    if (weight > 0 && penalized)
      problem.linear[k] = static_cast<float>(weight * std::sqrt(other.square(index)));
    else if (weight > 0 && self.known())
      diagonal = self.square(index) > 0
                     ? diagonal + static_cast<float>(ridge(other, self, weight, index))
                     : 0;
    problem.inverse[k] = diagonal >= least ? 1 / diagonal : 0;
  }
  return problem;
}

}  // namespace lowrank::nmf
