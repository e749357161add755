// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <Eigen/Dense>
#include <cstdint>
#include <vector>

#include "lowrank/matrix_view.h"
#include "lowrank/rpca.h"
#include "lowrank/svd.h"

// Eigen's factorizations take a minute to compile: matrices.cpp has them for all tests.
extern template class Eigen::BDCSVD<Eigen::MatrixXd>;
extern template class Eigen::HouseholderQR<Eigen::MatrixXd>;
extern template class Eigen::JacobiSVD<Eigen::MatrixXd>;

/// Matrices to try the library on, and its results in double precision.
namespace lowrank::test {

using Eigen::MatrixXd;

MatrixXd to_eigen(FloatView a);
Matrix to_matrix(const MatrixXd& a);

MatrixXd gaussian(Index rows, Index cols, unsigned seed);
MatrixXd orthonormal(Index rows, Index cols, unsigned seed);

/// A matrix with these singular values and random singular vectors.
MatrixXd with_spectrum(Index rows, Index cols, const std::vector<double>& sigma, unsigned seed);

MatrixXd product(const Svd& s);

/// L.
MatrixXd low_rank(const PcpResult& r);

/// The nearest in ±limit to each entry.
MatrixXd clip(const MatrixXd& a, double limit);

/// What a matrix of low rank and a sparse one are planted by.
struct Planting {
  Index rank = 3;
  double scale = 1;      ///< of the low rank: scale·XYᵀ, X and Y of standard normal entries
  double height = 1;     ///< of the sparse: that or its negative
  double corrupted = 0;  ///< in this share of the places
  double noise = 0;      ///< standard deviation
  unsigned seed = 1;
};

struct Planted {
  MatrixXd low_rank, sparse, noise;
  MatrixXd sum() const { return low_rank + sparse + noise; }
};

Planted planted(Index rows, Index cols, const Planting& planting);

/// Largest deviation of XᵀX from the identity.
double orthogonality_error(FloatView x);

/// A small video: smooth background in drifting light, a block that moves, noise.
std::vector<std::uint8_t> video(Index width, Index height, Index frames);

}  // namespace lowrank::test
