// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cmath>

namespace lowrank::codec {

/// Steps of the quantiser are 2^(index/6) grey levels.
constexpr int largest_step_index = 51;

/// The index that belongs to a quality, 1 … 100; in between what is listed, linear.
inline double step_index_of(double quality) {
  struct Point {
    double quality;
    double index;
  };
  constexpr std::array<Point, 6> points{
      {{1, 45}, {25, 36}, {50, 29}, {75, 21}, {90, 13}, {100, 0}}};
  std::size_t i = 1;
  while (i + 1 < points.size() && quality > points[i].quality)
    i++;
  const Point& a = points[i - 1];
  const Point& b = points[i];
  return a.index + (b.index - a.index) * (quality - a.quality) / (b.quality - a.quality);
}

}  // namespace lowrank::codec
