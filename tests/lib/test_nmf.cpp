// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lowrank/nmf.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "matrices.h"

namespace lowrank {
namespace {

using test::MatrixXd;

MatrixXd uniform(Index rows, Index cols, unsigned seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<double> distribution;
  return MatrixXd::NullaryExpr(rows, cols, [&] { return distribution(engine); });
}

// A product of non-negative factors with zeros in about half of the places.
MatrixXd planted(Index rows, Index cols, Index rank, unsigned seed) {
  const auto factor = [rank](Index size, unsigned s) {
    MatrixXd x = (uniform(size, rank, s).array() * 2 - 1).max(0);
    x.row(0).array() += 0.5;  // no column of zeros
    return x;
  };
  return factor(rows, seed) * factor(cols, seed + 1).transpose();
}

MatrixXd product(const NmfResult& r) {
  return test::to_eigen(r.w) * test::to_eigen(r.h).transpose();
}

// Σ‖wₖ‖·‖hₖ‖₁ is the stated penalty for columns of any length.
double objective(const MatrixXd& m, const MatrixXd& w, const MatrixXd& h, double sparsity) {
  const double penalty = w.colwise().norm().dot(h.colwise().sum());
  return (m - w * h.transpose()).squaredNorm() / 2 + sparsity * penalty;
}

double objective(const MatrixXd& m, const NmfResult& r, double sparsity) {
  return objective(m, test::to_eigen(r.w), test::to_eigen(r.h), sparsity);
}

MatrixXd projected(const MatrixXd& gradient, const MatrixXd& x) {
  return (x.array() > 0).select(gradient, gradient.cwiseMin(0.0));
}

double weighted(const MatrixXd& x, const MatrixXd& gradient) {
  return (x.colwise().norm().array() * gradient.colwise().norm().array()).matrix().squaredNorm();
}

// What the header says that NmfResult::optimality is.
double optimality(const MatrixXd& m, const MatrixXd& w, const MatrixXd& h, double sparsity) {
  const MatrixXd rest = w * h.transpose() - m;
  // The penalty's, for columns of length 1.
  const MatrixXd pull = w * h.colwise().sum().asDiagonal();
  const MatrixXd of_w = projected(rest * h + sparsity * pull, w);
  const MatrixXd of_h = projected(((rest.transpose() * w).array() + sparsity).matrix(), h);
  return std::sqrt((weighted(w, of_w) + weighted(h, of_h)) /
                   (weighted(w, m * h) + weighted(h, m.transpose() * w)));
}

void expect_factors(const NmfResult& r, Index rows, Index cols, Index rank) {
  ASSERT_EQ(r.w.rows(), rows);
  ASSERT_EQ(r.h.rows(), cols);
  ASSERT_EQ(r.w.cols(), rank);
  ASSERT_EQ(r.h.cols(), rank);
  const MatrixXd w = test::to_eigen(r.w);
  const MatrixXd h = test::to_eigen(r.h);
  ASSERT_TRUE(w.allFinite() && h.allFinite());
  EXPECT_GE(w.minCoeff(), 0);
  EXPECT_GE(h.minCoeff(), 0);
  for (Index k = 0; k < rank; k++) {
    const bool zero = h.col(k).norm() == 0;
    EXPECT_NEAR(w.col(k).norm(), zero ? 0 : 1, 1e-6) << "component " << k;
  }
}

struct Video {
  std::vector<std::uint8_t> bytes;
  Index pixels, frames;
  Video(Index width, Index height, Index count)
      : bytes(test::video(width, height, count)), pixels(width * height), frames(count) {}
  ByteView view() const { return {bytes.data(), pixels, frames}; }
  MatrixXd matrix() const {
    MatrixXd m(pixels, frames);
    std::copy(bytes.begin(), bytes.end(), m.data());
    return m;
  }
};

struct Case {
  Index rows, cols, rank;
};

class NmfOfShape : public testing::TestWithParam<Case> {};

TEST_P(NmfOfShape, RecoversWhatWasPlanted) {
  const auto [rows, cols, rank] = GetParam();
  const MatrixXd m = planted(rows, cols, rank, 11);
  const NmfResult r = nonnegative_matrix_factorization(
      test::to_matrix(m), {.rank = rank, .tolerance = 1e-6, .max_iterations = 3000});
  expect_factors(r, rows, cols, rank);
  const double error = (m - product(r)).norm() / m.norm();
  EXPECT_LT(error, 2e-5);
  EXPECT_NEAR(r.residual, error, 1e-6);
  EXPECT_EQ(r.status, NmfStatus::converged);
}

// 7 and 13 components are more than a kernel sums at a time.
INSTANTIATE_TEST_SUITE_P(Shapes, NmfOfShape,
                         testing::Values(Case{1, 1, 1}, Case{1, 9, 1}, Case{9, 1, 1},
                                         Case{40, 7, 1}, Case{300, 50, 4}, Case{50, 300, 4},
                                         Case{3000, 35, 3}, Case{35, 3000, 3}, Case{400, 90, 7},
                                         Case{90, 400, 7}, Case{333, 111, 13}),
                         [](const auto& info) {
                           return std::to_string(info.param.rows) + "x" +
                                  std::to_string(info.param.cols) + "rank" +
                                  std::to_string(info.param.rank);
                         });

struct Task {
  bool wide;
  double sparsity;
};

class NmfObjective : public testing::TestWithParam<Task> {
 protected:
  MatrixXd matrix() const {
    const MatrixXd m = Video(24, 16, 60).matrix();
    return GetParam().wide ? MatrixXd(m.transpose()) : m;
  }
};

// Each run is the beginning of the next one.
TEST_P(NmfObjective, NeverRises) {
  const MatrixXd m = matrix();
  const Matrix floats = test::to_matrix(m);
  double before = std::numeric_limits<double>::infinity();
  double first = 0;
  for (int i = 1; i <= 40; i++) {
    const NmfResult r = nonnegative_matrix_factorization(
        floats,
        {.rank = 4, .tolerance = 1e-9, .max_iterations = i, .sparsity = GetParam().sparsity});
    expect_factors(r, m.rows(), m.cols(), 4);
    ASSERT_EQ(r.iterations, i);
    EXPECT_EQ(r.status, NmfStatus::iteration_limit);
    const double value = objective(m, r, GetParam().sparsity);
    EXPECT_NEAR(r.objective, value, 1e-5 * value);
    EXPECT_NEAR(r.residual, (m - product(r)).norm() / m.norm(), 1e-5);
    ASSERT_LE(value, before * (1 + 1e-6)) << "iteration " << i;
    before = value;
    first = i == 1 ? value : first;
  }
  EXPECT_LT(before, 0.99 * first) << "there is nothing to see when all are alike";
}

TEST_P(NmfObjective, IsStationaryWhereItConverges) {
  const MatrixXd m = matrix();
  const double tolerance = 3e-5;
  NmfOptions options{
      .rank = 4, .tolerance = tolerance, .max_iterations = 10000, .sparsity = GetParam().sparsity};
  const NmfResult r = nonnegative_matrix_factorization(test::to_matrix(m), options);
  EXPECT_EQ(r.status, NmfStatus::converged);
  EXPECT_LE(r.optimality, tolerance);
  const double found = optimality(m, test::to_eigen(r.w), test::to_eigen(r.h), options.sparsity);
  EXPECT_NEAR(r.optimality, found, 0.02 * found);

  options.max_iterations = r.iterations - 1;
  const NmfResult before = nonnegative_matrix_factorization(test::to_matrix(m), options);
  EXPECT_EQ(before.status, NmfStatus::iteration_limit);
  EXPECT_LE(r.objective, before.objective * (1 + 1e-6));
}

INSTANTIATE_TEST_SUITE_P(Tasks, NmfObjective,
                         testing::Values(Task{false, 0}, Task{true, 0}, Task{false, 300},
                                         Task{true, 300}),
                         [](const auto& info) {
                           return std::string(info.param.wide ? "wide" : "tall") +
                                  (info.param.sparsity > 0 ? "Sparse" : "");
                         });

// The second iteration begins as the first one ends, so halfway it has its own longer factor with
// the other one of the first. That one's columns have another length by then, which follows from
// the longer factor being optimal.
TEST(Nmf, OptimalityIsWhatItSays) {
  const MatrixXd tall = planted(90, 40, 3, 61) + 0.3 * uniform(90, 40, 62);
  for (const bool wide : {false, true}) {
    const MatrixXd m = wide ? MatrixXd(tall.transpose()) : tall;
    const Matrix floats = test::to_matrix(m);
    const NmfResult one =
        nonnegative_matrix_factorization(floats, {.rank = 3, .max_iterations = 1});
    const NmfResult two =
        nonnegative_matrix_factorization(floats, {.rank = 3, .max_iterations = 2});
    MatrixXd w = test::to_eigen(wide ? one.w : two.w);
    const MatrixXd h = test::to_eigen(wide ? two.h : one.h);
    const MatrixXd products = (w.transpose() * w).cwiseProduct(h.transpose() * h);
    const Eigen::VectorXd lengths = products.ldlt().solve((w.transpose() * m * h).diagonal());
    w *= lengths.asDiagonal();
    EXPECT_NEAR(two.optimality, optimality(m, w, h, 0), 0.01 * two.optimality);
  }
}

// Lee, Seung, "Algorithms for non-negative matrix factorization", NIPS 2000.
double multiplicative_updates(const MatrixXd& m, MatrixXd w, MatrixXd h, int iterations) {
  constexpr double tiny = 1e-30;
  for (int i = 0; i < iterations; i++) {
    h.array() *= (m.transpose() * w).array() / ((h * (w.transpose() * w)).array() + tiny);
    w.array() *= (m * h).array() / ((w * (h.transpose() * h)).array() + tiny);
  }
  return objective(m, w, h, 0);
}

class NmfOfSeed : public testing::TestWithParam<unsigned> {};

TEST_P(NmfOfSeed, IsNoWorseThanMultiplicativeUpdates) {
  const unsigned seed = GetParam();
  const MatrixXd m = planted(120, 70, 8, seed) + 0.2 * uniform(120, 70, seed + 50);
  const MatrixXd w = uniform(120, 5, seed + 100);
  const Matrix start = test::to_matrix(w);
  const NmfResult r = nonnegative_matrix_factorization(
      test::to_matrix(m),
      {.rank = 5, .tolerance = 1e-6, .max_iterations = 2000, .initial_w = start});
  const double plain = multiplicative_updates(m, w, uniform(70, 5, seed + 200), 5000);
  EXPECT_LE(r.objective, plain * (1 + 1e-3));
}

INSTANTIATE_TEST_SUITE_P(Seeds, NmfOfSeed, testing::Range(1u, 7u));

// A non-negative matrix has non-negative leading singular vectors (Perron, Frobenius), so the best
// approximation of rank one is non-negative by itself.
TEST(Nmf, RankOneIsTheLeadingSingularComponent) {
  const MatrixXd m = uniform(90, 40, 3);
  const Eigen::BDCSVD<MatrixXd> svd(m, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const NmfResult r =
      nonnegative_matrix_factorization(test::to_matrix(m), {.rank = 1, .tolerance = 1e-6});
  const double tail = svd.singularValues().tail(39).norm();
  EXPECT_NEAR(r.residual, tail / m.norm(), 1e-6);
  EXPECT_LT((test::to_eigen(r.w) - svd.matrixU().col(0).cwiseAbs()).norm(), 1e-5);
}

double share_of_zeros(const Matrix& x) {
  return static_cast<double>((test::to_eigen(x).array() == 0).count()) /
         static_cast<double>(x.rows() * x.cols());
}

TEST(Nmf, SparsityMakesZerosInH) {
  const MatrixXd m = planted(150, 120, 6, 21) + 0.3 * uniform(150, 120, 22);
  const Matrix floats = test::to_matrix(m);
  const NmfResult dense = nonnegative_matrix_factorization(floats, {.rank = 6});
  double zeros = share_of_zeros(dense.h);
  double sum = test::to_eigen(dense.h).sum();
  for (const double sparsity : {0.5, 2.0, 5.0}) {
    const NmfResult r = nonnegative_matrix_factorization(floats, {.rank = 6, .sparsity = sparsity});
    EXPECT_EQ(r.status, NmfStatus::converged);
    EXPECT_GT(share_of_zeros(r.h), zeros) << sparsity;
    EXPECT_LT(test::to_eigen(r.h).sum(), sum) << sparsity;
    EXPECT_LT(objective(m, r, sparsity), objective(m, dense, sparsity)) << sparsity;
    zeros = share_of_zeros(r.h);
    sum = test::to_eigen(r.h).sum();
  }
  EXPECT_GT(zeros, share_of_zeros(dense.h) + 0.1);
}

TEST(Nmf, TooMuchSparsityIsZero) {
  const MatrixXd m = uniform(30, 20, 8);
  for (const MatrixXd& shape : {m, MatrixXd(m.transpose())}) {
    const double longest = shape.colwise().norm().maxCoeff();
    const NmfResult r = nonnegative_matrix_factorization(test::to_matrix(shape),
                                                         {.rank = 3, .sparsity = 1.01 * longest});
    expect_factors(r, shape.rows(), shape.cols(), 3);
    EXPECT_EQ(test::to_eigen(r.h).sum(), 0);
    EXPECT_EQ(r.status, NmfStatus::converged);
    EXPECT_NEAR(r.residual, 1, 1e-6);
    const NmfResult less = nonnegative_matrix_factorization(test::to_matrix(shape),
                                                            {.rank = 3, .sparsity = 0.9 * longest});
    EXPECT_GT(test::to_eigen(less.h).sum(), 0);
  }
}

TEST(Nmf, BytesAreTheSameAsFloats) {
  const Video video(20, 15, 50);
  const Matrix floats = test::to_matrix(video.matrix());
  const NmfOptions options{.rank = 3, .max_iterations = 20};
  const NmfResult a = nonnegative_matrix_factorization(video.view(), options);
  const NmfResult b = nonnegative_matrix_factorization(floats, options);
  EXPECT_EQ(a.iterations, b.iterations);
  EXPECT_EQ(a.objective, b.objective);
  EXPECT_EQ(test::to_eigen(a.w), test::to_eigen(b.w));
  EXPECT_EQ(test::to_eigen(a.h), test::to_eigen(b.h));
}

TEST(Nmf, WideIsTallTransposed) {
  const Video video(20, 15, 50);
  const MatrixXd m = video.matrix();
  const NmfOptions options{.rank = 3, .tolerance = 1e-5, .max_iterations = 2000};
  const NmfResult tall = nonnegative_matrix_factorization(test::to_matrix(m), options);
  const NmfResult wide = nonnegative_matrix_factorization(test::to_matrix(m.transpose()), options);
  EXPECT_EQ(tall.status, NmfStatus::converged);
  EXPECT_EQ(wide.status, NmfStatus::converged);
  EXPECT_LT((product(tall) - product(wide).transpose()).norm(), 1e-3 * m.norm());
  EXPECT_NEAR(tall.objective, wide.objective, 1e-4 * tall.objective);
}

TEST(Nmf, ReadsAViewWithAStride) {
  const Video video(20, 15, 50);
  const ByteView whole = video.view();
  const ByteView part = whole.block(31, 4, 203, 41);
  std::vector<std::uint8_t> packed;
  for (Index j = 0; j < part.cols; j++)
    packed.insert(packed.end(), part.column(j), part.column(j) + part.rows);
  const NmfOptions options{.rank = 2, .max_iterations = 5};
  const NmfResult a = nonnegative_matrix_factorization(part, options);
  const NmfResult b = nonnegative_matrix_factorization(ByteView(packed.data(), 203, 41), options);
  EXPECT_EQ(test::to_eigen(a.w), test::to_eigen(b.w));
  EXPECT_EQ(test::to_eigen(a.h), test::to_eigen(b.h));
}

TEST(Nmf, DoesNotDependOnThreads) {
  const Video video(64, 48, 40);
  for (const double sparsity : {0.0, 100.0}) {
    NmfOptions options{.rank = 4, .max_iterations = 15, .sparsity = sparsity};
    const NmfResult one = nonnegative_matrix_factorization(video.view(), options);
    for (const unsigned threads : {2u, 3u}) {
      options.threads = threads;
      const NmfResult more = nonnegative_matrix_factorization(video.view(), options);
      EXPECT_EQ(one.iterations, more.iterations);
      EXPECT_EQ(one.objective, more.objective);
      EXPECT_EQ(one.optimality, more.optimality);
      EXPECT_EQ(test::to_eigen(one.w), test::to_eigen(more.w));
      EXPECT_EQ(test::to_eigen(one.h), test::to_eigen(more.h));
    }
  }
}

// Powers of two change no digit, so the factors must be the same but for the units of H.
TEST(Nmf, UnitsOfTheInput) {
  const MatrixXd m = planted(80, 30, 3, 5) + 0.1 * uniform(80, 30, 6);
  const NmfOptions options{.rank = 3, .max_iterations = 10};
  const NmfResult plain = nonnegative_matrix_factorization(test::to_matrix(m), options);
  for (const double unit : {0x1p-100, 0x1p100}) {
    const NmfResult r = nonnegative_matrix_factorization(test::to_matrix(unit * m), options);
    EXPECT_EQ(test::to_eigen(plain.w), test::to_eigen(r.w));
    EXPECT_EQ(unit * test::to_eigen(plain.h), test::to_eigen(r.h));
    EXPECT_EQ(plain.residual, r.residual);
    EXPECT_EQ(unit * unit * plain.objective, r.objective);
  }
}

// Below that, floats have fewer digits themselves.
TEST(Nmf, SmallestNumbers) {
  const MatrixXd m = planted(80, 30, 3, 5);
  for (const double unit : {0x1p-130, 0x1p-140}) {
    const NmfResult r =
        nonnegative_matrix_factorization(test::to_matrix(unit * m), {.rank = 3, .seed = 2});
    EXPECT_TRUE(test::to_eigen(r.w).allFinite() && test::to_eigen(r.h).allFinite()) << unit;
    EXPECT_LT(r.residual, 0.02) << unit;
    EXPECT_LT((test::to_eigen(r.w) * test::to_eigen(r.h).transpose() - unit * m).norm(),
              0.02 * unit * m.norm())
        << unit;
  }
}

// The next window of the same scene: pixels stay, frames change.
TEST(Nmf, WarmStartNeedsFewerIterations) {
  const Video video(32, 24, 160);
  const ByteView first = video.view().columns(0, 80);
  const ByteView second = video.view().columns(80, 80);
  NmfOptions options{.rank = 3, .tolerance = 1e-4, .max_iterations = 5000};
  const NmfResult before = nonnegative_matrix_factorization(first, options);
  const NmfResult cold = nonnegative_matrix_factorization(second, options);
  options.initial_w = before.w;
  const NmfResult warm = nonnegative_matrix_factorization(second, options);
  const NmfResult again = nonnegative_matrix_factorization(first, options);
  EXPECT_EQ(cold.status, NmfStatus::converged);
  EXPECT_EQ(warm.status, NmfStatus::converged);
  EXPECT_LT(warm.iterations, cold.iterations);
  EXPECT_LE(warm.objective, 1.01 * cold.objective);
  EXPECT_LE(again.iterations, 2) << "what is optimal already";
}

TEST(Nmf, WarmStartOfAWideMatrix) {
  const MatrixXd m = planted(30, 200, 3, 41);
  const Matrix floats = test::to_matrix(m);
  NmfOptions options{.rank = 3, .tolerance = 1e-5, .max_iterations = 2000};
  const NmfResult cold = nonnegative_matrix_factorization(floats, options);
  options.initial_w = cold.w;
  const NmfResult warm = nonnegative_matrix_factorization(floats, options);
  EXPECT_LE(warm.iterations, 3);
  EXPECT_LT(warm.residual, 1e-3);
}

TEST(Nmf, FillsColumnsOfZerosOfTheStart) {
  const MatrixXd m = planted(100, 60, 3, 31);
  Matrix start = test::to_matrix(uniform(100, 3, 32));
  std::fill_n(start.data() + 100, 100, 0.0f);
  const NmfResult r = nonnegative_matrix_factorization(
      test::to_matrix(m),
      {.rank = 3, .tolerance = 1e-6, .max_iterations = 2000, .initial_w = start});
  EXPECT_LT(r.residual, 1e-4) << "which takes three components";
}

TEST(Nmf, MoreComponentsThanThereAre) {
  MatrixXd m = planted(60, 40, 2, 51);
  m.row(17).setZero();
  m.col(5).setZero();
  const NmfResult r = nonnegative_matrix_factorization(
      test::to_matrix(m), {.rank = 5, .tolerance = 1e-6, .max_iterations = 2000});
  expect_factors(r, 60, 40, 5);
  EXPECT_LT(r.residual, 1e-4);
  EXPECT_EQ(test::to_eigen(r.w).row(17).norm(), 0);
  EXPECT_EQ(test::to_eigen(r.h).row(5).norm(), 0);
}

// What the rows do not show that are looked at for the start.
TEST(Nmf, FindsASinglePixel) {
  for (const bool wide : {false, true}) {
    Matrix m = wide ? Matrix(20, 50000) : Matrix(50000, 20);
    (wide ? m(3, 12345) : m(12345, 3)) = 7;
    const NmfResult r = nonnegative_matrix_factorization(m, {.rank = 2});
    expect_factors(r, m.rows(), m.cols(), 2);
    EXPECT_LT(r.residual, 1e-6);
  }
}

TEST(Nmf, Zero) {
  const std::vector<std::uint8_t> black(24);
  const ByteView bytes(black.data(), 4, 6);
  for (const NmfResult& r : {nonnegative_matrix_factorization(bytes, {.rank = 2}),
                             nonnegative_matrix_factorization(Matrix(4, 6), {.rank = 2})}) {
    EXPECT_EQ(r.status, NmfStatus::converged);
    EXPECT_EQ(r.iterations, 0);
    expect_factors(r, 4, 6, 2);
    EXPECT_EQ(test::to_eigen(r.w).norm(), 0);
    EXPECT_EQ(test::to_eigen(r.h).norm(), 0);
    EXPECT_EQ(r.residual, 0);
    EXPECT_EQ(r.objective, 0);
  }
}

TEST(Nmf, ProgressAndCancelling) {
  const Video video(20, 15, 50);
  std::vector<double> seen;
  NmfOptions options{.rank = 3, .tolerance = 1e-3, .max_iterations = 500};
  options.progress = [&](double done) {
    seen.push_back(done);
    return true;
  };
  const NmfResult whole = nonnegative_matrix_factorization(video.view(), options);
  EXPECT_EQ(whole.status, NmfStatus::converged);
  EXPECT_EQ(std::ssize(seen), whole.iterations);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_GT(seen.front(), 0);
  EXPECT_EQ(seen.back(), 1);

  int calls = 0;
  options.progress = [&](double) { return ++calls < 3; };
  const NmfResult r = nonnegative_matrix_factorization(video.view(), options);
  EXPECT_EQ(r.status, NmfStatus::cancelled);
  EXPECT_EQ(r.iterations, 3);
  EXPECT_EQ(calls, 3);

  // The last question counts like the others.
  options.progress = [](double done) { return done < 1; };
  const NmfResult late = nonnegative_matrix_factorization(video.view(), options);
  EXPECT_EQ(late.status, NmfStatus::cancelled);
  EXPECT_EQ(late.iterations, whole.iterations);

  const NmfResult limited = nonnegative_matrix_factorization(
      video.view(), {.rank = 3, .tolerance = 1e-3, .max_iterations = 3});
  EXPECT_EQ(limited.status, NmfStatus::iteration_limit);
  EXPECT_EQ(test::to_eigen(r.h), test::to_eigen(limited.h));

  options.progress = [](double) -> bool { throw 42; };
  EXPECT_THROW(nonnegative_matrix_factorization(video.view(), options), int);
}

template <typename M>
void expect_refused(const M& m, const NmfOptions& options, const std::string& text) {
  try {
    nonnegative_matrix_factorization(m, options);
    ADD_FAILURE() << "no exception: " << text;
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
  }
}

TEST(Nmf, BadMatrices) {
  const std::uint8_t byte = 1;
  expect_refused(FloatView(), {}, "the matrix is empty");
  expect_refused(ByteView(nullptr, 4, 3), {}, "null pointer");
  expect_refused(ByteView(&byte, 4, 3, 2), {}, "the stride, 2, must be at least");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const std::pair<float, const char*> bad[] = {
      {-2, "the matrix holds -2.000000 at row 5, column 1"},
      {nan, "nan at row 5, column 1; every value must be finite and at least 0"},
      {infinity, "inf at row 5, column 1"},
      {-infinity, "-inf at row 5, column 1"}};
  for (const auto& [value, text] : bad) {
    Matrix m(40, 3);
    m(5, 1) = value;
    m(6, 2) = value;
    expect_refused(m, {}, text);
  }
}

TEST(Nmf, BadOptions) {
  Matrix m(4, 3);
  m(2, 1) = 1;
  const double nan = std::nan("");
  expect_refused(m, {.rank = 0}, "rank is 0, but for a 4 x 3 matrix it must be from 1 to 3");
  expect_refused(m, {.rank = 4}, "rank is 4");
  expect_refused(m, {.tolerance = 0}, "tolerance");
  expect_refused(m, {.tolerance = nan}, "tolerance");
  expect_refused(m, {.max_iterations = 0}, "max_iterations is 0");
  expect_refused(m, {.sparsity = -1},
                 "sparsity is -1.000000, but must be 0, for none, or positive");
  expect_refused(m, {.sparsity = nan}, "sparsity");
  Matrix w(4, 2);
  expect_refused(m, {.rank = 1, .initial_w = w}, "initial_w is 4 x 2");
  expect_refused(m, {.rank = 2, .initial_w = FloatView(w.data(), 4, 2, 3)}, "stride 3");
  w(3, 1) = -1;
  expect_refused(m, {.rank = 2, .initial_w = w}, "initial_w holds -1.000000 at row 3, column 1");
}

std::uint64_t peak_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

TEST(Nmf, MemoryIsBounded) {
  std::mt19937 engine(5);
  std::vector<std::uint8_t> noise(400000 * 60);
  for (auto& x : noise)
    x = static_cast<std::uint8_t>(engine());
  const NmfOptions options{.rank = 40, .max_iterations = 2, .threads = 2};
  const std::uint64_t before = peak_bytes();
  nonnegative_matrix_factorization(ByteView(noise.data(), 400000, 60), options);
  const std::uint64_t bound = nmf_memory(400000, 60, options);
  EXPECT_LE(peak_bytes() - before, bound);
  EXPECT_GE(bound, 8u * 40 * 400000) << "the longer factor, and the next one";
  EXPECT_LE(bound, 12u * 40 * 400000);
}

TEST(Nmf, MemoryGrows) {
  EXPECT_EQ(nmf_memory(0, 5, {}), 0u);
  EXPECT_EQ(nmf_memory(5, -1, {}), 0u);
  EXPECT_EQ(nmf_memory(std::numeric_limits<Index>::max(), std::numeric_limits<Index>::max(), {}),
            std::numeric_limits<std::uint64_t>::max());
  const Index sizes[] = {1, 10, 500, 1000, 4000, 5000, 100000, 2000000};
  for (std::size_t i = 1; i < std::size(sizes); i++)
    for (const Index other : sizes) {
      EXPECT_GT(nmf_memory(sizes[i], other, {}), nmf_memory(sizes[i - 1], other, {}));
      EXPECT_GT(nmf_memory(other, sizes[i], {}), nmf_memory(other, sizes[i - 1], {}));
    }
  EXPECT_GT(nmf_memory(1000, 500, {.rank = 2}), nmf_memory(1000, 500, {.rank = 1}));
  EXPECT_GT(nmf_memory(1000, 500, {.threads = 2}), nmf_memory(1000, 500, {.threads = 1}));
}

}  // namespace
}  // namespace lowrank
