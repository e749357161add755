// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cmath>

#include "lowrank/svd.h"
#include "nmf/long_side.h"
#include "random.h"

/// Where non-negative matrix factorization begins.
namespace lowrank::nmf {

/// Rows of A that are looked at for the start.
inline Index sampled_rows(Index rows, Index cols, Index rank) {
  const Index affordable = std::clamp<Index>((Index{1} << 22) / cols, 256, 4096);
  return std::min(rows, std::max(affordable, 4 * rank));
}

/// Columns of zeros are filled with random numbers.
inline void fill_zero_columns(Matrix& x, std::uint64_t seed) {
  Random random(seed);
  for (Index k = 0; k < x.cols(); k++) {
    float* column = x.view().column(k);
    if (std::all_of(column, column + x.rows(), [](float value) { return value == 0; }))
      std::generate_n(column, x.rows(), [&] {
        return static_cast<float>(static_cast<double>((random.next() >> 40) + 1) * 0x1p-24);
      });
  }
}

/// Length of column k.
inline double length(FloatView x, Index k) {
  double squares = 0;
  for (Index i = 0; i < x.rows; i++) {
    const auto value = static_cast<double>(x(i, k));
    squares += value * value;
  }
  return std::sqrt(squares);
}

/// A factor that was given, with columns of length 1, none of them zero.
inline Matrix unit_columns(FloatView given, std::uint64_t seed) {
  Matrix x(given);
  fill_zero_columns(x, seed);
  for (Index k = 0; k < x.cols(); k++) {
    const double shrink = 1 / length(x, k);
    std::transform(
        x.view().column(k), x.view().column(k) + x.rows(), x.view().column(k),
        [shrink](float value) { return static_cast<float>(static_cast<double>(value) * shrink); });
  }
  return x;
}

/// A row out of each of `count` strips of equal height, times `scale`.
template <typename T>
Matrix sample(const LongSide<T>& a, Index count, float scale, std::uint64_t seed) {
  Random random(seed);
  std::vector<Index> rows(static_cast<std::size_t>(count));
  for (Index i = 0; i < count; i++) {
    const Index first = i * a.rows() / count;
    const Index next = (i + 1) * a.rows() / count;
    rows[static_cast<std::size_t>(i)] =
        first + static_cast<Index>(random.next() % static_cast<std::uint64_t>(next - first));
  }
  Matrix out(count, a.cols());
  const auto copy = [&](Index i, Index j) {
    out(i, j) = scale * a.at(rows[static_cast<std::size_t>(i)], j);
  };
  if (a.wide()) {
    for (Index i = 0; i < count; i++)
      for (Index j = 0; j < a.cols(); j++)
        copy(i, j);
  } else {
    for (Index j = 0; j < a.cols(); j++)
      for (Index i = 0; i < count; i++)
        copy(i, j);
  }
  return out;
}

/// The short factor, a.cols() × rank, by non-negative double SVD: of each pair of singular vectors
/// the positive or the negative parts, whichever are longer (Boutsidis, Gallopoulos, "SVD based
/// initialization: a head start for nonnegative matrix factorization", Pattern Recognition 2008).
template <typename T>
Matrix starting_factor(const LongSide<T>& a, Index rank, float scale, std::uint64_t seed,
                       unsigned threads) {
  const Matrix part = sample(a, sampled_rows(a.rows(), a.cols(), rank), scale, seed);
  const Svd svd = randomized_svd(part, rank, {.seed = seed, .threads = threads});
  Matrix y(a.cols(), rank);
  // Not zero: what the rows that were looked at do not show would never be found.
  const float least = 0.01f / std::sqrt(static_cast<float>(a.cols()));
  for (Index k = 0; k < rank; k++) {
    const auto part_length = [k](FloatView x, float sign) {
      double squares = 0;
      for (Index i = 0; i < x.rows; i++) {
        const auto value = static_cast<double>(std::max(0.0f, sign * x(i, k)));
        squares += value * value;
      }
      return std::sqrt(squares);
    };
    const double positive = part_length(svd.u, 1) * part_length(svd.v, 1);
    const double negative = part_length(svd.u, -1) * part_length(svd.v, -1);
    const float sign = positive >= negative ? 1.0f : -1.0f;
    for (Index j = 0; j < a.cols(); j++)
      y(j, k) = std::max(least, sign * svd.v(j, k));
  }
  return unit_columns(y, seed);
}

}  // namespace lowrank::nmf
