// SPDX-License-Identifier: LGPL-2.1-or-later
#include "band.h"

#include <cstdint>

#include <lowrank/tiled_view.h>

namespace batch {
namespace {

// Tiles may not be higher.
constexpr Index highest_tile = 8192;

// Lines that a stripe has a multiple of: where chroma is halved, two.
int unit_of(const lowrank::ImageFormat& format) {
  return 1 << format.chroma_shift_y;
}

// A height of which a number of `rows` is a multiple: near to what is wanted, which is less.
Index dividing_height(Index rows, Index wanted) {
  Index below = 0, above = 0;
  for (Index height = 1; height <= highest_tile && above == 0; height++)
    if (rows % height == 0)
      (height <= wanted ? below : above) = height;
  if (4 * below >= wanted)
    return below;
  // Tiles of no such height end within stripes, which costs some rounding and nothing else.
  return above > 0 ? above : wanted;
}

}  // namespace

Cut cut_of(const lowrank::ImageFormat& format, Index frames) {
  const int unit = unit_of(format);
  const Index wanted = lowrank::tile_height(format.samples(), frames);
  const Index rows = rows_of(format, {0, unit, unit});
  if (rows > wanted)
    return {unit, dividing_height(rows, wanted)};
  const Index units = wanted / rows;
  return {static_cast<int>(units) * unit, units * rows};
}

int most_bands(const lowrank::ImageFormat& format, int stripe) {
  return (format.height + stripe - 1) / stripe;
}

Band band_of(const lowrank::ImageFormat& format, int stripe, int part, int parts) {
  const auto line = [&](int number) {
    const auto stripes = static_cast<std::int64_t>(most_bands(format, stripe));
    return std::min(format.height, static_cast<int>(stripes * number / parts) * stripe);
  };
  return {line(part), line(part + 1) - line(part), stripe};
}

Index rows_of(const lowrank::ImageFormat& format, const Band& band) {
  Index rows = 0;
  for_each_piece(format, band, [&](int plane, int, int count) {
    rows += static_cast<Index>(format.plane_width(plane)) * count;
  });
  return rows;
}

}  // namespace batch
