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

/// Lengths of the columns of a factor whose rows are in parts.
inline std::vector<double> lengths(FloatView x, const RowParts& parts) {
  std::vector<double> out(static_cast<std::size_t>(x.cols));
  for (Index k = 0; k < x.cols; k++)
    for (Index i = 0; i < x.rows; i++) {
      const auto value = static_cast<double>(x(i, k));
      out[static_cast<std::size_t>(k)] += value * value;
    }
  parts.sum(out);
  for (double& value : out)
    value = std::sqrt(value);
  return out;
}

/// Columns of zeros are filled with random numbers, the same whatever the parts.
inline void fill_zero_columns(Matrix& x, const RowParts& parts, std::uint64_t seed) {
  const std::vector<double> before = lengths(x, parts);
  Random random(seed);
  for (Index k = 0; k < x.cols(); k++) {
    if (before[static_cast<std::size_t>(k)] > 0)
      continue;
    random.skip(static_cast<std::uint64_t>(parts.first()));
    std::generate_n(x.view().column(k), x.rows(), [&] {
      return static_cast<float>(static_cast<double>((random.next() >> 40) + 1) * 0x1p-24);
    });
    random.skip(static_cast<std::uint64_t>(parts.rows() - parts.first() - x.rows()));
  }
}

/// A factor that was given, with columns of length 1, none of them zero.
inline Matrix unit_columns(FloatView given, const RowParts& parts, std::uint64_t seed) {
  Matrix x(given);
  fill_zero_columns(x, parts, seed);
  const std::vector<double> of_columns = lengths(x, parts);
  for (Index k = 0; k < x.cols(); k++) {
    const double shrink = 1 / of_columns[static_cast<std::size_t>(k)];
    std::transform(
        x.view().column(k), x.view().column(k) + x.rows(), x.view().column(k),
        [shrink](float value) { return static_cast<float>(static_cast<double>(value) * shrink); });
  }
  return x;
}

/// A row out of each of `count` strips of equal height, of the longer side, times `scale`.
template <typename T>
Matrix sample(MatrixView<const T> m, Index count, float scale, std::uint64_t seed) {
  const bool wide = m.rows < m.cols;
  const Index length = wide ? m.cols : m.rows;
  Random random(seed);
  std::vector<Index> rows(static_cast<std::size_t>(count));
  for (Index i = 0; i < count; i++) {
    const Index first = i * length / count;
    const Index next = (i + 1) * length / count;
    rows[static_cast<std::size_t>(i)] =
        first + static_cast<Index>(random.next() % static_cast<std::uint64_t>(next - first));
  }
  Matrix out(count, wide ? m.rows : m.cols);
  const auto copy = [&](Index i, Index j) {
    const Index row = rows[static_cast<std::size_t>(i)];
    out(i, j) = scale * static_cast<float>(wide ? m(j, row) : m(row, j));
  };
  if (wide) {
    for (Index i = 0; i < count; i++)
      for (Index j = 0; j < out.cols(); j++)
        copy(i, j);
  } else {
    for (Index j = 0; j < out.cols(); j++)
      for (Index i = 0; i < count; i++)
        copy(i, j);
  }
  return out;
}

/// The factor of the shorter side by non-negative double SVD: of each pair of singular vectors
/// the positive or the negative parts, whichever are longer (Boutsidis, Gallopoulos, "SVD based
/// initialization: a head start for nonnegative matrix factorization", Pattern Recognition 2008).
template <typename T>
Matrix starting_factor(MatrixView<const T> m, Index rank, float scale, std::uint64_t seed,
                       unsigned threads) {
  const Index length = std::max(m.rows, m.cols);
  const Index n = std::min(m.rows, m.cols);
  const Matrix part = sample(m, sampled_rows(length, n, rank), scale, seed);
  const Svd svd = randomized_svd(part, rank, {.seed = seed, .threads = threads});
  Matrix y(n, rank);
  // Not zero: what the rows that were looked at do not show would never be found.
  const float least = 0.01f / std::sqrt(static_cast<float>(n));
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
    for (Index j = 0; j < n; j++)
      y(j, k) = std::max(least, sign * svd.v(j, k));
  }
  return unit_columns(y, RowParts(nullptr, n), seed);
}

}  // namespace lowrank::nmf
