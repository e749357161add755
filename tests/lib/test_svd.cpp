// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lowrank/svd.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "matrices.h"
#include "messages.h"

namespace lowrank {
namespace {

using test::MatrixXd;
using test::message_of;

// Results are rounded to float, 6e-8; sums of some hundred of them are off by no more than this.
constexpr double float_tolerance = 2e-6;

struct Shape {
  Index rows, cols;
};

class SvdOfShape : public testing::TestWithParam<Shape> {};

void expect_decomposition(const Svd& s, const MatrixXd& a, double tolerance) {
  const Index k = std::ssize(s.sigma);
  ASSERT_EQ(s.u.rows(), a.rows());
  ASSERT_EQ(s.v.rows(), a.cols());
  ASSERT_EQ(s.u.cols(), k);
  ASSERT_EQ(s.v.cols(), k);
  EXPECT_LT(test::orthogonality_error(s.u), float_tolerance);
  EXPECT_LT(test::orthogonality_error(s.v), float_tolerance);
  const Eigen::BDCSVD<MatrixXd> oracle(a);
  const double scale = oracle.singularValues()(0);
  for (Index i = 0; i < k; i++) {
    EXPECT_NEAR(static_cast<double>(s.sigma[static_cast<std::size_t>(i)]),
                oracle.singularValues()(i), tolerance * scale)
        << "sigma " << i;
  }
  EXPECT_TRUE(std::is_sorted(s.sigma.rbegin(), s.sigma.rend()));
  // Eckart and Young: no approximation of rank k is closer than the tail of the spectrum.
  const double tail = oracle.singularValues().tail(oracle.singularValues().size() - k).norm();
  EXPECT_NEAR((test::product(s) - a).norm(), tail, float_tolerance * a.norm() + 1e-30);
}

TEST_P(SvdOfShape, AgreesWithAnIndependentOne) {
  const auto [rows, cols] = GetParam();
  const Matrix a = test::to_matrix(test::gaussian(rows, cols, 1));
  const MatrixXd exact = test::to_eigen(a);
  const Index least = std::min(rows, cols);
  expect_decomposition(svd(a), exact, 1e-7);
  expect_decomposition(truncated_svd(a, (least + 1) / 2), exact, 1e-7);
  expect_decomposition(gram_svd(FloatView(a), (least + 1) / 2), exact, 1e-7);
  expect_decomposition(gram_svd(FloatView(a), least), exact, 1e-7);
  expect_decomposition(randomized_svd(a, least), exact, 1e-6);
}

TEST_P(SvdOfShape, ZeroMatrixHasOrthonormalVectors) {
  const auto [rows, cols] = GetParam();
  const Matrix a(rows, cols);
  const Index least = std::min(rows, cols);
  for (const Svd& s :
       {svd(a), truncated_svd(a, least), gram_svd(FloatView(a), least), randomized_svd(a, least)}) {
    EXPECT_EQ(*std::max_element(s.sigma.begin(), s.sigma.end()), 0.0f);
    EXPECT_LT(test::orthogonality_error(s.u), float_tolerance);
    EXPECT_LT(test::orthogonality_error(s.v), float_tolerance);
  }
}

TEST_P(SvdOfShape, RankDeficientMatrix) {
  const auto [rows, cols] = GetParam();
  const Index least = std::min(rows, cols);
  const Index rank = (least + 2) / 3;
  const Matrix a = test::to_matrix(test::gaussian(rows, rank, 3) * test::gaussian(rank, cols, 4));
  const MatrixXd exact = test::to_eigen(a);
  expect_decomposition(svd(a), exact, 1e-7);
  expect_decomposition(gram_svd(FloatView(a), least), exact, 1e-6);
  expect_decomposition(randomized_svd(a, least), exact, 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Shapes, SvdOfShape,
                         testing::Values(Shape{1, 1}, Shape{1, 9}, Shape{9, 1}, Shape{2, 3},
                                         Shape{40, 40}, Shape{300, 30}, Shape{30, 300},
                                         Shape{5000, 70}, Shape{70, 2000}),
                         [](const auto& info) {
                           return std::to_string(info.param.rows) + "x" +
                                  std::to_string(info.param.cols);
                         });

TEST(Svd, ReadsAViewWithAStride) {
  const Matrix big = test::to_matrix(test::gaussian(50, 40, 5));
  const FloatView part = big.view().block(3, 4, 20, 10);
  const MatrixXd exact = test::to_eigen(part);
  expect_decomposition(svd(part), exact, 1e-7);
  expect_decomposition(gram_svd(part, 10), exact, 1e-7);
  expect_decomposition(randomized_svd(part, 10), exact, 1e-6);
}

// The promise of the header: svd() has small values right to about 1e-14 of the largest, up to the
// rounding of the input to floats, which is why the oracle reads the rounded matrix.
TEST(Svd, GradedSpectrum) {
  std::vector<double> sigma;
  for (int i = 0; i < 30; i++)
    sigma.push_back(std::pow(10.0, -i / 4.0));
  const Matrix a = test::to_matrix(test::with_spectrum(200, 30, sigma, 6));
  const Eigen::JacobiSVD<MatrixXd> oracle(test::to_eigen(a));
  const Svd s = svd(a);
  for (std::size_t i = 0; i < sigma.size(); i++) {
    const double expected = oracle.singularValues()(static_cast<Index>(i));
    EXPECT_NEAR(static_cast<double>(s.sigma[i]), expected, 1e-7 * expected + 1e-14);
  }
  EXPECT_LT(test::orthogonality_error(s.u), float_tolerance);
}

// Integers leave no rounding of the input: what is lost below is lost by squaring.
TEST(GramSvd, LosesSmallValuesAsStated) {
  constexpr Index n = 40;
  std::vector<double> sigma(n, 1.0);
  for (std::size_t i = 0; i < n; i++)
    sigma[i] = std::pow(10.0, -0.25 * static_cast<double>(i));
  const Matrix a = test::to_matrix(test::with_spectrum(3000, n, sigma, 8));
  const Eigen::JacobiSVD<MatrixXd> oracle(test::to_eigen(a));
  const Svd s = gram_svd(FloatView(a), n);
  const double bound = 0x1p-53 * n;
  for (std::size_t i = 0; i < n; i++) {
    const double expected = oracle.singularValues()(static_cast<Index>(i));
    const auto value = static_cast<double>(s.sigma[i]);
    EXPECT_LT(std::abs(value * value - expected * expected), bound + 2e-7 * expected * expected);
    if (expected > 1e-4) {
      EXPECT_NEAR(value, expected, 1e-6 * expected);
    }
  }
  EXPECT_LT(test::orthogonality_error(s.u), float_tolerance);
  EXPECT_LT(test::orthogonality_error(s.v), float_tolerance);
}

TEST(GramSvd, ValuesBelowTheBoundComeOutAsZero) {
  Matrix a(500, 3);
  for (Index i = 0; i < 500; i++) {
    a(i, 0) = 1;
    a(i, 1) = i % 2 != 0 ? 1e-10f : -1e-10f;  // 1e-10 of the first: squared, 1e-20 < epsilon
    a(i, 2) = i % 4 < 2 ? 1.0f : -1.0f;
  }
  const Svd s = gram_svd(FloatView(a), 3);
  EXPECT_GT(s.sigma[1], 22.0f);
  EXPECT_EQ(s.sigma[2], 0.0f);
  EXPECT_LT(test::orthogonality_error(s.u), float_tolerance);
  EXPECT_NEAR(svd(a).sigma[2] / std::sqrt(500.0) * 1e10, 1.0, 1e-3) << "svd() does see it";
}

TEST(GramSvd, BytesAreWorthTheirValue) {
  const std::vector<std::uint8_t> bytes = test::video(40, 30, 50);
  const ByteView view(bytes.data(), 1200, 50);
  Matrix floats(1200, 50);
  std::copy(bytes.begin(), bytes.end(), floats.data());
  const Svd s = gram_svd(view, 10);
  const Svd reference = gram_svd(FloatView(floats), 10);
  EXPECT_EQ(s.sigma, reference.sigma);
  EXPECT_EQ(test::to_eigen(s.u), test::to_eigen(reference.u));

  const ByteView wide(bytes.data(), 50, 1200);
  const Eigen::BDCSVD<MatrixXd> oracle(
      Eigen::Map<const Eigen::Matrix<std::uint8_t, -1, -1>>(bytes.data(), 50, 1200).cast<double>());
  const Svd w = gram_svd(wide, 5);
  EXPECT_NEAR(static_cast<double>(w.sigma[4]), oracle.singularValues()(4),
              1e-6 * oracle.singularValues()(4));
  EXPECT_LT(test::orthogonality_error(w.v), float_tolerance);
}

TEST(GramSvd, DoesNotDependOnThreads) {
  const Matrix a = test::to_matrix(test::gaussian(4000, 60, 9));
  const Svd one = gram_svd(FloatView(a), 20, 1);
  const Svd four = gram_svd(FloatView(a), 20, 4);
  EXPECT_EQ(one.sigma, four.sigma);
  EXPECT_EQ(test::to_eigen(one.u), test::to_eigen(four.u));
  EXPECT_EQ(test::to_eigen(one.v), test::to_eigen(four.v));
}

TEST(SvdArguments, AreNamedWhenBad) {
  Matrix a(4, 3);
  const FloatView view = a;
  EXPECT_EQ(message_of([&] { truncated_svd(view, 0); }),
            "truncated_svd: k is 0, but a 4 x 3 matrix has from 1 to 3 components");
  EXPECT_NE(message_of([&] { gram_svd(view, 4); }).find("gram_svd: k is 4"), std::string::npos);
  EXPECT_NE(message_of([&] { randomized_svd(view, -1); }).find("k is -1"), std::string::npos);
  EXPECT_NE(message_of([&] { svd(FloatView()); }).find("empty, 0 x 0"), std::string::npos);
  EXPECT_NE(message_of([&] { svd({a.data(), 4, 3, 3}); }).find("stride, 3"), std::string::npos);
  EXPECT_NE(message_of([&] { svd({nullptr, 4, 3}); }).find("null"), std::string::npos);
  EXPECT_NE(message_of([&] { svd({a.data(), -4, 3}); }).find("negative"), std::string::npos);
  EXPECT_NE(message_of([&] { randomized_svd(view, 1, {.oversampling = -1}); }).find("oversampling"),
            std::string::npos);
  EXPECT_NE(message_of([&] {
              randomized_svd(view, 1, {.power_iterations = -1});
            }).find("power_iterations"),
            std::string::npos);
}

TEST(SvdArguments, FirstBadElementIsNamed) {
  Matrix a(4, 3);
  a(3, 2) = std::numeric_limits<float>::infinity();
  EXPECT_EQ(message_of([&] { svd(a); }),
            "svd: the matrix holds an infinity at row 3, column 2; every value must be finite");
  a(1, 1) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(message_of([&] { truncated_svd(a, 1); }).find("NaN at row 1, column 1"),
            std::string::npos);
  EXPECT_NE(message_of([&] { gram_svd(FloatView(a), 1); }).find("NaN at row 1, column 1"),
            std::string::npos);
  EXPECT_NE(message_of([&] { randomized_svd(a, 1); }).find("NaN at row 1, column 1"),
            std::string::npos);
}

TEST(Energy, IsTheShareOfTheSquares) {
  const std::vector<float> sigma{3, 2, 1, 0};
  EXPECT_DOUBLE_EQ(energy(sigma, 0), 0);
  EXPECT_DOUBLE_EQ(energy(sigma, 1), 9.0 / 14);
  EXPECT_DOUBLE_EQ(energy(sigma, 4), 1);
  EXPECT_DOUBLE_EQ(energy(std::vector<float>{0, 0}, 0), 1);
  EXPECT_EQ(rank_for_energy(sigma, 0), 0);
  EXPECT_EQ(rank_for_energy(sigma, 0.6), 1);
  EXPECT_EQ(rank_for_energy(sigma, 0.65), 2);
  EXPECT_EQ(rank_for_energy(sigma, 1), 3);
  EXPECT_EQ(rank_for_energy(std::vector<float>{0, 0}, 1), 0);
  for (Index k = 0; k <= 3; k++)
    EXPECT_EQ(rank_for_energy(sigma, energy(sigma, k)), k);
}

TEST(Energy, BadArguments) {
  const std::vector<float> sigma{2, 1};
  EXPECT_THROW(energy(sigma, 3), std::invalid_argument);
  EXPECT_THROW(energy(sigma, -1), std::invalid_argument);
  EXPECT_THROW(rank_for_energy(sigma, 1.01), std::invalid_argument);
  EXPECT_THROW(rank_for_energy(sigma, -0.01), std::invalid_argument);
  EXPECT_THROW(rank_for_energy(sigma, std::nan("")), std::invalid_argument);
  EXPECT_THROW(rank_for_energy(std::vector<float>{1, 2}, 0.5), std::invalid_argument);
  EXPECT_THROW(energy(std::vector<float>{1, -1}, 1), std::invalid_argument);
}

}  // namespace
}  // namespace lowrank
