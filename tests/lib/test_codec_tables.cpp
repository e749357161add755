// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <vector>

#include "codec/tables.h"

using namespace lowrank::codec;

namespace {

/// Largest entry of |B Bᵀ − I|, the rows of B being components.
template <int components, int pixels>
double orthonormality_error(const std::int16_t (&basis)[components][pixels]) {
  double worst = 0;
  for (int a = 0; a < components; a++)
    for (int b = 0; b <= a; b++) {
      const double product = std::inner_product(basis[a], basis[a] + pixels, basis[b], 0.0);
      const double unit = std::ldexp(1.0, 2 * basis_bits);
      worst = std::max(worst, std::abs(product / unit - (a == b ? 1 : 0)));
    }
  return worst;
}

/// A picture of two grey ramps, and a patch in it with its border, as tables.h orders them.
template <int n>
struct Ramp {
  std::array<int, n * n> pixels;
  std::array<int, 2 * (2 * n + 2) + 2 * n> border;
  int mean;

  Ramp(double dx, double dy) {
    const auto at = [&](int x, int y) {
      return static_cast<int>(std::lround(128 + dx * x + dy * y));
    };
    for (int i = 0; i < n * n; i++)
      pixels[static_cast<std::size_t>(i)] = at(i % n, i / n);
    auto out = border.begin();
    for (int r = 1; r <= 2; r++)
      for (int x = -2; x < 2 * n; x++)
        *out++ = at(x, -r);
    for (int r = 1; r <= 2; r++)
      for (int y = 0; y < n; y++)
        *out++ = at(-r, y);
    int sum = n;
    for (int i = 0; i < n; i++)
      sum += at(i, -1) + at(-1, i);
    mean = sum / (2 * n);
  }

  template <typename Predictor>
  int predicted(const Predictor& predictor, int i) const {
    int sum = 1 << (predictor_bits - 1);
    for (std::size_t j = 0; j < border.size(); j++)
      sum += predictor[i][j] * (border[j] - mean);
    return std::clamp(mean + (sum >> predictor_bits), 0, 255);
  }

  /// What the predictor leaves of the energy of the differences to the mean.
  template <typename Predictor>
  double share_left(const Predictor& predictor) const {
    double left = 0;
    double all = 0;
    for (int i = 0; i < n * n; i++) {
      const int pixel = pixels[static_cast<std::size_t>(i)];
      left += std::pow(pixel - predicted(predictor, i), 2);
      all += std::pow(pixel - mean, 2);
    }
    return left / all;
  }
};

template <int pixels, int border>
long largest_sum(const std::int16_t (&predictor)[pixels][border]) {
  long largest = 0;
  for (const auto& row : predictor) {
    long sum = 0;
    for (const std::int16_t weight : row)
      sum += std::labs(weight);
    largest = std::max(largest, sum);
  }
  return largest;
}

/// Share of the energy of differences to the mean that the first components of a class hold.
template <int n, int components>
double share_of(const std::int16_t (&basis)[components][n * n], const Ramp<n>& ramp, int first) {
  double held = 0;
  double all = 0;
  for (int k = 0; k < first; k++) {
    double c = 0;
    for (int i = 0; i < n * n; i++)
      c += std::ldexp(basis[k][i], -basis_bits) *
           (ramp.pixels[static_cast<std::size_t>(i)] - ramp.mean);
    held += c * c;
  }
  for (const int pixel : ramp.pixels)
    all += std::pow(pixel - ramp.mean, 2);
  return held / all;
}

/// Rounding moves each number by at most half a unit, and so, by Cauchy and Schwarz, a product of
/// two rows by no more than this.
constexpr double rounding(int pixels) {
  return 2.01 * 0.5 / (1 << basis_bits) * (pixels == pixels8 ? 8 : 16);
}

TEST(CodecTables, BasesAreOrthonormal) {
  for (const auto& basis : basis8)
    EXPECT_LT(orthonormality_error(basis), rounding(pixels8));
  for (const auto& basis : basis16)
    EXPECT_LT(orthonormality_error(basis), rounding(pixels16));
  EXPECT_LT(orthonormality_error(basis_inter), rounding(pixels8));
}

TEST(CodecTables, SumsFitIn32Bits) {
  constexpr long most = (1L << 31) - 1 - (1 << (predictor_bits - 1));
  for (const auto& predictor : predictor8)
    EXPECT_LE(largest_sum(predictor) * 255, most);
  for (const auto& predictor : predictor16)
    EXPECT_LE(largest_sum(predictor) * 255, most);
}

TEST(CodecTables, ClassesDiffer) {
  for (int a = 0; a < classes8; a++)
    for (int b = 0; b < a; b++)
      EXPECT_FALSE(
          std::equal(&basis8[a][0][0], &basis8[a][0][0] + components8 * pixels8, &basis8[b][0][0]));
}

// Slopes in grey levels a pixel, across and down.
constexpr std::array<std::array<double, 2>, 5> slopes{
    {{1, 0}, {0, 1}, {-1, 0.5}, {2, 2}, {1.5, -3}}};

TEST(CodecTables, SomeClassContinuesASlope) {
  for (const auto& [dx, dy] : slopes) {
    double least8 = 1;
    double least16 = 1;
    for (const auto& predictor : predictor8)
      least8 = std::min(least8, Ramp<8>(dx, dy).share_left(predictor));
    for (const auto& predictor : predictor16)
      least16 = std::min(least16, Ramp<16>(dx, dy).share_left(predictor));
    EXPECT_LT(least8, 0.25) << dx << ' ' << dy;
    EXPECT_LT(least16, 0.25) << dx << ' ' << dy;
  }
}

TEST(CodecTables, FirstComponentsHoldWhatIsSmooth) {
  for (const auto& [dx, dy] : slopes) {
    double most8 = 0;
    double most16 = 0;
    for (const auto& basis : basis8)
      most8 = std::max(most8, share_of<8>(basis, Ramp<8>(dx, dy), 8));
    for (const auto& basis : basis16)
      most16 = std::max(most16, share_of<16>(basis, Ramp<16>(dx, dy), 16));
    EXPECT_GT(most8, 0.9) << dx << ' ' << dy;
    EXPECT_GT(most16, 0.9) << dx << ' ' << dy;
    EXPECT_GT(share_of<8>(basis_inter, Ramp<8>(dx, dy), 3), 0.9) << dx << ' ' << dy;
  }
}

TEST(CodecTables, InterBasisIsSeparableCosines) {
  // The first is the mean, and each is the product of a column and a row.
  for (int i = 0; i < pixels8; i++)
    EXPECT_EQ(basis_inter[0][i], 1 << (basis_bits - 3));
  for (const auto& component : basis_inter)
    for (int y = 0; y < 8; y++)
      for (int x = 0; x < 8; x++)
        EXPECT_NEAR(double{1} * component[y * 8 + x] * component[0],
                    double{1} * component[y * 8] * component[x], 3000);
}

}  // namespace
