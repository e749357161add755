// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Matrices whose rows are in parts, and in tiles: the result is that of the whole.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <string>
#include <vector>

#include "lowrank/nmf.h"
#include "lowrank/rpca.h"
#include "lowrank/svd.h"
#include "matrices.h"
#include "row_parts.h"
#include "synthetic_video.h"

namespace lowrank::test {
namespace {

struct Bytes {
  std::vector<std::uint8_t> data;
  Index rows;
  Index cols;
  ByteView view() const { return {data.data(), rows, cols}; }
};

// A synthetic video as a matrix.
Bytes video(Index frames, int width = 96, int height = 61) {
  SyntheticVideo video;
  video.format = {ColorModel::ycbcr, width, height, 1, 1, 16};
  video.radius = 8;
  video.gain_drift = 0.1;
  Bytes m{{}, video.format.samples(), frames};
  for (Index t = 0; t < frames; t++) {
    const auto frame = video.frame(static_cast<int>(t)).samples;
    m.data.insert(m.data.end(), frame.begin(), frame.end());
  }
  return m;
}

// A matrix in tiles with room for more columns.
class Tiles {
 public:
  Tiles(ByteView m, Index height, Index capacity)
      : data_(static_cast<std::size_t>(m.rows * capacity), 99) {
    view_ = {data_.data(), m.rows, m.cols, height, capacity};
    for (Index t = 0; t < view_.tiles(); t++)
      for (Index j = 0; j < m.cols; j++)
        std::copy_n(m.column(j) + t * height, view_.tile(t).rows,
                    data_.data() + (view_.tile(t).column(j) - data_.data()));
  }
  const TiledBytes& view() const { return view_; }

