// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <ostream>
#include <string>

#include "lowrank/svd.h"
#include "matrices.h"
#include "messages.h"

// What svd.h says of every one of its functions.
namespace lowrank {
namespace {

using test::MatrixXd;
using test::message_of;

struct Settings {
  unsigned threads = 1;
  ProgressFunction progress = {};
};

struct Method {
  std::string name;
  std::function<Svd(FloatView, Index, const Settings&)> floats;
  std::function<Svd(ByteView, Index, const Settings&)> bytes;  ///< empty: there is no such call
  double least;  ///< σᵢ/σ₁ down to which σ is right
};

void PrintTo(const Method& method, std::ostream* out) {
  *out << method.name;
}

// Power iterations, passes and tolerances that make all of them agree with the oracle to float.
template <typename T>
Svd randomized(MatrixView<const T> a, Index k, const Settings& s) {
  return randomized_svd(a, k,
                        {.power_iterations = 12, .threads = s.threads, .progress = s.progress});
}

template <typename T>
Svd krylov(MatrixView<const T> a, Index k, const Settings& s) {
  return block_krylov_svd(a, k, {.tolerance = 1e-4, .threads = s.threads, .progress = s.progress});
}

template <typename T>
Svd gram(MatrixView<const T> a, Index k, const Settings& s) {
  return gram_svd(a, k, GramSvdOptions{s.threads, s.progress});
}

template <typename T>
Svd automatic(MatrixView<const T> a, Index k, const Settings& s) {
  return leading_svd(a, k, {.tolerance = 1e-4, .threads = s.threads, .progress = s.progress});
}

Svd full(FloatView a, Index k, const Settings& s) {
  return truncated_svd(a, k, {s.progress});
}

const Method methods[] = {
    {"truncated_svd", full, {}, 1e-7},
    {"gram_svd", gram<float>, gram<std::uint8_t>, 1e-4},
    {"randomized_svd", randomized<float>, randomized<std::uint8_t>, 1e-4},
    {"block_krylov_svd", krylov<float>, krylov<std::uint8_t>, 1e-4},
    {"leading_svd", automatic<float>, automatic<std::uint8_t>, 1e-4},
};

class SvdMethods : public testing::TestWithParam<Method> {
 protected:
  Svd call(FloatView a, Index k, const Settings& settings = {}) const {
    return GetParam().floats(a, k, settings);
  }
};

INSTANTIATE_TEST_SUITE_P(All, SvdMethods, testing::ValuesIn(methods),
                         [](const auto& info) { return info.param.name; });

Eigen::VectorXd oracle(const MatrixXd& a) {
  return Eigen::BDCSVD<MatrixXd>(a).singularValues();
}

void expect_orthonormal(const Svd& s) {
  EXPECT_LT(test::orthogonality_error(s.u), 2e-6);
  EXPECT_LT(test::orthogonality_error(s.v), 2e-6);
}

// σ to `tolerance` of each, down to `least`·σ₁ of them, orthonormal vectors, and the error of
// Eckart and Young's.
void expect_leading(const Svd& s, const MatrixXd& a, Index k, double tolerance, double least) {
  ASSERT_EQ(std::ssize(s.sigma), k);
  ASSERT_EQ(s.u.rows(), a.rows());
  ASSERT_EQ(s.v.rows(), a.cols());
  ASSERT_EQ(s.u.cols(), k);
  ASSERT_EQ(s.v.cols(), k);
  expect_orthonormal(s);
  const Eigen::VectorXd sigma = oracle(a);
  EXPECT_TRUE(std::is_sorted(s.sigma.rbegin(), s.sigma.rend()));
  for (Index i = 0; i < k; i++) {
    const double allowed = tolerance * std::max(sigma(i), least * sigma(0));
    EXPECT_NEAR(static_cast<double>(s.sigma[static_cast<std::size_t>(i)]), sigma(i), allowed)
        << "sigma " << i;
  }
  const double tail = sigma.tail(sigma.size() - k).norm();
  EXPECT_NEAR((test::product(s) - a).norm(), tail, 1e-3 * tail + 3e-6 * a.norm());
}

struct Shape {
  Index rows, cols, k;
};

const Shape shapes[] = {{1, 1, 1},    {1, 9, 1},     {9, 1, 1},    {7, 7, 3},
                        {60, 40, 9},  {40, 60, 9},   {900, 41, 7}, {41, 900, 7},
                        {90, 80, 80}, {6000, 70, 5}, {70, 6000, 5}};

std::vector<double> falling(Index count, double ratio) {
  std::vector<double> sigma;
  for (Index i = 0; i < count; i++)
    sigma.push_back(std::pow(ratio, static_cast<double>(i)));
  return sigma;
}

std::string text_of(const Shape& s) {
  return std::to_string(s.rows) + " x " + std::to_string(s.cols) + ", k " + std::to_string(s.k);
}

TEST_P(SvdMethods, AgreeWithAnIndependentOne) {
  for (const Shape& shape : shapes) {
    SCOPED_TRACE(text_of(shape));
    const std::vector<double> sigma = falling(std::min(shape.rows, shape.cols), 0.9);
    const Matrix a = test::to_matrix(test::with_spectrum(shape.rows, shape.cols, sigma, 3));
    expect_leading(call(a, shape.k), test::to_eigen(a), shape.k, 2e-6, GetParam().least);
  }
}

TEST_P(SvdMethods, ZerosHaveOrthonormalVectors) {
  for (const Shape& shape : shapes) {
    SCOPED_TRACE(text_of(shape));
    const Svd s = call(Matrix(shape.rows, shape.cols), shape.k);
    EXPECT_EQ(s.sigma, std::vector<float>(static_cast<std::size_t>(shape.k), 0.0f));
    expect_orthonormal(s);
  }
}

TEST_P(SvdMethods, RankBelowK) {
  for (const auto& [rows, cols] : {std::pair<Index, Index>{800, 30}, {30, 800}, {40, 40}}) {
    const Matrix a = test::to_matrix(test::gaussian(rows, 4, 1) * test::gaussian(4, cols, 2));
    expect_leading(call(a, 9), test::to_eigen(a), 9, 3e-6, 1);
  }
}

TEST_P(SvdMethods, GradedSpectrum) {
  for (const auto& [rows, cols] : {std::pair<Index, Index>{4000, 40}, {40, 4000}, {60, 40}}) {
    const Matrix a = test::to_matrix(test::with_spectrum(rows, cols, falling(40, 0.4), 5));
    expect_leading(call(a, 12), test::to_eigen(a), 12, 3e-5, GetParam().least);
  }
}

TEST_P(SvdMethods, RepeatedValues) {
  std::vector<double> sigma = falling(40, 0.8);
  for (std::size_t i = 0; i < 40; i++)
    sigma[i] = i < 6 ? 3 : sigma[i];
  for (const Index rows : {50, 5000}) {
    const Matrix a = test::to_matrix(test::with_spectrum(rows, 40, sigma, 7));
    expect_leading(call(a, 6), test::to_eigen(a), 6, 2e-6, 1);
  }
}

// A spectrum of noise, the worst there is, in part below one component that stands out.
TEST_P(SvdMethods, VideoOfBytes) {
  if (!GetParam().bytes)
    GTEST_SKIP() << "takes no bytes";
  const std::vector<std::uint8_t> video = test::video(80, 60, 90);
  Matrix floats(4800, 90);
  std::copy(video.begin(), video.end(), floats.data());
  const MatrixXd exact = test::to_eigen(floats);
  const Svd tall = GetParam().bytes(ByteView(video.data(), 4800, 90), 3, {});
  expect_leading(tall, exact, 3, 1e-5, GetParam().least);

  std::vector<std::uint8_t> turned(video.size());
  for (std::size_t i = 0; i < 4800; i++)
    for (std::size_t j = 0; j < 90; j++)
      turned[j + i * 90] = video[i + j * 4800];
  const Svd wide = GetParam().bytes(ByteView(turned.data(), 90, 4800), 3, {});
  expect_leading(wide, exact.transpose(), 3, 1e-5, GetParam().least);
}

// More rows of the largest value than sums in 32 bits hold.
TEST_P(SvdMethods, BytesAtTheirLargest) {
  if (!GetParam().bytes)
    GTEST_SKIP() << "takes no bytes";
  const std::vector<std::uint8_t> white(150000 * 3, 255);
  const double exact = 255 * std::sqrt(450000.0);
  for (const auto& [rows, cols] : {std::pair<Index, Index>{150000, 3}, {3, 150000}}) {
    const Svd s = GetParam().bytes(ByteView(white.data(), rows, cols), 2, {});
    EXPECT_NEAR(static_cast<double>(s.sigma[0]), exact, 1e-6 * exact);
    EXPECT_LT(static_cast<double>(s.sigma[1]), 1e-6 * exact);
    expect_orthonormal(s);
  }
}

TEST_P(SvdMethods, FarFromOne) {
  for (const double scale : {1e-30, 1e30}) {
    const MatrixXd a = scale * test::with_spectrum(700, 30, falling(30, 0.7), 9);
    const Matrix input = test::to_matrix(a);
    expect_leading(call(input, 4), test::to_eigen(input), 4, 2e-6, GetParam().least);
  }
}

TEST_P(SvdMethods, ViewsWithAStride) {
  const Matrix big = test::to_matrix(test::with_spectrum(900, 60, falling(60, 0.8), 11));
  for (const FloatView part : {big.view().block(3, 4, 800, 30), big.view().block(3, 4, 20, 50)})
    expect_leading(call(part, 5), test::to_eigen(part), 5, 2e-6, GetParam().least);
}

TEST_P(SvdMethods, DoNotDependOnThreads) {
  for (const auto& [rows, cols] : {std::pair<Index, Index>{5000, 50}, {50, 5000}}) {
    const Matrix a = test::to_matrix(test::gaussian(rows, cols, 13));
    const Svd one = call(a, 6);
    for (const unsigned threads : {2u, 3u}) {
      const Svd more = call(a, 6, {.threads = threads});
      EXPECT_EQ(one.sigma, more.sigma);
      EXPECT_EQ(test::to_eigen(one.u), test::to_eigen(more.u));
      EXPECT_EQ(test::to_eigen(one.v), test::to_eigen(more.v));
    }
  }
}

TEST_P(SvdMethods, NameWhatIsWrong) {
  for (const Index rows : {4, 500}) {
    Matrix a = test::to_matrix(test::gaussian(rows, 3, 1));
    const auto message = [&](Index k) { return message_of([&] { call(a, k); }); };
    const std::string function = GetParam().name + ": ";
    const std::string shape = "a " + std::to_string(rows) + " x 3 matrix";
    EXPECT_EQ(message(0), function + "k is 0, but " + shape + " has from 1 to 3 components");
    EXPECT_EQ(message(4), function + "k is 4, but " + shape + " has from 1 to 3 components");
    a(3, 2) = -std::numeric_limits<float>::infinity();
    EXPECT_EQ(message(1), function +
                              "the matrix holds an infinity at row 3, column 2; every "
                              "value must be finite");
    a(1, 1) = std::numeric_limits<float>::quiet_NaN();
    EXPECT_NE(message(1).find(function + "the matrix holds NaN at row 1, column 1"),
              std::string::npos)
        << message(1);
  }
  EXPECT_NE(message_of([&] { call(FloatView(), 1); }).find(GetParam().name + ": "),
            std::string::npos);
}

TEST_P(SvdMethods, TellTheirProgress) {
  const Matrix a = test::to_matrix(test::gaussian(6000, 60, 2));
  std::vector<double> told;
  call(a, 4, {.threads = 2, .progress = [&](double done) {
                told.push_back(done);
                return true;
              }});
  ASSERT_GE(told.size(), 3u);
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_GE(told.front(), 0);
  EXPECT_EQ(told.back(), 1);
}

TEST_P(SvdMethods, CanBeCancelledAtEveryCall) {
  const Matrix a = test::to_matrix(test::gaussian(2000, 60, 2));
  int calls = 0;
  call(a, 4, {.progress = [&](double) { return ++calls > 0; }});
  const int step = std::max(1, calls / 20);
  for (int last = 1; last < calls; last += step) {
    int count = 0;
    const Settings settings{.progress = [&](double) { return ++count < last; }};
    try {
      call(a, 4, settings);
      ADD_FAILURE() << "not cancelled at call " << last;
    } catch (const Cancelled& cancelled) {
      EXPECT_NE(std::string(cancelled.what()).find(GetParam().name), std::string::npos);
    }
    EXPECT_EQ(count, last) << "not called again";
  }
  EXPECT_THROW(call(a, 4, {.progress = [](double) -> bool { throw 42; }}), int);
}

// The residual by its definition.
double residual(const Svd& s, const MatrixXd& a) {
  double largest = 0;
  for (Index i = 0; i < std::ssize(s.sigma); i++) {
    const auto sigma = static_cast<double>(s.sigma[static_cast<std::size_t>(i)]);
    const Eigen::VectorXd u = test::to_eigen(s.u).col(i);
    const Eigen::VectorXd v = test::to_eigen(s.v).col(i);
    largest = std::max(largest, (a.transpose() * u - sigma * v).norm() / sigma);
  }
  return largest;
}

TEST(BlockKrylovSvd, MeetsTheTolerance) {
  for (const auto& [rows, cols] : {std::pair<Index, Index>{3000, 150}, {150, 3000}, {200, 150}}) {
    const Matrix input = test::to_matrix(test::gaussian(rows, cols, 21));
    const MatrixXd a = test::to_eigen(input);
    const MatrixXd tall = rows < cols ? MatrixXd(a.transpose()) : a;
    int before = 0;
    for (const double tolerance : {1e-1, 1e-2, 1e-3, 1e-5}) {
      BlockKrylovSvd s = block_krylov_svd(input, 5, {.tolerance = tolerance});
      EXPECT_TRUE(s.converged);
      EXPECT_LE(s.residual, tolerance);
      if (rows < cols)
        std::swap(s.u, s.v);
      EXPECT_LE(residual(s, tall), tolerance + 2e-6);
      EXPECT_GE(s.passes, before);
      before = s.passes;
      EXPECT_NEAR(static_cast<double>(s.sigma[0]), oracle(a)(0), oracle(a)(0) * tolerance);
    }
    EXPECT_GT(before, 2);
  }
}

// Musco and Musco's case: where the spectrum is flat, a pass gains more than one of subspace
// iteration.
TEST(BlockKrylovSvd, NeedsFewerPassesThanPowerIterations) {
  std::vector<double> sigma;
  for (int i = 1; i <= 200; i++)
    sigma.push_back(1 / std::sqrt(i));
  const Matrix a = test::to_matrix(test::with_spectrum(600, 200, sigma, 23));
  const BlockKrylovSvd krylov = block_krylov_svd(a, 10, {.tolerance = 1e-3});
  ASSERT_TRUE(krylov.converged);
  const Svd power = randomized_svd(a, 10, {.power_iterations = krylov.passes});
  const double exact = oracle(test::to_eigen(a))(9);
  EXPECT_LT(std::abs(static_cast<double>(krylov.sigma[9]) - exact),
            0.1 * std::abs(static_cast<double>(power.sigma[9]) - exact));
}

TEST(BlockKrylovSvd, SaysWhenItDoesNotConverge) {
  const Matrix a = test::to_matrix(test::gaussian(2000, 300, 25));
  const BlockKrylovSvd s = block_krylov_svd(a, 10, {.tolerance = 1e-6, .max_passes = 2});
  EXPECT_FALSE(s.converged);
  EXPECT_EQ(s.passes, 2);
  EXPECT_GT(s.residual, 1e-6);
  expect_orthonormal(s);
}

TEST(BlockKrylovSvd, BadOptions) {
  const Matrix a(20, 10);
  for (const double bad : {0.0, -1.0, std::nan(""), HUGE_VAL})
    EXPECT_NE(message_of([&] {
                block_krylov_svd(a, 1, {.tolerance = bad});
              }).find("block_krylov_svd: tolerance"),
              std::string::npos);
  EXPECT_NE(message_of([&] { block_krylov_svd(a, 1, {.max_passes = 0}); }).find("max_passes is 0"),
            std::string::npos);
  EXPECT_NE(
      message_of([&] { block_krylov_svd(a, 1, {.oversampling = -1}); }).find("oversampling is -1"),
      std::string::npos);
}

TEST(LeadingSvd, ChoosesAsStated) {
  const Matrix small = test::to_matrix(test::gaussian(300, 50, 1));
  EXPECT_EQ(leading_svd(small, 3).method, SvdMethod::full);
  std::vector<double> sigma = falling(200, 0.9);
  for (double& s : sigma)
    s += 0.01;
  const Matrix large = test::to_matrix(test::with_spectrum(4000, 200, sigma, 2));
  EXPECT_EQ(leading_svd(large, 3, {.tolerance = 0}).method, SvdMethod::full);
  EXPECT_EQ(leading_svd(large, 3, {.tolerance = 0.2}).method, SvdMethod::randomized);
  EXPECT_EQ(leading_svd(large, 3).method, SvdMethod::block_krylov);
  EXPECT_EQ(leading_svd(large, 100).method, SvdMethod::gram);
  EXPECT_EQ(leading_svd(large, 100, {.tolerance = 1e-11}).method, SvdMethod::full)
      << "squares lose what that asks for";
}

TEST(LeadingSvd, MeetsTheToleranceWhateverItChooses) {
  const Matrix input = test::to_matrix(test::gaussian(3000, 200, 3));
  const MatrixXd a = test::to_eigen(input);
  for (const Index k : {1, 10, 60, 200}) {
    const LeadingSvd s = leading_svd(input, k, {.tolerance = 1e-3});
    EXPECT_TRUE(s.converged);
    EXPECT_LE(residual(s, a), 1e-3 + 2e-6) << "k " << k;
  }
}

TEST(LeadingSvd, BadTolerance) {
  for (const double bad : {-1.0, std::nan("")})
    EXPECT_NE(message_of([&] {
                leading_svd(Matrix(9, 3), 1, {.tolerance = bad});
              }).find("leading_svd: tolerance"),
              std::string::npos);
}

}  // namespace
}  // namespace lowrank
