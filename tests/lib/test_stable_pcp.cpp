// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
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

// Rank 3 of size about 10, and ±40 in a share of the places.
Planted planted(Index rows, Index cols, double corrupted, double noise) {
  return test::planted(rows, cols,
                       {.scale = 6, .height = 40, .corrupted = corrupted, .noise = noise});
}

// μ over the noise, for the default λ.
double scale(Index rows, Index cols) {
  return 2 * std::sqrt(static_cast<double>(std::max(rows, cols)));
}

// Proximal gradient steps in double precision with a full SVD each.
MatrixXd reference(const MatrixXd& m, double noise, double* objective) {
  const double lambda = 1 / std::sqrt(static_cast<double>(std::max(m.rows(), m.cols())));
  const double mu = noise * scale(m.rows(), m.cols());
  MatrixXd l = MatrixXd::Zero(m.rows(), m.cols());
  for (int i = 0; i < 5000; i++) {
    const Eigen::BDCSVD<MatrixXd> svd(l + clip(m - l, lambda * mu),
                                      Eigen::ComputeThinU | Eigen::ComputeThinV);
    const Eigen::VectorXd sigma = (svd.singularValues().array() - mu).max(0);
    const MatrixXd next = svd.matrixU() * sigma.asDiagonal() * svd.matrixV().transpose();
    const double change = (next - l).norm() / m.norm();
    l = next;
    const MatrixXd kept = clip(m - l, lambda * mu);
    *objective =
        sigma.sum() + lambda * (m - l - kept).cwiseAbs().sum() + kept.squaredNorm() / (2 * mu);
    if (change < 1e-9)
      break;
  }
  return l;
}

TEST(StablePcp, PlantedInNoise) {
  const double noise = 0.5;
  const Planted p = planted(300, 150, 0.05, noise);
  const PcpResult r = principal_component_pursuit(
      test::to_matrix(p.sum()), {.tolerance = 1e-5, .keep_sparse = true, .noise = noise});
  EXPECT_EQ(r.status, PcpStatus::converged);
  EXPECT_EQ(r.rank(), 3);
  EXPECT_EQ(r.noise, noise);
  EXPECT_LE(r.change, 1e-5);
  EXPECT_LT((low_rank(r) - p.low_rank).norm(), p.noise.norm());
  const MatrixXd s = test::to_eigen(r.sparse);
  Index wrong = 0;
  for (Index i = 0; i < s.size(); i++)
    wrong += (std::abs(s.data()[i]) > 5 * noise) != (p.sparse.data()[i] != 0);
  EXPECT_EQ(wrong, 0) << "noise beyond λμ is in S, but small";
}

class StableReference : public testing::TestWithParam<Index> {};

TEST_P(StableReference, AgreesWithPlainDoublePrecision) {
  const Planted p = planted(160, GetParam(), 0.1, 1);
  double best = 0;
  const MatrixXd l = reference(p.sum(), 1, &best);
  const PcpResult r =
      principal_component_pursuit(test::to_matrix(p.sum()), {.tolerance = 1e-6, .noise = 1});
  EXPECT_EQ(r.status, PcpStatus::converged);
  EXPECT_NEAR(r.objective, best, 1e-3 * best);
  EXPECT_LT((low_rank(r) - l).norm(), 1e-3 * l.norm());
}

INSTANTIATE_TEST_SUITE_P(Columns, StableReference, testing::Values(30, 140, 200));

TEST(StablePcp, NoiseIsEstimatedBehindMuchForeground) {
  for (const double noise : {1.0, 2.0, 5.0}) {
    std::mt19937 engine(5);
    std::normal_distribution<double> normal;
    std::uniform_real_distribution<double> uniform;
    std::vector<std::uint8_t> bytes(4000 * 20);
    Matrix floats(4000, 20);
    for (std::size_t i = 0; i < bytes.size(); i++) {
      const double value = uniform(engine) < 0.3 ? 255 * uniform(engine) : 100;
      const double noisy = value + noise * normal(engine);
      floats.data()[i] = static_cast<float>(noisy);
      bytes[i] = static_cast<std::uint8_t>(std::clamp(std::round(noisy), 0.0, 255.0));
    }
    const PcpOptions options{.max_iterations = 1, .noise = -1};
    EXPECT_NEAR(principal_component_pursuit(ByteView(bytes.data(), 4000, 20), options).noise, noise,
                0.1 * noise);
    EXPECT_NEAR(principal_component_pursuit(floats, options).noise, noise, 0.1 * noise);
  }
}

// Most of the picture is repeated for eight frames, as compressed video does.
TEST(StablePcp, NoiseIsEstimatedBehindRepetition) {
  std::mt19937 engine(8);
  std::normal_distribution<double> normal(0, 2);
  std::uniform_real_distribution<double> uniform;
  std::vector<std::uint8_t> bytes(4000 * 64);
  for (std::size_t i = 0; i < bytes.size(); i++)
    bytes[i] = i >= 4000 && i / 4000 % 8 != 0 && uniform(engine) < 0.95
                   ? bytes[i - 4000]
                   : static_cast<std::uint8_t>(std::lround(100 + normal(engine)));
  const PcpResult r = principal_component_pursuit(ByteView(bytes.data(), 4000, 64),
                                                  {.max_iterations = 1, .noise = -1});
  EXPECT_NEAR(r.noise, 2, 0.2);
}

