// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lowrank/rpca.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "matrices.h"

namespace lowrank {
namespace {

using test::low_rank;
using test::MatrixXd;
using test::Planted;

// The random model of Candès, Li, Ma, Wright, section 4.1: L₀ = XYᵀ with entries of variance 1/n,
// and signs ±1 in a share of the places.
Planted planted(Index rows, Index cols, Index rank, double corrupted, unsigned seed) {
  const auto n = static_cast<double>(std::max(rows, cols));
  return test::planted(rows, cols,
                       {.rank = rank, .scale = 1 / n, .corrupted = corrupted, .seed = seed});
}

double nuclear_norm(const MatrixXd& a) {
  return Eigen::BDCSVD<MatrixXd>(a).singularValues().sum();
}

double default_lambda(const MatrixXd& m) {
  return 1 / std::sqrt(static_cast<double>(std::max(m.rows(), m.cols())));
}

double objective(const MatrixXd& l, const MatrixXd& s) {
  return nuclear_norm(l) + default_lambda(l) * s.cwiseAbs().sum();
}

MatrixXd shrink(const MatrixXd& a, double by) {
  return a.unaryExpr([by](double x) { return x - std::clamp(x, -by, by); });
}

struct Reference {
  MatrixXd low_rank, sparse;
};

// The method in its plainest form: double precision, full matrices, a full SVD every time.
Reference reference_pursuit(const MatrixXd& m, double tolerance, double growth) {
  const double lambda = default_lambda(m);
  const double norm2 = Eigen::BDCSVD<MatrixXd>(m).singularValues()(0);
  MatrixXd y = m / std::max(norm2, m.cwiseAbs().maxCoeff() / lambda);
  double mu = 1.25 / norm2;
  Reference r{MatrixXd::Zero(m.rows(), m.cols()), MatrixXd::Zero(m.rows(), m.cols())};
  for (int i = 0; i < 400; i++, mu *= growth) {
    const Eigen::BDCSVD<MatrixXd> svd(m - r.sparse + y / mu,
                                      Eigen::ComputeThinU | Eigen::ComputeThinV);
    const Eigen::VectorXd sigma = (svd.singularValues().array() - 1 / mu).max(0);
    r.low_rank = svd.matrixU() * sigma.asDiagonal() * svd.matrixV().transpose();
    r.sparse = shrink(m - r.low_rank + y / mu, lambda / mu);
    const MatrixXd gap = m - r.low_rank - r.sparse;
    y += mu * gap;
    if (gap.norm() < tolerance * m.norm())
      break;
  }
  return r;
}

struct Case {
  Index size;
  double corrupted;
};

class Recovery : public testing::TestWithParam<Case> {};

TEST_P(Recovery, OfThePlantedMatrices) {
  const auto [n, corrupted] = GetParam();
  const Planted p = planted(n, n, n / 20, corrupted, 1);
  const PcpResult r =
      principal_component_pursuit(test::to_matrix(p.sum()), {.threads = 2, .keep_sparse = true});
  EXPECT_EQ(r.status, PcpStatus::converged);
  EXPECT_LE(r.residual, 1e-7);
  EXPECT_LE(r.iterations, 30);
  EXPECT_EQ(r.rank(), n / 20);
  EXPECT_LT((low_rank(r) - p.low_rank).norm(), 1e-5 * p.low_rank.norm());
  const MatrixXd s = test::to_eigen(r.sparse);
  EXPECT_LT((s - p.sparse).norm(), 1e-5 * p.sparse.norm());
  EXPECT_EQ((s.array() != 0).count(), (p.sparse.array() != 0).count());
  EXPECT_NEAR(r.sparse_share, corrupted, 0.01);
  if (n == 500) {
    EXPECT_NEAR(r.objective, objective(p.low_rank, p.sparse), 1e-4 * r.objective);
  }
}

INSTANTIATE_TEST_SUITE_P(Corrupted, Recovery,
                         testing::Values(Case{500, 0.05}, Case{500, 0.1}, Case{1000, 0.05},
                                         Case{1000, 0.1}, Case{2000, 0.05}, Case{2000, 0.1}),
                         [](const auto& info) {
                           return std::to_string(info.param.size) + "_" +
                                  std::to_string(std::lround(info.param.corrupted * 100)) +
                                  "percent";
                         });

// Here L makes most of M, so that its rounding to single precision is more than the tolerance. What
// is reached is as good, and must not take all iterations, nor rank.
TEST(Pcp, EndsWhereOnlyRoundingIsLeft) {
  for (const Case c : {Case{60, 0.02}, Case{300, 0.02}, Case{500, 0.05}})
    for (const unsigned seed : {1u, 2u, 3u}) {
      Planted p = planted(c.size + 100, c.size, 4, c.corrupted, seed);
      p.low_rank *= static_cast<double>(c.size);
      const PcpResult r = principal_component_pursuit(test::to_matrix(p.sum()));
      EXPECT_EQ(r.status, PcpStatus::converged);
      EXPECT_LE(r.iterations, 30);
      EXPECT_LT(r.residual, 1e-6);
      EXPECT_EQ(r.rank(), 4);
      EXPECT_LT((low_rank(r) - p.low_rank).norm(), 1e-6 * p.low_rank.norm());
    }
}

// Where theory promises nothing, the sum M = L + S is reached all the same, but no optimum.
TEST(Pcp, SaysWhenNothingIsRecovered) {
  for (const auto& [rank, corrupted] : {std::pair{60, 0.4}, {60, 0.2}, {100, 0.1}, {20, 0.5}}) {
    const Planted p = planted(200, 200, rank, corrupted, 4);
    const PcpResult r = principal_component_pursuit(test::to_matrix(p.sum()));
    EXPECT_GT((low_rank(r) - p.low_rank).norm(), 1e-2 * p.low_rank.norm());
    EXPECT_LE(r.residual, 1e-7);
    EXPECT_EQ(r.status, PcpStatus::not_optimal) << rank << ", " << corrupted;
    EXPECT_GT(r.dual_residual, 0.02);
  }
}

// Far outside of what theory promises the optimum is another pair than the planted one. It must be
// the optimum nevertheless, and rank and share of S must not look like a recovery.
TEST(Pcp, DoesNotFeignRecovery) {
  const Planted p = planted(200, 200, 60, 0.4, 4);
  const PcpResult r =
      principal_component_pursuit(test::to_matrix(p.sum()), {.keep_sparse = true, .growth = 1.05});
  const double error = (low_rank(r) - p.low_rank).norm() / p.low_rank.norm();
  EXPECT_GT(error, 0.1);
  EXPECT_NE(r.rank(), 60);
  EXPECT_GT(r.sparse_share, 0.45);
  EXPECT_LT(r.objective, objective(p.low_rank, p.sparse) * (1 - 1e-3));
}

// What the header says of `growth`. The reference with a growth that is slower still stands for the
// optimum.
TEST(Pcp, SlowGrowthComesCloserToTheOptimum) {
  const std::vector<std::uint8_t> bytes = test::video(16, 12, 60);
  const ByteView view(bytes.data(), 192, 60);
  MatrixXd m(view.rows, view.cols);
  std::copy(bytes.begin(), bytes.end(), m.data());
  const Reference reference = reference_pursuit(m, 1e-7, 1.03);
  const double best = objective(reference.low_rank, reference.sparse);
  const double fast = principal_component_pursuit(view, {.tolerance = 1e-6}).objective;
  const double slow =
      principal_component_pursuit(view, {.tolerance = 1e-6, .growth = 1.1}).objective;
  EXPECT_LT(fast, best * 1.03);
  EXPECT_LT(slow, best * 1.003);
  EXPECT_LT(slow, fast);
  EXPECT_GT(slow, best * (1 - 1e-3));
}

struct Size {
  Index width, height, frames;
};

class SmallVideo : public testing::TestWithParam<Size> {};

// 30 frames go by the Gram matrix from the first step, 150 begin with the subspace.
TEST_P(SmallVideo, AgreesWithPlainDoublePrecision) {
  const auto [width, height, frames] = GetParam();
  const std::vector<std::uint8_t> bytes = test::video(width, height, frames);
  const ByteView view(bytes.data(), width * height, frames);
  MatrixXd m(view.rows, view.cols);
  std::copy(bytes.begin(), bytes.end(), m.data());
  const Reference reference = reference_pursuit(m, 1e-7, 1.5);
  const PcpResult r = principal_component_pursuit(view, {.tolerance = 1e-6, .keep_sparse = true});
  EXPECT_LE(r.residual, 1e-6);
  EXPECT_EQ(r.status, PcpStatus::not_optimal) << "noise is neither low-rank nor sparse";
  EXPECT_NEAR(r.objective, objective(reference.low_rank, reference.sparse), 1e-3 * r.objective);
  EXPECT_LT((low_rank(r) - reference.low_rank).norm(), 1e-3 * reference.low_rank.norm());

  const MatrixXd s = test::to_eigen(r.sparse);
  EXPECT_NEAR(r.objective, objective(low_rank(r), s), 1e-5 * r.objective);
  EXPECT_LT((m - low_rank(r) - s).norm(), 1.5e-6 * m.norm()) << "the residual is what it says";
  EXPECT_NEAR(r.sparse_share, static_cast<double>((s.array() != 0).count()) / s.size(), 1e-9);
  const MatrixXd v = test::to_eigen(r.v);
  EXPECT_LT((v.transpose() * v - MatrixXd::Identity(r.rank(), r.rank())).norm(), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Sizes, SmallVideo, testing::Values(Size{20, 15, 30}, Size{24, 20, 150}),
                         [](const auto& info) { return std::to_string(info.param.frames); });

TEST(Pcp, WideIsTallTransposed) {
  const Planted p = planted(150, 60, 4, 0.05, 6);
  const PcpResult tall =
      principal_component_pursuit(test::to_matrix(p.sum()), {.keep_sparse = true});
  const PcpResult wide =
      principal_component_pursuit(test::to_matrix(p.sum().transpose()), {.keep_sparse = true});
  EXPECT_EQ(tall.rank(), 4);
  EXPECT_EQ(low_rank(tall), low_rank(wide).transpose());
  EXPECT_EQ(test::to_eigen(tall.sparse), test::to_eigen(wide.sparse).transpose());
}

TEST(Pcp, DoesNotDependOnThreads) {
  const std::vector<std::uint8_t> bytes = test::video(32, 32, 140);
  const ByteView view(bytes.data(), 1024, 140);
  const PcpResult one = principal_component_pursuit(view, {.tolerance = 1e-3});
  for (int i = 0; i < 10; i++) {
    const PcpResult four = principal_component_pursuit(view, {.tolerance = 1e-3, .threads = 4});
    ASSERT_EQ(one.iterations, four.iterations);
    ASSERT_EQ(one.objective, four.objective);
    ASSERT_EQ(low_rank(one), low_rank(four));
  }
}

TEST(Pcp, UnitsOfTheInput) {
  const std::vector<std::uint8_t> bytes = test::video(20, 15, 30);
  Matrix unit(300, 30);
  std::transform(bytes.begin(), bytes.end(), unit.data(), [](auto x) { return x / 256.0f; });
  const PcpResult a = principal_component_pursuit(ByteView(bytes.data(), 300, 30));
  const PcpResult b = principal_component_pursuit(unit);
  EXPECT_NEAR(a.objective, 256 * b.objective, 1e-6 * a.objective);
  EXPECT_EQ(a.iterations, b.iterations);
}

// Squares of these elements are no floats. Powers of two change no digit.
TEST(Pcp, FarFromOne) {
  const MatrixXd m = test::to_eigen(test::to_matrix(planted(90, 60, 3, 0.05, 12).sum()));
  const std::vector<std::uint8_t> seen(90 * 60, 1);
  for (const double noise : {0.0, 0.01, -1.0})
    for (const ByteView observed : {ByteView(), ByteView(seen.data(), 90, 60)}) {
      PcpOptions options{.keep_sparse = true, .noise = noise, .observed = observed};
      const PcpResult plain = principal_component_pursuit(test::to_matrix(m), options);
      for (const double unit : {0x1p-90, 0x1p90}) {
        options.noise = noise > 0 ? unit * noise : noise;
        const PcpResult r = principal_component_pursuit(test::to_matrix(unit * m), options);
        EXPECT_EQ(r.status, plain.status);
        EXPECT_EQ(r.rank(), plain.rank());
        EXPECT_NEAR(r.objective, unit * plain.objective, 1e-5 * r.objective);
        EXPECT_NEAR(r.noise, unit * plain.noise, 1e-3 * r.noise);
        EXPECT_LT((low_rank(r) / unit - low_rank(plain)).norm(), 1e-4 * low_rank(plain).norm());
        const MatrixXd s = test::to_eigen(plain.sparse);
        EXPECT_LT((test::to_eigen(r.sparse) / unit - s).norm(), 1e-4 * s.norm());
      }
    }
}

TEST(Pcp, ZeroIsRankZero) {
  const PcpResult r = principal_component_pursuit(Matrix(6, 4), {.keep_sparse = true});
  EXPECT_EQ(r.status, PcpStatus::converged);
  EXPECT_EQ(r.rank(), 0);
  EXPECT_EQ(r.u.rows(), 6);
  EXPECT_EQ(r.v.rows(), 4);
  EXPECT_EQ(r.sparse.rows(), 6);
  EXPECT_EQ(r.objective, 0);
  const std::vector<std::uint8_t> black(24);
  EXPECT_EQ(principal_component_pursuit(ByteView(black.data(), 4, 6)).rank(), 0);
}

TEST(Pcp, SmallestShapes) {
  for (const Size shape : {Size{1, 1, 1}, Size{1, 1, 9}, Size{9, 1, 1}, Size{2, 1, 3}}) {
    const Matrix m = test::to_matrix(test::gaussian(shape.width, shape.frames, 3));
    const PcpResult r = principal_component_pursuit(m, {.keep_sparse = true});
    EXPECT_LE(r.residual, 1e-7);
    const MatrixXd e = test::to_eigen(m);
    EXPECT_LT((e - low_rank(r) - test::to_eigen(r.sparse)).norm(), 3e-7 * e.norm());
  }
}

TEST(Pcp, RankBound) {
  const std::vector<std::uint8_t> bytes = test::video(20, 15, 150);
  const PcpResult r = principal_component_pursuit(ByteView(bytes.data(), 300, 150),
                                                  {.tolerance = 1e-4, .max_rank = 3});
  EXPECT_LE(r.residual, 1e-4);
  EXPECT_EQ(r.rank(), 3);
}

TEST(Pcp, ProgressAndCancelling) {
  const Matrix m = test::to_matrix(planted(80, 60, 3, 0.05, 9).sum());
  std::vector<PcpProgress> seen;
  const auto stop_at_five = [&](const PcpProgress& progress) {
    seen.push_back(progress);
    return progress.iteration < 5;
  };
  const PcpResult r = principal_component_pursuit(m, {.progress = stop_at_five});
  EXPECT_EQ(r.status, PcpStatus::cancelled);
  EXPECT_EQ(r.iterations, 5);
  ASSERT_EQ(seen.size(), 5u);
  EXPECT_EQ(seen.back().residual, r.residual);
  EXPECT_EQ(r.rank(), 0) << "no factors";

  const PcpResult limited = principal_component_pursuit(m, {.max_iterations = 3});
  EXPECT_EQ(limited.status, PcpStatus::iteration_limit);
  EXPECT_EQ(limited.iterations, 3);
  EXPECT_GT(limited.residual, 1e-7);

  const PcpOptions throwing{.progress = [](const PcpProgress&) -> bool { throw 42; }};
  EXPECT_THROW(principal_component_pursuit(m, throwing), int);
}

TEST(Pcp, BadArguments) {
  Matrix m(4, 3);
  const double nan = std::nan("");
  EXPECT_THROW(principal_component_pursuit(FloatView()), std::invalid_argument);
  EXPECT_THROW(principal_component_pursuit(ByteView(nullptr, 4, 3)), std::invalid_argument);
  for (const PcpOptions& bad :
       {PcpOptions{.lambda = -1}, PcpOptions{.lambda = nan}, PcpOptions{.tolerance = 0},
        PcpOptions{.tolerance = nan}, PcpOptions{.max_iterations = 0}, PcpOptions{.max_rank = -1},
        PcpOptions{.growth = 1}})
    EXPECT_THROW(principal_component_pursuit(m, bad), std::invalid_argument);
  m(2, 1) = std::numeric_limits<float>::quiet_NaN();
  try {
    principal_component_pursuit(m);
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("NaN at row 2, column 1"), std::string::npos);
  }
}

std::uint64_t peak_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

// Noise drives the rank up, so that the factors are as large as they get.
TEST(Pcp, MemoryIsBounded) {
  std::mt19937 engine(5);
  std::vector<std::uint8_t> noise(200000 * 60);
  for (auto& x : noise)
    x = static_cast<std::uint8_t>(engine());
  PcpOptions options{.tolerance = 1e-3, .threads = 2, .keep_sparse = true};
  const std::uint64_t before = peak_bytes();
  principal_component_pursuit(ByteView(noise.data(), 200000, 60), options);
  const std::uint64_t bound = pcp_memory(200000, 60, options);
  EXPECT_LE(peak_bytes() - before, bound);
  EXPECT_GE(bound, 2u * 4 * noise.size()) << "Z and S at the least";
  EXPECT_EQ(pcp_memory(0, 5), 0u);
  EXPECT_EQ(pcp_memory(std::numeric_limits<Index>::max(), 1000),
            std::numeric_limits<std::uint64_t>::max());
}

}  // namespace
}  // namespace lowrank
