// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>

#include "lowrank/rpca.h"
#include "matrices.h"

namespace lowrank {
namespace {

using test::clip;
using test::low_rank;
using test::MatrixXd;
using test::Planted;

Planted planted(Index rows, Index cols, Index rank, double corrupted) {
  return test::planted(rows, cols,
                       {.rank = rank, .scale = 10, .height = 60, .corrupted = corrupted});
}

MatrixXd best_of_rank(const MatrixXd& a, Index rank) {
  const Eigen::BDCSVD<MatrixXd> svd(a, Eigen::ComputeThinU | Eigen::ComputeThinV);
  return svd.matrixU().leftCols(rank) * svd.singularValues().head(rank).asDiagonal() *
         svd.matrixV().leftCols(rank).transpose();
}

double objective(const MatrixXd& m, const MatrixXd& l, double tau) {
  const MatrixXd kept = clip(m - l, tau);
  return kept.squaredNorm() / 2 + tau * (m - l - kept).cwiseAbs().sum();
}

class FixedRank : public testing::TestWithParam<Index> {};

// 30 columns go by the Gram matrix, 200 by the carried subspace.
TEST_P(FixedRank, RecoversThePlanted) {
  const Planted p = planted(300, GetParam(), 3, 0.03);
  const PcpResult r = fixed_rank_decomposition(
      test::to_matrix(p.sum()), 3, {.threshold = 0.01, .tolerance = 1e-6, .max_iterations = 300});
  EXPECT_EQ(r.status, PcpStatus::converged);
  EXPECT_EQ(r.rank(), 3);
  EXPECT_LT((low_rank(r) - p.low_rank).norm(), 1e-3 * p.low_rank.norm());
}

// The steps in their plainest form: a full SVD in double precision each, and no momentum.
TEST_P(FixedRank, IsAStationaryPointAsGoodAsThatOfPlainSteps) {
  const Planted p = planted(160, GetParam(), 4, 0.15);
  const MatrixXd m = p.sum() + test::gaussian(160, GetParam(), 7);
  const double tau = 2;
  MatrixXd l = MatrixXd::Zero(m.rows(), m.cols());
  double limit = m.cwiseAbs().maxCoeff();
  for (int i = 0; i < 400; i++, limit = std::max(tau, limit / 2))
    l = best_of_rank(l + clip(m - l, limit), 4);
  const PcpResult r =
      fixed_rank_decomposition(test::to_matrix(m), 4, {.threshold = tau, .tolerance = 1e-6});
  EXPECT_EQ(r.status, PcpStatus::converged);
  const MatrixXd mine = low_rank(r);
  EXPECT_NEAR(r.objective, objective(m, mine, tau), 1e-4 * r.objective);
  EXPECT_LT(r.objective, objective(m, l, tau) * (1 + 1e-4));
  EXPECT_LT((best_of_rank(mine + clip(m - mine, tau), 4) - mine).norm(), 1e-4 * mine.norm());
}

INSTANTIATE_TEST_SUITE_P(Columns, FixedRank, testing::Values(30, 200));

TEST(FixedRank, BytesThreadsShapeAndSparse) {
  const std::vector<std::uint8_t> bytes = test::video(24, 20, 140);
  const ByteView view(bytes.data(), 480, 140);
  Matrix floats(480, 140);
  std::copy(bytes.begin(), bytes.end(), floats.data());
  FixedRankOptions options{.threshold = 5, .keep_sparse = true};
  const PcpResult one = fixed_rank_decomposition(view, 2, options);
  options.threads = 3;
  EXPECT_EQ(low_rank(one), low_rank(fixed_rank_decomposition(floats, 2, options)));
  const PcpResult wide =
      fixed_rank_decomposition(test::to_matrix(test::to_eigen(floats).transpose()), 2, options);
  EXPECT_EQ(low_rank(one), low_rank(wide).transpose());
  const MatrixXd rest = test::to_eigen(floats) - low_rank(one);
  EXPECT_LT((test::to_eigen(one.sparse) - (rest - clip(rest, 5))).cwiseAbs().maxCoeff(), 1e-2);
  EXPECT_EQ(test::to_eigen(one.sparse), test::to_eigen(wide.sparse).transpose());
}

TEST(FixedRank, FarFromOne) {
  const Planted p = planted(60, 40, 2, 0.05);
  const MatrixXd m = p.sum();
  const PcpResult plain = fixed_rank_decomposition(test::to_matrix(m), 2, {.threshold = 1});
  for (const double unit : {0x1p-90, 0x1p50}) {
    const PcpResult r = fixed_rank_decomposition(test::to_matrix(unit * m), 2, {.threshold = unit});
    EXPECT_EQ(r.status, PcpStatus::converged);
    EXPECT_NEAR(r.objective, unit * unit * plain.objective, 1e-4 * r.objective);
    EXPECT_LT((low_rank(r) / unit - low_rank(plain)).norm(), 1e-4 * low_rank(plain).norm());
  }
}

TEST(FixedRank, ThresholdFromTheNoise) {
  const std::vector<std::uint8_t> bytes = test::video(24, 20, 100);
  const PcpResult r = fixed_rank_decomposition(ByteView(bytes.data(), 480, 100), 1);
  EXPECT_NEAR(r.noise, 2, 0.3);
  // A still without noise.
  EXPECT_EQ(fixed_rank_decomposition(Matrix(4, 3), 2).rank(), 0);
  const Matrix ones = test::to_matrix(MatrixXd::Ones(20, 10));
  const PcpResult still = fixed_rank_decomposition(ones, 1);
  EXPECT_GT(still.noise, 0);
  EXPECT_LT((low_rank(still) - MatrixXd::Ones(20, 10)).norm(), 1e-3);
}

TEST(FixedRank, CancellingAndBadArguments) {
  const Matrix m = test::to_matrix(planted(60, 40, 2, 0.1).low_rank);
  const PcpResult r = fixed_rank_decomposition(
      m, 2, {.progress = [](const PcpProgress& p) { return p.iteration < 2; }});
  EXPECT_EQ(r.status, PcpStatus::cancelled);
  EXPECT_EQ(r.iterations, 2);
  const auto message = [&](Index rank, const FixedRankOptions& options) -> std::string {
    try {
      fixed_rank_decomposition(m, rank, options);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(message(0, {}).find("fixed_rank_decomposition: k is 0"), std::string::npos)
      << message(0, {});
  EXPECT_NE(message(41, {}).find("41"), std::string::npos);
  EXPECT_NE(message(2, {.threshold = -1}).find("threshold"), std::string::npos);
  EXPECT_NE(message(2, {.tolerance = 0}).find("tolerance"), std::string::npos);
  EXPECT_NE(message(2, {.max_iterations = 0}).find("max_iterations"), std::string::npos);
  EXPECT_LT(fixed_rank_memory(2000000, 300, 10), 400u << 20);
}

}  // namespace
}  // namespace lowrank
