// SPDX-License-Identifier: LGPL-2.1-or-later
#include "matrices.h"

#include <algorithm>
#include <cmath>
#include <random>

template class Eigen::BDCSVD<Eigen::MatrixXd>;
template class Eigen::HouseholderQR<Eigen::MatrixXd>;
template class Eigen::JacobiSVD<Eigen::MatrixXd>;

namespace lowrank::test {

MatrixXd to_eigen(FloatView a) {
  MatrixXd out(a.rows, a.cols);
  for (Index j = 0; j < a.cols; j++)
    for (Index i = 0; i < a.rows; i++)
      out(i, j) = static_cast<double>(a(i, j));
  return out;
}

Matrix to_matrix(const MatrixXd& a) {
  Matrix out(a.rows(), a.cols());
  for (Index j = 0; j < a.cols(); j++)
    for (Index i = 0; i < a.rows(); i++)
      out(i, j) = static_cast<float>(a(i, j));
  return out;
}

MatrixXd gaussian(Index rows, Index cols, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> normal;
  return MatrixXd::NullaryExpr(rows, cols, [&] { return normal(engine); });
}

MatrixXd orthonormal(Index rows, Index cols, unsigned seed) {
  const Eigen::HouseholderQR<MatrixXd> qr(gaussian(rows, cols, seed));
  return qr.householderQ() * MatrixXd::Identity(rows, cols);
}

MatrixXd with_spectrum(Index rows, Index cols, const std::vector<double>& sigma, unsigned seed) {
  const Index k = std::ssize(sigma);
  return orthonormal(rows, k, seed) *
         Eigen::Map<const Eigen::VectorXd>(sigma.data(), k).asDiagonal() *
         orthonormal(cols, k, seed + 1).transpose();
}

MatrixXd product(const Svd& s) {
  Eigen::VectorXd sigma(std::ssize(s.sigma));
  for (Index i = 0; i < sigma.size(); i++)
    sigma(i) = static_cast<double>(s.sigma[static_cast<std::size_t>(i)]);
  return to_eigen(s.u) * sigma.asDiagonal() * to_eigen(s.v).transpose();
}

MatrixXd low_rank(const PcpResult& r) {
  return to_eigen(r.u) * to_eigen(r.v).transpose();
}

MatrixXd clip(const MatrixXd& a, double limit) {
  return a.unaryExpr([limit](double x) { return std::clamp(x, -limit, limit); });
}

Planted planted(Index rows, Index cols, const Planting& p) {
  std::mt19937 engine(p.seed + 2);
  std::uniform_real_distribution<double> uniform;
  return {
      p.scale * gaussian(rows, p.rank, p.seed) * gaussian(p.rank, cols, p.seed + 1),
      MatrixXd::NullaryExpr(rows, cols,
                            [&] {
                              const double x = uniform(engine);
                              return x < p.corrupted / 2 ? p.height
                                     : x < p.corrupted   ? -p.height
                                                         : 0.0;
                            }),
      p.noise * gaussian(rows, cols, p.seed + 3),
  };
}

double orthogonality_error(FloatView x) {
  const MatrixXd e = to_eigen(x);
  return (e.transpose() * e - MatrixXd::Identity(x.cols, x.cols)).cwiseAbs().maxCoeff();
}

std::vector<std::uint8_t> video(Index width, Index height, Index frames) {
  std::mt19937 engine(7);
  std::normal_distribution<double> normal;
  std::vector<std::uint8_t> out;
  out.reserve(static_cast<std::size_t>(width * height * frames));
  for (Index t = 0; t < frames; t++)
    for (Index y = 0; y < height; y++)
      for (Index x = 0; x < width; x++) {
        const double light = 1 + 0.2 * std::sin(0.1 * static_cast<double>(t));
        const double back = 90 + 50 * std::sin(0.7 * static_cast<double>(x)) *
                                     std::cos(0.5 * static_cast<double>(y));
        const bool block =
            (x + width - t % width) % width < width / 6 && y > height / 3 && y < 2 * height / 3;
        const double value = (block ? 240 : light * back) + 2 * normal(engine);
        out.push_back(static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0)));
      }
  return out;
}

}  // namespace lowrank::test
