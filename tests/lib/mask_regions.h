// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "lowrank/background.h"

namespace lowrank::test {

/// A component of a mask as a flood fill finds it, with its pixels.
struct Flooded {
  Region region;
  std::vector<std::pair<int, int>> pixels;
};

/// The components of a mask by 8 neighbours, one flood fill after the other.
inline std::vector<Flooded> flood(const std::vector<std::uint8_t>& mask, int width, int height) {
  std::vector<Flooded> found;
  std::vector<std::uint8_t> left = mask;
  const auto take = [&](int x, int y) {
    std::uint8_t& pixel = left[static_cast<std::size_t>(y * width + x)];
    return std::exchange(pixel, std::uint8_t{0}) != 0;
  };
  for (int y = 0; y < height; y++) {
    for (int x = 0; x < width; x++) {
      if (!take(x, y))
        continue;
      Flooded next;
      next.pixels.emplace_back(x, y);
      int left_x = x, right = x, bottom = y;
      for (std::size_t i = 0; i < next.pixels.size(); i++) {
        const auto [px, py] = next.pixels[i];
        left_x = std::min(left_x, px);
        right = std::max(right, px);
        bottom = std::max(bottom, py);
        for (int ny = std::max(0, py - 1); ny <= std::min(height - 1, py + 1); ny++)
          for (int nx = std::max(0, px - 1); nx <= std::min(width - 1, px + 1); nx++)
            if (take(nx, ny))
              next.pixels.emplace_back(nx, ny);
      }
      next.region = {left_x, y, right - left_x + 1, bottom - y + 1,
                     static_cast<std::int64_t>(next.pixels.size())};
      found.push_back(std::move(next));
    }
  }
  return found;
}

inline std::vector<std::uint8_t> copy_of(const PlaneView& plane) {
  std::vector<std::uint8_t> samples;
  for (int y = 0; y < plane.height; y++)
    samples.insert(samples.end(), plane.row(y), plane.row(y) + plane.width);
  return samples;
}

}  // namespace lowrank::test
