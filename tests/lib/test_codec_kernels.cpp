// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <hwy/targets.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "kernels/patch.h"

// The kernels against plain loops, on every SIMD target that the processor has.
namespace lowrank {
namespace {

template <typename T>
std::vector<T> random_numbers(std::size_t count, int least, int most, unsigned seed) {
  std::mt19937 engine(seed);
  std::uniform_int_distribution<int> uniform(least, most);
  std::vector<T> out(count);
  for (T& x : out)
    x = static_cast<T>(uniform(engine));
  return out;
}

std::int32_t dot(const std::vector<std::int16_t>& table, int outputs, int o,
                 const std::vector<std::int16_t>& x, int pairs) {
  std::uint32_t sum = 0;
  for (int j = 0; j < 2 * pairs; j++) {
    const auto i = static_cast<std::size_t>((j / 2 * outputs + o) * 2 + j % 2);
    sum += static_cast<std::uint32_t>(int{table[i]} * x[static_cast<std::size_t>(j)]);
  }
  return static_cast<std::int32_t>(sum);
}

std::uint8_t clamped(int x) {
  return static_cast<std::uint8_t>(std::clamp(x, 0, 255));
}

class CodecKernels : public ::testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override { choose(GetParam()); }
  void TearDown() override { choose(0); }
  static void choose(std::int64_t targets) {
    hwy::SetSupportedTargetsForTest(targets);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

// Sums of the largest products wrap around alike.
TEST_P(CodecKernels, Products) {
  for (const int outputs : {64, 256})
    for (const int size : {40, 32767}) {
      const int pairs = 26;
      const auto table = random_numbers<std::int16_t>(static_cast<std::size_t>(outputs * 2 * pairs),
                                                      -size, size, 1);
      auto x = random_numbers<std::int16_t>(2 * pairs, -size, size, 2);
      x[6] = x[7] = 0;
      const auto base = random_numbers<std::uint8_t>(static_cast<std::size_t>(outputs), 0, 255, 3);
      std::vector<std::int32_t> sums(base.size());
      std::vector<std::uint8_t> predicted(base.size());
      std::vector<std::uint8_t> added(base.size());
      kernels::multiply(table.data(), outputs, x.data(), pairs, sums.data());
      kernels::predict(table.data(), outputs, x.data(), pairs, 90, 12, predicted.data());
      kernels::add_product(table.data(), outputs, x.data(), pairs, base.data(), 16, added.data());
      for (int o = 0; o < outputs; o++) {
        const auto i = static_cast<std::size_t>(o);
        const std::int32_t sum = dot(table, outputs, o, x, pairs);
        const auto rounded = [sum](int bits) {
          const auto half = std::uint32_t{1} << (bits - 1);
          return static_cast<std::int32_t>(static_cast<std::uint32_t>(sum) + half) >> bits;
        };
        EXPECT_EQ(sums[i], sum);
        EXPECT_EQ(predicted[i], clamped(90 + rounded(12)));
        EXPECT_EQ(added[i], clamped(base[i] + rounded(16)));
      }
    }
}

TEST_P(CodecKernels, Distances) {
  const auto a = random_numbers<std::uint8_t>(256, 0, 255, 4);
  const auto b = random_numbers<std::uint8_t>(256, 0, 255, 5);
  std::uint32_t squares = 0;
  std::uint32_t absolute = 0;
  for (std::size_t i = 0; i < 64; i++)
    absolute += static_cast<std::uint32_t>(std::abs(a[i] - b[i]));
  for (std::size_t y = 0; y < 8; y++)
    for (std::size_t x = 0; x < 8; x++)
      squares += static_cast<std::uint32_t>(std::pow(a[y * 20 + x] - b[y * 12 + x], 2));
  EXPECT_EQ(kernels::absolute_distance64(a.data(), b.data()), absolute);
  EXPECT_EQ(kernels::squared_distance8(a.data(), 20, b.data(), 12), squares);

  std::vector<std::int16_t> rest(256);
  std::uint32_t all = 0;
  for (std::size_t i = 0; i < 256; i++)
    all += static_cast<std::uint32_t>(std::pow(a[i] - b[i], 2));
  EXPECT_EQ(kernels::subtract(a.data(), b.data(), 256, rest.data()), all);
  for (std::size_t i = 0; i < 256; i++)
    EXPECT_EQ(rest[i], a[i] - b[i]);
}

TEST_P(CodecKernels, LogarithmicCost) {
  const auto c = random_numbers<std::int32_t>(128, -400000, 400000, 6);
  std::int32_t cost[2];
  kernels::logarithmic_cost(c.data(), 2, 1.0f / 40000, cost);
  for (std::size_t patch = 0; patch < 2; patch++) {
    double bits = 0;
    for (std::size_t k = 0; k < 64; k++)
      bits += std::log2(1 + std::pow(c[patch * 64 + k] / 40000.0, 2));
    // Between powers of two the line is under the logarithm by .09 at most.
    EXPECT_LT(cost[patch] / 256.0, bits);
    EXPECT_GT(cost[patch] / 256.0, bits - 64 * 0.09);
  }
}

TEST_P(CodecKernels, Interpolation) {
  constexpr int taps[4][8] = {{0, 0, 0, 64, 0, 0, 0, 0},
                              {-1, 4, -10, 58, 17, -5, 1, 0},
                              {-1, 4, -11, 40, 40, -11, 4, -1},
                              {0, 1, -5, 17, 58, -10, 4, -1}};
  constexpr int stride = 19;
  const auto picture = random_numbers<std::uint8_t>(stride * 15, 0, 255, 9);
  const auto at = [](int x, int y) { return static_cast<std::size_t>(y * stride + x); };
  const auto rounded = [](int sum) { return int{clamped((sum + 32) >> 6)}; };
  for (int across = 0; across < 4; across++)
    for (int down = 0; down < 4; down++) {
      std::vector<std::uint8_t> out(64);
      kernels::interpolate(&picture[at(3, 3)], stride, across, down, out.data());
      for (int y = 0; y < 8; y++)
        for (int x = 0; x < 8; x++) {
          int column = 0;
          for (int j = 0; j < 8; j++) {
            int row = 0;
            for (int i = 0; i < 8; i++)
              row += taps[across][i] * picture[at(x + i, y + j)];
            column += taps[down][j] * rounded(row);
          }
          EXPECT_EQ(out[static_cast<std::size_t>(y * 8 + x)], rounded(column));
        }
    }
}

TEST_P(CodecKernels, BackgroundFollows) {
  const auto picture = random_numbers<std::uint8_t>(128, 0, 255, 7);
  auto mean = random_numbers<std::uint16_t>(128, 0, 65280, 8);
  const auto before = mean;
  std::vector<std::uint8_t> shown(128);
  kernels::follow(picture.data(), mean.data(), shown.data(), 128);
  for (std::size_t i = 0; i < 128; i++) {
    const int half = std::clamp((picture[i] << 8 >> 1) - (before[i] >> 1), -2400, 2400);
    const int next = before[i] + std::clamp((13 * half) >> 6, -256, 256);
    EXPECT_EQ(mean[i], next);
    EXPECT_EQ(shown[i], std::min(255, (next + 128) >> 8));
  }
}

std::vector<std::int64_t> targets() {
  std::vector<std::int64_t> out;
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets())
    out.push_back(target);
  return out;
}
INSTANTIATE_TEST_SUITE_P(Targets, CodecKernels, ::testing::ValuesIn(targets()));

}  // namespace
}  // namespace lowrank
