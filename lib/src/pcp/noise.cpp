// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pcp/noise.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace lowrank::pcp {
namespace {

constexpr Index samples = 1 << 20;

// Compressed video repeats what changes little, with its noise, for as many frames.
constexpr Index longest_lag = 16;

// |differences| of up to about a million pairs of elements `lag` columns apart, ascending.
template <typename T>
std::vector<float> differences(MatrixView<const T> m, ByteView observed, Index lag) {
  const Index pairs = m.rows * (m.cols - lag);
  // An odd step, so that it does not keep to one row of a picture.
  const Index step = pairs / samples * 2 + 1;
  std::vector<float> out;
  out.reserve(static_cast<std::size_t>(pairs / step + 1));
  for (Index p = 0; p < pairs; p += step) {
    const Index i = p % m.rows;
    const Index j = p / m.rows;
    if (!observed.data || (observed(i, j) && observed(i, j + lag)))
      out.push_back(std::abs(static_cast<float>(m(i, j + lag)) - static_cast<float>(m(i, j))));
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Variance of a standard normal variable that is cut off at ±c.
double cut_variance(double c) {
  const double density = std::exp(-c * c / 2) / std::sqrt(2 * std::acos(-1.0));
  return 1 - 2 * c * density / std::erf(c / std::sqrt(2.0));
}

// The standard deviation of the differences; values are multiples of 2·half, or any if that is 0.
double deviation(const std::vector<float>& sorted, double half) {
  double sigma = static_cast<double>(sorted[sorted.size() / 2]) / 0.6745;
  for (int round = 0; round < 100 && sigma > 0; round++) {
    // Between two possible values, where there are such.
    const double cut = half > 0 ? std::floor(2 * sigma) + half : 2 * sigma;
    double squares = 0;
    std::size_t count = 0;
    for (; count < sorted.size() && static_cast<double>(sorted[count]) <= cut; count++)
      squares += static_cast<double>(sorted[count]) * static_cast<double>(sorted[count]);
    if (count == 0)
      return 0;
    const double next = std::sqrt(squares / static_cast<double>(count) / cut_variance(cut / sigma));
    if (std::abs(next - sigma) < 1e-4 * sigma)
      return next;
    sigma = next;
  }
  return sigma;
}

template <typename T>
double estimate(MatrixView<const T> m, ByteView observed, double half) {
  if (m.cols < 2)
    return 0;
  for (Index lag = 1; lag < m.cols && lag <= longest_lag; lag *= 2) {
    const std::vector<float> sorted = differences(m, observed, lag);
    if (!sorted.empty() && sorted[sorted.size() / 2] > 0)
      return deviation(sorted, half) / std::sqrt(2.0);
  }
  return 0;
}

template <typename T>
double thousandth(MatrixView<const T> m, ByteView observed) {
  double sum = 0;
  Index count = 0;
  for (Index j = 0; j < m.cols; j++)
    for (Index i = 0; i < m.rows; i++)
      if (!observed.data || observed(i, j)) {
        sum += std::abs(static_cast<double>(m(i, j)));
        count++;
      }
  return count > 0 ? 1e-3 * sum / static_cast<double>(count) : 0;
}

}  // namespace

double estimate_noise(FloatView m, ByteView observed) {
  return estimate(m, observed, 0);
}

double estimate_noise(ByteView m, ByteView observed) {
  return std::max(estimate(m, observed, 0.5), std::sqrt(1.0 / 12));
}

double small_level(FloatView m, ByteView observed) {
  return thousandth(m, observed);
}

double small_level(ByteView m, ByteView observed) {
  return thousandth(m, observed);
}

}  // namespace lowrank::pcp
