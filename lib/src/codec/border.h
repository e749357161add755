// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "codec/tables.h"
#include "raster.h"

namespace lowrank::codec {

/// The decoded samples around a patch that is predicted from them, less their mean; in the order of
/// tables.h.
struct Border {
  alignas(16) std::array<std::int16_t, border16> samples{};
  int mean = 0;
};

/// What is known around a patch of `size` × `size` samples at (x, y) of a plane.
struct BorderPlace {
  int x;
  int y;
  int size;
  bool left;         ///< there are samples to the left,
  bool above;        ///< above, in the slice,
  bool above_right;  ///< and above the `size` samples to the right of the patch
};

/// What is not known is the nearest sample that is: above a patch at the left edge what is to the
/// left stands as the first one, to the right as the last one; without anything above, all that is
/// above stands as the sample to the left of the patch's first; likewise to the left as the one
/// above the first. 128 when there is nothing.
inline Border border_of(const Raster<std::uint8_t>& picture, const BorderPlace& at) {
  Border border;
  std::int16_t* out = border.samples.data();
  const int n = at.size;
  for (int r = 1; r <= 2; r++) {
    if (at.above) {
      const std::uint8_t* row = picture.row(at.y - r) + at.x;
      for (int i = -2; i < 0; i++)
        *out++ = at.left ? row[i] : row[0];
      for (int i = 0; i < n; i++)
        *out++ = row[i];
      for (int i = n; i < 2 * n; i++)
        *out++ = at.above_right ? row[i] : row[n - 1];
    } else {
      const std::int16_t value = at.left ? picture.at(at.x - 1, at.y) : 128;
      out = std::fill_n(out, 2 * n + 2, value);
    }
  }
  for (int r = 1; r <= 2; r++)
    for (int j = 0; j < n; j++)
      *out++ = at.left    ? picture.at(at.x - r, at.y + j)
               : at.above ? picture.at(at.x, at.y - 1)
                          : std::uint8_t{128};

  int sum = n;
  const std::int16_t* above = border.samples.data() + 2;
  const std::int16_t* left = border.samples.data() + 2 * (2 * n + 2);
  for (int i = 0; i < n; i++)
    sum += above[i] + left[i];
  border.mean = sum / (2 * n);
  std::for_each(border.samples.data(), out, [&](std::int16_t& sample) {
    sample = static_cast<std::int16_t>(sample - border.mean);
  });
  return border;
}

}  // namespace lowrank::codec
