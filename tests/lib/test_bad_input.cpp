// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What every function that takes a whole matrix refuses, by name: shapes, values that are no
// numbers, ranks, masks.
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <ostream>
#include <string>
#include <type_traits>
#include <vector>

#include "lowrank/nmf.h"
#include "lowrank/rpca.h"
#include "lowrank/svd.h"
#include "messages.h"

namespace lowrank {
namespace {

struct Function {
  std::string name;
  std::string what_rank_is;  ///< in messages; empty where there is no rank, or any is taken
  std::function<void(FloatView, Index)> floats;
  std::function<void(ByteView, Index)> bytes;  ///< empty: there is no such call
};

void PrintTo(const Function& function, std::ostream* out) {
  *out << function.name;
}

template <typename Call>
Function make(const char* name, const char* what_rank_is, const Call& call) {
  Function function{name, what_rank_is, call, {}};
  if constexpr (std::is_invocable_v<Call, ByteView, Index>)
    function.bytes = call;
  return function;
}

const Function functions[] = {
    make("svd", "", [](FloatView a, Index) { svd(a); }),
    make("truncated_svd", "k", [](FloatView a, Index k) { truncated_svd(a, k); }),
    make("gram_svd", "k", [](auto a, Index k) -> void { gram_svd(a, k); }),
    make("randomized_svd", "k", [](auto a, Index k) -> void { randomized_svd(a, k); }),
    make("block_krylov_svd", "k", [](auto a, Index k) -> void { block_krylov_svd(a, k); }),
    make("leading_svd", "k", [](auto a, Index k) -> void { leading_svd(a, k); }),
    make("principal_component_pursuit", "",
         [](auto a, Index) -> void { principal_component_pursuit(a); }),
    make("principal_component_pursuit", "",
         [](auto a, Index) -> void { principal_component_pursuit(a, {.noise = -1}); }),
    make("fixed_rank_decomposition", "k",
         [](auto a, Index k) -> void { fixed_rank_decomposition(a, k); }),
    make("nonnegative_matrix_factorization", "rank",
         [](auto a, Index k) -> void { nonnegative_matrix_factorization(a, {.rank = k}); }),
};

class BadInput : public testing::TestWithParam<Function> {
 protected:
  /// What is said of it begins with the function's name and holds `text`.
  static void expect_refused(const std::function<void()>& call, const std::string& text) {
    const std::string message = test::message_of(call);
    EXPECT_EQ(message.find(GetParam().name + ": "), 0u) << message;
    EXPECT_NE(message.find(text), std::string::npos) << message << "\nhas no " << text;
  }
  static void expect_refused(FloatView a, const std::string& text) {
    expect_refused([&] { GetParam().floats(a, 1); }, text);
  }
  static void expect_refused(ByteView a, const std::string& text) {
    if (GetParam().bytes)
      expect_refused([&] { GetParam().bytes(a, 1); }, text);
  }
};

INSTANTIATE_TEST_SUITE_P(All, BadInput, testing::ValuesIn(functions), [](const auto& info) {
  return info.param.name + "_" + std::to_string(info.index);
});

template <typename T>
class Elements {
 public:
  MatrixView<const T> view(Index rows, Index cols, Index stride) const {
    return {elements_.data(), rows, cols, stride};
  }

 private:
  std::vector<T> elements_ = std::vector<T>(100, T{1});
};

TEST_P(BadInput, Shapes) {
  const Elements<float> floats;
  const Elements<std::uint8_t> bytes;
  const auto refused = [&](Index rows, Index cols, Index stride, const std::string& text) {
    expect_refused(floats.view(rows, cols, stride), text);
    expect_refused(bytes.view(rows, cols, stride), text);
  };
  refused(0, 0, 0, "empty, 0 x 0");
  refused(5, 0, 5, "empty, 5 x 0");
  refused(0, 5, 0, "empty, 0 x 5");
  refused(-5, 3, 5, "negative size, -5 x 3");
  refused(5, -3, 5, "negative size, 5 x -3");
  refused(5, 3, 4, "the stride, 4, must be at least the number of rows, 5");
  expect_refused(FloatView(nullptr, 5, 3), "null");
  expect_refused(ByteView(nullptr, 5, 3), "null");
}

// In the first and the last block of rows, of either shape, and of shapes that a sketch serves.
TEST_P(BadInput, ValuesThatAreNoNumbers) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const auto& [rows, cols] :
       {std::pair<Index, Index>{4, 3}, {2000, 20}, {20, 2000}, {200, 40}})
    for (const Index row : {Index{0}, rows - 1})
      for (const float value : {std::numeric_limits<float>::quiet_NaN(), infinity, -infinity}) {
        Matrix m(rows, cols);
        std::fill_n(m.data(), rows * cols, 2.0f);
        m(row, 1) = value;
        m(rows - 1, cols - 1) = value;  // not the first
        expect_refused(m, "at row " + std::to_string(row) + ", column 1");
      }
}

