// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "lowrank/svd.h"
#include "matrices.h"

namespace lowrank {
namespace {

using test::MatrixXd;

std::vector<double> decaying(Index count, double ratio) {
  std::vector<double> sigma;
  for (Index i = 0; i < count; i++)
    sigma.push_back(std::pow(ratio, static_cast<double>(i)));
  return sigma;
}

double spectral_error(const Svd& s, const MatrixXd& a) {
  return Eigen::BDCSVD<MatrixXd>(a - test::product(s)).singularValues()(0);
}

// Corollary 10.10 of Halko, Martinsson, Tropp bounds the mean; ten seeds stay below it with room.
TEST(RandomizedSvd, StaysBelowTheBoundOfTheory) {
  constexpr Index m = 400;
  constexpr Index n = 120;
  constexpr Index k = 10;
  for (const double ratio : {0.99, 0.9}) {
    const MatrixXd a = test::with_spectrum(m, n, decaying(n, ratio), 11);
    const Matrix input = test::to_matrix(a);
    const double next = std::pow(ratio, k);
    double last = 1e9;
    for (const int q : {0, 1, 3}) {
      double mean = 0;
      for (std::uint64_t seed = 0; seed < 10; seed++)
        mean +=
            spectral_error(randomized_svd(input, k, {.power_iterations = q, .seed = seed}), a) / 10;
      const double p = 10;
      const double factor =
          1 + std::sqrt(k / (p - 1)) + std::numbers::e * std::sqrt((k + p) * n) / p;
      EXPECT_LT(mean, std::pow(factor, 1.0 / (2 * q + 1)) * next) << "q " << q;
      EXPECT_GT(mean, next * (1 - 1e-5)) << "nothing beats the best approximation";
      EXPECT_LT(mean, last * 1.0001) << "power iterations must help";
      last = mean;
    }
  }
}

TEST(RandomizedSvd, IsExactWhenTheRankIsSampled) {
  const MatrixXd a = test::gaussian(300, 12, 1) * test::gaussian(12, 900, 2);
  const Eigen::BDCSVD<MatrixXd> oracle(a);
  const Svd s = randomized_svd(test::to_matrix(a), 12);
  for (Index i = 0; i < 12; i++)
    EXPECT_NEAR(static_cast<double>(s.sigma[static_cast<std::size_t>(i)]),
                oracle.singularValues()(i), 1e-6 * oracle.singularValues()(0));
  EXPECT_LT((test::product(s) - a).norm(), 3e-6 * a.norm());
}

TEST(RandomizedSvd, SeedDecides) {
  const Matrix a = test::to_matrix(test::gaussian(200, 100, 3));
  const Svd one = randomized_svd(a, 5, {.seed = 1});
  const Svd same = randomized_svd(a, 5, {.seed = 1});
  const Svd other = randomized_svd(a, 5, {.seed = 2});
  EXPECT_EQ(test::to_eigen(one.u), test::to_eigen(same.u));
  EXPECT_NE(test::to_eigen(one.u), test::to_eigen(other.u));
}

// Threads begin their products together here, which is when a buffer that is shared inside of the
// BLAS would show: rarely, and sooner on a loaded machine.
TEST(RandomizedSvd, DoesNotDependOnThreads) {
  const Matrix a = test::to_matrix(test::gaussian(3000, 64, 4));
  const Svd one = randomized_svd(a, 9, {.power_iterations = 1});
  for (int i = 0; i < 150; i++) {
    const Svd four = randomized_svd(a, 9, {.power_iterations = 1, .threads = 4});
    ASSERT_EQ(one.sigma, four.sigma) << "round " << i;
    ASSERT_EQ(test::to_eigen(one.u), test::to_eigen(four.u)) << "round " << i;
  }
}

}  // namespace
}  // namespace lowrank
