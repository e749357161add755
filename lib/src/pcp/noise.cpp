// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pcp/noise.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

namespace lowrank::pcp {
namespace {

constexpr Index samples = 1 << 20;

// Compressed video repeats what changes little, with its noise, for as many frames.
constexpr Index longest_lag = 16;

/// |differences| of up to about a million pairs of elements some columns apart, over all parts.
class Differences {
 public:
  template <typename T>
  Differences(const Input<T>& input, Index lag) : parts_(input.parts) {
    const Index pairs = input.parts.rows() * (input.m.cols() - lag);
    // An odd step, so that it does not keep to one row of a picture.
    const Index step = pairs / samples * 2 + 1;
    sorted_.reserve(static_cast<std::size_t>(input.m.rows() * (input.m.cols() - lag) / step + 1));
    // Every step-th pair in the order of columns of the whole, but read block by block.
    for (int i = 0; i < input.m.blocks().count(); i++)
      take(input, input.m.blocks()[i], lag, step);
    std::sort(sorted_.begin(), sorted_.end());
    size_ = up_to(std::numeric_limits<float>::max()).count;
  }

  bool empty() const { return size_ == 0; }

  /// The upper one.
  float median() const {
    // Floats that are not negative are in the order of their bits.
    std::uint32_t below = 0;
    std::uint32_t above = std::bit_cast<std::uint32_t>(std::numeric_limits<float>::max());
    while (below < above) {
      const std::uint32_t middle = below + (above - below) / 2;
      if (up_to(std::bit_cast<float>(middle)).count > std::floor(size_ / 2))
        above = middle;
      else
        below = middle + 1;
    }
    return std::bit_cast<float>(above);
  }

  struct Sums {
    double count = 0;
    double squares = 0;
  };
  Sums up_to(double most) const {
    double sums[2] = {};
    for (std::size_t i = 0; i < sorted_.size() && static_cast<double>(sorted_[i]) <= most; i++) {
      sums[0]++;
      sums[1] += static_cast<double>(sorted_[i]) * static_cast<double>(sorted_[i]);
    }
    parts_.sum(sums);
    return {sums[0], sums[1]};
  }

 private:
  template <typename T>
  void take(const Input<T>& input, const RowBlock& block, Index lag, Index step) {
    const MatrixView<const T> m = input.m[block];
    for (Index j = 0; j + lag < m.cols; j++) {
      const std::uint8_t* seen = input.seen(block, j);
      const std::uint8_t* later_seen = input.seen(block, j + lag);
      const Index number = input.parts.first() + block.first + j * input.parts.rows();
      for (Index i = (step - number % step) % step; i < block.count; i += step)
        if (!seen || (seen[i] && later_seen[i]))
          sorted_.push_back(
              std::abs(static_cast<float>(m(i, j + lag)) - static_cast<float>(m(i, j))));
    }
  }

  const RowParts& parts_;
  std::vector<float> sorted_;  // those of this part
  double size_ = 0;            // of all parts
};

// Variance of a standard normal variable that is cut off at ±c.
double cut_variance(double c) {
  const double density = std::exp(-c * c / 2) / std::sqrt(2 * std::acos(-1.0));
  return 1 - 2 * c * density / std::erf(c / std::sqrt(2.0));
}

// The standard deviation of the differences; values are multiples of 2·half, or any if that is 0.
double deviation(const Differences& differences, double half) {
  double sigma = static_cast<double>(differences.median()) / 0.6745;
  for (int round = 0; round < 100 && sigma > 0; round++) {
    // Between two possible values, where there are such.
    const double cut = half > 0 ? std::floor(2 * sigma) + half : 2 * sigma;
    const Differences::Sums near = differences.up_to(cut);
    if (near.count == 0)
      return 0;
    const double next = std::sqrt(near.squares / near.count / cut_variance(cut / sigma));
    if (std::abs(next - sigma) < 1e-4 * sigma)
      return next;
    sigma = next;
  }
  return sigma;
}

// Bytes are whole grey levels, and at least as noisy as rounding makes them.
template <typename T>
constexpr bool whole = std::is_same_v<T, std::uint8_t>;

}  // namespace

template <typename T>
double estimate_noise(const Input<T>& input) {
  const double least = whole<T> ? std::sqrt(1.0 / 12) : 0;
  for (Index lag = 1; lag < input.m.cols() && lag <= longest_lag; lag *= 2) {
    const Differences differences(input, lag);
    if (!differences.empty() && differences.median() > 0)
      return std::max(least, deviation(differences, whole<T> ? 0.5 : 0) / std::sqrt(2.0));
  }
  return least;
}

template <typename T>
double small_level(const Input<T>& input) {
  double sums[2] = {};
  for (int b = 0; b < input.m.blocks().count(); b++) {
    const RowBlock block = input.m.blocks()[b];
    const MatrixView<const T> m = input.m[block];
    for (Index j = 0; j < m.cols; j++) {
      const std::uint8_t* seen = input.seen(block, j);
      for (Index i = 0; i < m.rows; i++)
        if (!seen || seen[i]) {
          sums[0] += std::abs(static_cast<double>(m(i, j)));
          sums[1]++;
        }
    }
  }
  input.parts.sum(sums);
  return sums[1] > 0 ? 1e-3 * sums[0] / sums[1] : 0;
}

template double estimate_noise(const Input<float>&);
template double estimate_noise(const Input<std::uint8_t>&);
template double small_level(const Input<float>&);
template double small_level(const Input<std::uint8_t>&);

}  // namespace lowrank::pcp
