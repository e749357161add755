// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lowrank/matrix_view.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <new>
#include <stdexcept>
#include <utility>

namespace lowrank {
namespace {

TEST(MatrixView, ElementsLieByColumns) {
  std::array<float, 12> data{};
  for (std::size_t i = 0; i < data.size(); i++)
    data[i] = static_cast<float>(i);
  const MutableFloatView a(data.data(), 3, 2, 5);
  EXPECT_EQ(a(2, 1), 7);
  EXPECT_EQ(a.column(1), data.data() + 5);
  const FloatView part = a.block(1, 1, 2, 1);
  EXPECT_EQ(part(1, 0), 7);
  EXPECT_EQ(part.stride, 5);
  EXPECT_EQ(a.columns(1, 1)(0, 0), 5);
  a(0, 0) = 9;
  EXPECT_EQ(data[0], 9);
  EXPECT_TRUE(FloatView().empty());
  EXPECT_TRUE(FloatView(data.data(), 0, 4).empty());
}

TEST(Matrix, IsZeroAndAligned) {
  const Matrix a(7, 5);
  for (Index j = 0; j < 5; j++)
    for (Index i = 0; i < 7; i++)
      EXPECT_EQ(a(i, j), 0);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(a.data()) % 64, 0u);
  EXPECT_EQ(a.view().stride, 7);
}

TEST(Matrix, CopiesAndMoves) {
  Matrix a(2, 2);
  a(1, 1) = 3;
  Matrix b = a;
  b(1, 1) = 4;
  EXPECT_EQ(a(1, 1), 3);
  const Matrix c = std::move(b);
  EXPECT_EQ(c(1, 1), 4);
  a = c;
  EXPECT_EQ(a(1, 1), 4);
  const std::array<float, 6> data{0, 1, 2, 3, 4, 5};
  const Matrix strided(FloatView(data.data(), 2, 2, 3));
  EXPECT_EQ(strided(1, 1), 4);
}

TEST(Matrix, DropsColumns) {
  Matrix a(3, 4);
  a(2, 1) = 5;
  a.truncate_columns(2);
  EXPECT_EQ(a.cols(), 2);
  EXPECT_EQ(a(2, 1), 5);
  a.truncate_columns(0);
  EXPECT_TRUE(a.empty());
}

TEST(Matrix, RefusesImpossibleSizes) {
  EXPECT_THROW(Matrix(-1, 2), std::length_error);
  EXPECT_THROW(Matrix(std::numeric_limits<Index>::max() / 2, 4), std::length_error);
  EXPECT_TRUE(Matrix(0, 5).empty());
}

}  // namespace
}  // namespace lowrank
