// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "lowrank/matrix_view.h"

/// The small decompositions, in double precision, behind one_pass_svt.h.
namespace lowrank::pcp {

/// Singular values, descending, and right singular vectors of a matrix with n columns.
struct SmallSvd {
  std::vector<double> sigma;
  std::vector<double> v;  ///< n × n, packed
};

/// From the upper triangle of TᵀT, n × n.
SmallSvd svd_of_gram(std::vector<double> gram, Index n);

/// SVD of the projection of T on the range of H = TQ, of which the left vectors are
/// H·from_products. Directions of H that rounding has made are left out.
struct ProjectedSvd {
  std::vector<double> sigma;          ///< q <= p, descending
  std::vector<double> v;              ///< n × q
  std::vector<double> from_products;  ///< p × q
};

/// `b` = TᵀH is n × p and `c` = HᵀH p × p, both packed, with errors of single precision in each
/// column. Squared in double precision, so what is below about 1e-7 of the largest σ is lost.
ProjectedSvd svd_of_projection(const double* b, const double* c, Index n, Index p);

}  // namespace lowrank::pcp