// Equal frames have no noise but that of rounding.
TEST(StablePcp, NoiseOfAStillIsThatOfRounding) {
  const std::vector<std::uint8_t> bytes(1000 * 30, 77);
  const PcpResult r = principal_component_pursuit(ByteView(bytes.data(), 1000, 30), {.noise = -1});
  EXPECT_NEAR(r.noise, std::sqrt(1.0 / 12), 1e-9);
  EXPECT_EQ(r.status, PcpStatus::converged);
  EXPECT_EQ(r.rank(), 1);
}

TEST(StablePcp, LowRankAndSparseWhereExactIsNeither) {
  const std::vector<std::uint8_t> bytes = test::video(24, 20, 100);
  const ByteView m(bytes.data(), 480, 100);
  const PcpResult exact = principal_component_pursuit(m, {.tolerance = 1e-6});
  const PcpResult stable = principal_component_pursuit(m, {.tolerance = 1e-4, .noise = -1});
  EXPECT_NEAR(stable.noise, 2, 0.3);
  EXPECT_LE(stable.rank(), 10);
  EXPECT_LT(stable.sparse_share, 0.2);
  EXPECT_GT(exact.rank(), 2 * stable.rank());
  EXPECT_GT(exact.sparse_share, 2 * stable.sparse_share);
}

std::vector<std::uint8_t> mask(Index size, double missing) {
  std::mt19937 engine(6);
  std::uniform_real_distribution<double> uniform;
  std::vector<std::uint8_t> out(static_cast<std::size_t>(size));
  for (auto& x : out)
    x = uniform(engine) >= missing;
  return out;
}

TEST(MissingEntries, AreRecovered) {
  for (const double missing : {0.1, 0.5}) {
    const Planted p = planted(200, 150, 0, 0);
    const auto seen = mask(200 * 150, missing);
    Matrix m = test::to_matrix(p.low_rank);
    for (Index i = 0; i < 200 * 150; i++)
      if (!seen[static_cast<std::size_t>(i)])
        m.data()[i] = std::numeric_limits<float>::quiet_NaN();
    const ByteView observed(seen.data(), 200, 150);
    const PcpResult exact = principal_component_pursuit(
        m, {.tolerance = 1e-6, .keep_sparse = true, .growth = 1.1, .observed = observed});
    EXPECT_EQ(exact.status, PcpStatus::converged);
    EXPECT_LT((low_rank(exact) - p.low_rank).norm(), 1e-2 * p.low_rank.norm());
    for (Index i = 0; i < 200 * 150; i++)
      if (!seen[static_cast<std::size_t>(i)]) {
        ASSERT_EQ(exact.sparse.data()[i], 0);
      }
    const PcpResult stable =
        principal_component_pursuit(m, {.tolerance = 1e-6, .noise = 0.05, .observed = observed});
    EXPECT_EQ(stable.status, PcpStatus::converged);
    EXPECT_LT((low_rank(stable) - p.low_rank).norm(), 3e-2 * p.low_rank.norm());
  }
}

TEST(StablePcp, CancellingThreadsAndShape) {
  const Planted p = planted(1200, 140, 0.05, 0.5);
  const Matrix m = test::to_matrix(p.sum());
  PcpOptions options{.tolerance = 1e-4, .noise = 0.5};
  const PcpResult one = principal_component_pursuit(m, options);
  options.threads = 4;
  EXPECT_EQ(low_rank(one), low_rank(principal_component_pursuit(m, options)));
  const PcpResult wide = principal_component_pursuit(test::to_matrix(p.sum().transpose()), options);
  EXPECT_EQ(low_rank(one), low_rank(wide).transpose());
  options.progress = [](const PcpProgress& progress) { return progress.iteration < 3; };
  const PcpResult cancelled = principal_component_pursuit(m, options);
  EXPECT_EQ(cancelled.status, PcpStatus::cancelled);
  EXPECT_EQ(cancelled.iterations, 3);

  // The last question counts like the others.
  options.progress = [&](const PcpProgress& step) { return step.iteration < one.iterations; };
  const PcpResult late = principal_component_pursuit(m, options);
  EXPECT_EQ(late.status, PcpStatus::cancelled);
  EXPECT_EQ(late.rank(), 0);
}

TEST(StablePcp, BadArgumentsByName) {
  const Matrix m(4, 3);
  const std::vector<std::uint8_t> seen(12, 1);
  const auto message = [&](const PcpOptions& options) -> std::string {
    try {
      principal_component_pursuit(m, options);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(message({.noise = std::nan("")}).find("noise"), std::string::npos);
  EXPECT_NE(message({.observed = ByteView(seen.data(), 3, 4)}).find("mask"), std::string::npos);
}

TEST(StablePcp, MemoryCountsNoFloatMatrix) {
  const PcpOptions exact{.max_rank = 10};
  const PcpOptions stable{.max_rank = 10, .noise = 1};
  EXPECT_LT(pcp_memory(2000000, 600, stable), pcp_memory(2000000, 600, exact) / 2);
}

}  // namespace
}  // namespace lowrank
