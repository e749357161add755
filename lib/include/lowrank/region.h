// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

namespace lowrank {

/// Pixels [x, x + width) × [y, y + height) of a picture. Empty when width or height is not
/// positive.
struct Rectangle {
  int x = 0;       ///< of the leftmost pixels
  int y = 0;       ///< of the topmost pixels
  int width = 0;   ///< pixels
  int height = 0;  ///< pixels

  /// Whether all members are equal.
  constexpr bool operator==(const Rectangle&) const = default;
};

/// A connected component of a mask, by 8 neighbours: the smallest rectangle around it, and the
/// pixels of the mask that are its own.
struct Region {
  int x = 0;              ///< of the leftmost pixels
  int y = 0;              ///< of the topmost pixels
  int width = 0;          ///< pixels
  int height = 0;         ///< pixels
  std::int64_t area = 0;  ///< pixels of the mask

  /// Share of the rectangle that the region fills, 0 … 1.
  constexpr double share() const {
    const double box = static_cast<double>(width) * height;
    return box > 0 ? static_cast<double>(area) / box : 0;
  }
  /// Whether all members are equal.
  constexpr bool operator==(const Region&) const = default;
};

}  // namespace lowrank