TEST_P(BadInput, Ranks) {
  if (GetParam().what_rank_is.empty())
    GTEST_SKIP() << "takes no rank";
  const Elements<float> floats;
  const Elements<std::uint8_t> bytes;
  for (const auto& [rows, cols] : {std::pair<Index, Index>{9, 4}, {4, 9}})
    for (const Index k : {-1, 0, 5}) {
      const std::string text = GetParam().what_rank_is + " is " + std::to_string(k);
      expect_refused([&] { GetParam().floats(floats.view(rows, cols, rows), k); }, text);
      if (GetParam().bytes)
        expect_refused([&] { GetParam().bytes(bytes.view(rows, cols, rows), k); }, text);
    }
}

TEST(BadOptions, OfPursuitAreNamed) {
  const Elements<float> floats;
  const FloatView m = floats.view(9, 4, 9);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const auto refused = [&](const PcpOptions& options, const std::string& text) {
    std::string message = "nothing thrown";
    try {
      principal_component_pursuit(m, options);
    } catch (const std::invalid_argument& error) {
      message = error.what();
    }
    EXPECT_EQ(message.find("principal_component_pursuit: " + text + " is "), 0u) << message;
  };
  for (const double bad : {-1.0, nan, infinity})
    refused({.lambda = bad}, "lambda");
  for (const double bad : {-1.0, 0.0, nan, infinity})
    refused({.tolerance = bad}, "tolerance");
  for (const double bad : {0.5, 1.0, nan, infinity})
    refused({.growth = bad}, "growth");
  for (const double bad : {nan, infinity, -infinity})
    refused({.noise = bad}, "noise");
  refused({.max_iterations = 0}, "max_iterations");
  refused({.max_rank = -1}, "max_rank");
}

// What the functions that take a mask say of it.
std::string masked(FloatView m, ByteView observed, bool fixed_rank) {
  try {
    if (fixed_rank)
      fixed_rank_decomposition(m, 1, {.observed = observed});
    else
      principal_component_pursuit(m, {.observed = observed});
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "nothing thrown";
}

TEST(BadMask, IsNamed) {
  Matrix m(6, 4);
  std::fill_n(m.data(), 24, 2.0f);
  std::vector<std::uint8_t> seen(24, 1);
  for (const bool fixed_rank : {false, true}) {
    const std::string name =
        fixed_rank ? "fixed_rank_decomposition" : "principal_component_pursuit";
    const std::string text = name + ": the mask of observed entries is ";
    EXPECT_EQ(masked(m, {seen.data(), 4, 6}, fixed_rank).find(text + "4 x 6"), 0u);
    EXPECT_EQ(masked(m, {seen.data(), 6, 3}, fixed_rank).find(text + "6 x 3"), 0u);
    EXPECT_EQ(masked(m, {seen.data(), 6, 4, 5}, fixed_rank).find(text + "6 x 4 with stride 5"), 0u);
    EXPECT_EQ(masked(m, {seen.data(), 6, 4}, fixed_rank), "nothing thrown");
  }
}

// A missing entry may be anything; one that is observed may not.
TEST(BadMask, ValuesCountWhereTheyAreObserved) {
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
    for (const bool fixed_rank : {false, true}) {
      Matrix m(6, 4);
      std::fill_n(m.data(), 24, 2.0f);
      m(5, 2) = value;
      std::vector<std::uint8_t> seen(24, 1);
      EXPECT_NE(masked(m, {seen.data(), 6, 4}, fixed_rank).find("at row 5, column 2"),
                std::string::npos);
      seen[5 + 2 * 6] = 0;
      EXPECT_EQ(masked(m, {seen.data(), 6, 4}, fixed_rank), "nothing thrown");
    }
}

// Nothing is known, so that zero is right.
TEST(BadMask, ThatHidesAllIsNoError) {
  Matrix m(6, 4);
  std::fill_n(m.data(), 24, std::numeric_limits<float>::quiet_NaN());
  const std::vector<std::uint8_t> seen(24);
  const ByteView observed(seen.data(), 6, 4);
  for (const double noise : {0.0, 1.0, -1.0}) {
    const PcpResult r = principal_component_pursuit(m, {.noise = noise, .observed = observed});
    EXPECT_EQ(r.status, PcpStatus::converged);
    EXPECT_EQ(r.rank(), 0);
  }
  EXPECT_EQ(fixed_rank_decomposition(m, 2, {.observed = observed}).rank(), 0);
}

}  // namespace
}  // namespace lowrank