 private:
  std::vector<std::uint8_t> data_;
  TiledBytes view_;
};

// L as a whole of what has the rows of the parts.
struct Result {
  Matrix u;
  Matrix v;
  double value = 0;  ///< something else that all parts know
};

MatrixXd low_rank(const Result& r) {
  return to_eigen(r.u) * to_eigen(r.v).transpose();
}

double distance(const Result& a, const Result& b) {
  const MatrixXd whole = low_rank(b);
  return (low_rank(a) - whole).norm() / whole.norm();
}

using Algorithm = std::function<Result(const TiledBytes&, FloatView start, Reduction*)>;

// How M is cut in parts of unequal heights: between the tiles of the whole, or anywhere.
enum class Cut { between_tiles, anywhere };

// Solves in parts, and puts the rows together. All parts must agree on V to the bit.
Result solve_in_parts(ByteView m, int parts, Cut cut, const Algorithm& algorithm) {
  Result whole{Matrix(m.rows, 0), {}, 0};
  std::mutex mutex;
  const Index height = tile_height(m.rows, m.cols);
  const auto first_of = [&](int part) {
    const double x = static_cast<double>(part) / parts;
    const auto row = static_cast<Index>(x * (0.7 + 0.3 * x) * static_cast<double>(m.rows));
    return cut == Cut::anywhere || part == parts ? row : row / height * height;
  };
  in_parts(parts, [&](Reduction& reduction) {
    const Index first = first_of(reduction.part());
    const Index count = first_of(reduction.part() + 1) - first;
    const Tiles tiles(m.block(first, 0, count, m.cols),
                      cut == Cut::anywhere ? 64 * (1 + reduction.part()) : height, m.cols + 3);
    Matrix start(count, 2);
    for (Index i = 0; i < count; i++)
      start(i, 0) = 1 + static_cast<float>((first + i) % 7);
    const Result here = algorithm(tiles.view(), start, &reduction);
    const std::lock_guard lock(mutex);
    if (whole.u.cols() == 0) {
      whole.u = Matrix(m.rows, here.u.cols());
      whole.v = here.v;
      whole.value = here.value;
    }
    ASSERT_EQ(here.u.rows(), count);
    ASSERT_EQ(here.v.cols(), whole.v.cols());
    EXPECT_TRUE(std::equal(here.v.data(), here.v.data() + m.cols * here.v.cols(), whole.v.data()));
    EXPECT_EQ(here.value, whole.value);
    for (Index k = 0; k < here.u.cols(); k++)
      std::copy_n(here.u.view().column(k), count, &whole.u(first, k));
  });
  return whole;
}

Result result_of(PcpResult r) {
  EXPECT_NE(r.status, PcpStatus::cancelled);
  return {std::move(r.u), std::move(r.v), r.objective};
}

struct Case {
  const char* name;
  Algorithm algorithm;
  double rounding = 1e-5;  ///< what sums over other rows, in single precision, make of the result
};

Result by_svd(const TiledBytes& m, FloatView, Reduction* reduction) {
  Svd svd = gram_svd(m, 6, {.reduction = reduction});
  for (Index k = 0; k < svd.u.cols(); k++)
    for (Index i = 0; i < svd.u.rows(); i++)
      svd.u(i, k) *= svd.sigma[static_cast<std::size_t>(k)];
  return {std::move(svd.u), std::move(svd.v), static_cast<double>(svd.sigma[5])};
}

Result by_nmf(const TiledBytes& m, FloatView start, Reduction* reduction) {
  NmfOptions options{.rank = 2, .tolerance = 1e-9, .max_iterations = 60};
  options.initial_w = start;
  options.reduction = reduction;
  NmfResult r = nonnegative_matrix_factorization(m, options);
  return {std::move(r.w), std::move(r.h), r.objective};
}

const Case cases[] = {
    {"svd", by_svd},
    {"exact",
     [](const TiledBytes& m, FloatView, Reduction* reduction) {
       return result_of(principal_component_pursuit(
           m, {.tolerance = 1e-4, .max_iterations = 40, .reduction = reduction}));
     }},
    {"stable",
     [](const TiledBytes& m, FloatView, Reduction* reduction) {
       return result_of(principal_component_pursuit(
           m, {.tolerance = 5e-4, .noise = -1, .reduction = reduction}));
     }},
    {"fixed_rank",
     [](const TiledBytes& m, FloatView, Reduction* reduction) {
       return result_of(
           fixed_rank_decomposition(m, 3, {.tolerance = 5e-4, .reduction = reduction}));
     }},
    // Steps of descent take what rounding leaves further.
    {"nmf", by_nmf, 1e-3},
};

class InParts : public ::testing::TestWithParam<Case> {};

TEST_P(InParts, AreTheWhole) {
  const Bytes m = video(40);
  const Tiles tiles(m.view(), tile_height(m.rows, m.cols), m.cols);
  Matrix start(m.rows, 2);
  for (Index i = 0; i < m.rows; i++)
    start(i, 0) = 1 + static_cast<float>(i % 7);
  const Result whole = GetParam().algorithm(tiles.view(), start, nullptr);
  for (const Cut cut : {Cut::between_tiles, Cut::anywhere})
    for (const int parts : {1, 2, 3, 4, 7}) {
      SCOPED_TRACE(std::to_string(parts) + (cut == Cut::anywhere ? " parts, anywhere" : " parts"));
      const Result result = solve_in_parts(m.view(), parts, cut, GetParam().algorithm);
      EXPECT_EQ(result.v.cols(), whole.v.cols());
      const double bound = cut == Cut::anywhere ? GetParam().rounding : 1e-5;
      EXPECT_LT(distance(result, whole), bound);
      EXPECT_NEAR(result.value / whole.value, 1, bound);
    }
}

INSTANTIATE_TEST_SUITE_P(All, InParts, ::testing::ValuesIn(cases),
                         [](const auto& info) { return std::string(info.param.name); });

// What is in tiles is computed as what is in memory as a whole, to the bit.
TEST(Tiles, OfTheUsualHeightChangeNothing) {
  const Bytes m = video(40);
  const Tiles tiles(m.view(), tile_height(m.rows, m.cols), m.cols + 5);
  const auto same = [](const Matrix& a, const Matrix& b) {
    return a.rows() == b.rows() && a.cols() == b.cols() &&
           std::equal(a.data(), a.data() + a.rows() * a.cols(), b.data());
  };
  const PcpResult a = principal_component_pursuit(m.view(), {.noise = -1});
  const PcpResult b = principal_component_pursuit(tiles.view(), {.noise = -1});
  EXPECT_EQ(a.noise, b.noise);
  EXPECT_TRUE(same(a.u, b.u) && same(a.v, b.v));
  const Svd c = gram_svd(m.view(), 4, GramSvdOptions{});
  const Svd d = gram_svd(tiles.view(), 4, {});
  EXPECT_TRUE(same(c.u, d.u) && same(c.v, d.v));
  EXPECT_EQ(c.sigma, d.sigma);
}

// Floats in parts, with entries that are missing.
TEST(InParts, FloatsWithMissingEntriesAreTheWhole) {
  const Index rows = 500;
  const Index cols = 30;
  const Matrix m =
      to_matrix(with_spectrum(rows, cols, {40, 20, 10}, 1) + 0.01 * gaussian(rows, cols, 5u));
  std::vector<std::uint8_t> seen(static_cast<std::size_t>(rows * cols), 1);
  for (std::size_t i = 0; i < seen.size(); i += 11)
    seen[i] = 0;
  const ByteView observed(seen.data(), rows, cols);
  const PcpOptions options{.tolerance = 1e-5, .noise = -1};
  PcpOptions all = options;
  all.observed = observed;
  const PcpResult whole = principal_component_pursuit(m, all);
  Matrix u(rows, whole.rank());
  in_parts(3, [&](Reduction& reduction) {
    const Index first = std::vector<Index>{0, 20, 333}[static_cast<std::size_t>(reduction.part())];
    const Index end = std::vector<Index>{20, 333, 500}[static_cast<std::size_t>(reduction.part())];
    PcpOptions here = options;
    here.observed = observed.block(first, 0, end - first, cols);
    here.reduction = &reduction;
    const PcpResult r =
        principal_component_pursuit(m.view().block(first, 0, end - first, cols), here);
    EXPECT_NEAR(r.noise / whole.noise, 1, 1e-6);
    ASSERT_EQ(r.rank(), whole.rank());
    const MatrixXd l = to_eigen(r.u) * to_eigen(r.v).transpose();
    const MatrixXd of_whole =
        (to_eigen(whole.u) * to_eigen(whole.v).transpose()).middleRows(first, end - first);
    EXPECT_LT((l - of_whole).norm(), 1e-5 * of_whole.norm());
  });
}

TEST(InParts, RankDeficientSvdIsOrthonormal) {
  Bytes m{std::vector<std::uint8_t>(90 * 6, 7), 90, 6};
  MatrixXd u(90, 4);
  in_parts(3, [&](Reduction& reduction) {
    const Svd svd =
        gram_svd(m.view().block(30 * reduction.part(), 0, 30, 6), 4, {.reduction = &reduction});
    EXPECT_GT(svd.sigma[0], 0);
    EXPECT_EQ(svd.sigma[1], 0);
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    u.middleRows(30 * reduction.part(), 30) = to_eigen(svd.u);
  });
  EXPECT_LT((u.transpose() * u - MatrixXd::Identity(4, 4)).norm(), 1e-5);
}

TEST(InParts, OnePartCancelsAll) {
  const Bytes m = video(20);
  in_parts(3, [&](Reduction& reduction) {
    const Index rows = m.rows / 3;
    PcpOptions options{.noise = -1, .reduction = &reduction};
    int calls = 0;
    options.progress = [&](const PcpProgress&) { return reduction.part() != 1 || ++calls < 3; };
    const PcpResult r = principal_component_pursuit(
        m.view().block(reduction.part() * rows, 0, rows, m.cols), options);
    EXPECT_EQ(r.status, PcpStatus::cancelled);
    EXPECT_EQ(r.iterations, 3);
  });
}

struct Iteration {
  Index rank;
  Meeting::Traffic traffic;  ///< up to its end
};

// The iterations of an algorithm on a video in two parts; `run` is given the rows of a part, its
// reduction, and what to call at the end of an iteration.
using OnIteration = std::function<void(Index rank)>;
std::vector<Iteration> iterations_of(
    Index frames, int height,
    const std::function<void(ByteView, Reduction&, const OnIteration&)>& run) {
  const Bytes m = video(frames, 96, height);
  std::vector<Iteration> iterations;
  in_parts(2, [&](Reduction& reduction) {
    const Index rows = m.rows / 2;
    const auto& traffic = static_cast<ThreadReduction&>(reduction).traffic();
    run(m.view().block(reduction.part() * rows, 0, rows, frames), reduction, [&](Index rank) {
      if (reduction.part() == 0)
        iterations.push_back({rank, traffic});
    });
  });
  return iterations;
}

// What goes between parts, an iteration, does not depend on the rows: docs/scaling.md has the
// formulas that these tests are of.
TEST(InParts, ExchangeWhatTheFormulaSays) {
  const long n = 40;
  const long r = 3;
  const long p = r + 8;  // directions that are carried
  for (const int height : {40, 90}) {
    const auto iterations = iterations_of(
        n, height, [&](ByteView m, Reduction& reduction, const OnIteration& on_iteration) {
          FixedRankOptions options{
              .threshold = 6, .tolerance = 1e-6, .max_iterations = 6, .reduction = &reduction};
          options.progress = [&](const PcpProgress& progress) {
            on_iteration(progress.rank);
            return true;
          };
          fixed_rank_decomposition(m, r, options);
        });
    ASSERT_EQ(std::ssize(iterations), 6);
    for (std::size_t i = 2; i < iterations.size(); i++) {
      const Meeting::Traffic& before = iterations[i - 1].traffic;
      const Meeting::Traffic& after = iterations[i].traffic;
      // TᵀTQ and (TQ)ᵀTQ; residual, sparse, nonzero, moved; whether to go on.
      EXPECT_EQ(after.sum_values - before.sum_values, (n + p) * p + 4 + 1);
      // The factors P and V and the directions for the next iteration, with their sizes.
      EXPECT_EQ(after.broadcast_bytes - before.broadcast_bytes, 4 * n * (r + r + p) + 8 * 8 + 16);
    }
  }
}

TEST(InParts, ExchangeWhatTheFormulaSaysWhileTheRankGrows) {
  for (const Index n : {24, 70}) {
    const auto iterations = iterations_of(
        n, 90, [&](ByteView m, Reduction& reduction, const OnIteration& on_iteration) {
          PcpOptions options{.tolerance = 1e-4, .noise = 0.5, .reduction = &reduction};
          options.progress = [&](const PcpProgress& progress) {
            on_iteration(progress.rank);
            return true;
          };
          principal_component_pursuit(m, options);
        });
    ASSERT_GT(std::ssize(iterations), 4);
    EXPECT_GT(iterations.back().rank, iterations[2].rank);
    for (std::size_t i = 2; i < iterations.size(); i++) {
      const Index r = iterations[i].rank;
      const Index before = iterations[i - 1].rank;
      const Index growth = std::max<Index>(0, before - iterations[i - 2].rank);
      const Index p = std::min(before + std::max(2 * growth, before / 4), n - 8) + 8;
      const bool gram = n <= 32 || p > n / 2;
      const Index leading = gram ? std::min(n, r + 8) : p;
      const Index kept = gram ? 0 : p * r;  // what U is made by from products
      SCOPED_TRACE(std::to_string(n) + " frames, iteration " + std::to_string(i + 1) + ", rank " +
                   std::to_string(r));
      EXPECT_EQ(iterations[i].traffic.sum_values - iterations[i - 1].traffic.sum_values,
                (gram ? n * n : (n + p) * p) + 4 + 1);
      EXPECT_EQ(iterations[i].traffic.broadcast_bytes - iterations[i - 1].traffic.broadcast_bytes,
                4 * (n * (2 * r + leading) + kept) + 8 * 8 + 16);
    }
  }
}

TEST(InParts, ExchangeWhatTheFormulaSaysOfNmf) {
  const long n = 40;
  const long r = 2;
  const auto iterations =
      iterations_of(n, 60, [&](ByteView m, Reduction& reduction, const OnIteration& on_iteration) {
        Matrix start(m.rows, r);
        std::fill_n(start.data(), m.rows, 1.0f);
        NmfOptions options{.rank = r, .tolerance = 1e-9, .max_iterations = 6};
        options.initial_w = start;
        options.reduction = &reduction;
        options.progress = [&](double) {
          on_iteration(r);
          return true;
        };
        nonnegative_matrix_factorization(m, options);
      });
  ASSERT_EQ(std::ssize(iterations), 6);
  for (std::size_t i = 1; i < iterations.size(); i++) {
    // MᵀW, WᵀW, totals and slopes of W; whether to go on.
    EXPECT_EQ(iterations[i].traffic.sum_values - iterations[i - 1].traffic.sum_values,
              n * r + r * r + r + 2 * r + 1);
    // H, its size and its slopes; HᵀH and its totals, of it and of what it is extrapolated to.
    EXPECT_EQ(iterations[i].traffic.broadcast_bytes - iterations[i - 1].traffic.broadcast_bytes,
              4 * n * r + 2 * 8 + 8 * 2 * r + 2 * 8 * (r * r + r));
  }
}

TEST(InParts, ExchangeWhatTheFormulaSaysOfSvd) {
  const long n = 40;
  const long r = 3;
  const Bytes m = video(n, 96, 60);
  const Meeting::Traffic traffic = in_parts(2, [&](Reduction& reduction) {
    const Index rows = m.rows / 2;
    gram_svd(m.view().block(reduction.part() * rows, 0, rows, n), r, {.reduction = &reduction});
  });
  EXPECT_EQ(traffic.sum_values, n * n + 2);             // MᵀM, and the heights of the parts
  EXPECT_EQ(traffic.broadcast_bytes, 8 * (n * r + r));  // V and Σ, in double precision
}

TEST(InParts, SayWhatDoesNotFit) {
  const Bytes m = video(20);
  const auto message = [&](const std::function<void(Reduction*)>& call) {
    std::string text;
    in_parts(1, [&](Reduction& reduction) {
      try {
        call(&reduction);
      } catch (const std::invalid_argument& error) {
        text = error.what();
      }
    });
    return text;
  };
  const ByteView wide = m.view().block(0, 0, 10, 20);
  const std::string tall = "must have at least as many rows as columns";
  const auto of_wide = [&](const auto& call) {
    EXPECT_NE(message(call).find(tall), std::string::npos) << message(call);
  };
  of_wide([&](Reduction* r) { principal_component_pursuit(wide, {.reduction = r}); });
  of_wide([&](Reduction* r) { fixed_rank_decomposition(wide, 1, {.reduction = r}); });
  of_wide([&](Reduction* r) { gram_svd(wide, 1, {.reduction = r}); });
  of_wide([&](Reduction* r) {
    NmfOptions options;
    options.reduction = r;
    nonnegative_matrix_factorization(wide, options);
  });
  EXPECT_NE(message([&](Reduction* r) {
              NmfOptions options;
              options.reduction = r;
              nonnegative_matrix_factorization(m.view(), options);
            }).find("initial_w is missing"),
            std::string::npos);
  const TiledBytes narrow{m.data.data(), m.rows, m.cols, 64, m.cols - 1};
  EXPECT_THROW(gram_svd(narrow, 1, {}), std::invalid_argument);
  const TiledBytes high{m.data.data(), m.rows, m.cols, 8193, m.cols};
  EXPECT_THROW(principal_component_pursuit(high), std::invalid_argument);
}

}  // namespace
}  // namespace lowrank::test
