// SPDX-License-Identifier: LGPL-2.1-or-later
#include "codec/plane_factors.h"

#include <algorithm>

namespace lowrank::codec {
namespace {

// Rows of a plane whose sums are held at a time: a row of a component is read once for them.
constexpr int band_rows = 8;

std::uint64_t wide(std::int32_t value) {
  return static_cast<std::uint64_t>(std::int64_t{value});
}

void add_product(std::uint64_t* sums, std::int32_t factor, const std::vector<std::int32_t>& row) {
  const std::uint64_t times = wide(factor);
  for (std::size_t x = 0; x < row.size(); x++)
    sums[x] += times * wide(row[x]);
}

void write_row(const PlaneFactors& factors, const std::uint64_t* sums, std::uint8_t* out,
               int width) {
  const std::uint64_t half = std::uint64_t{1} << (factors.fraction - 1);
  for (int x = 0; x < width; x++) {
    const std::uint64_t scaled = static_cast<std::uint64_t>(factors.scale) * sums[x] + half;
    const std::int64_t level = static_cast<std::int64_t>(scaled) >> factors.fraction;
    out[x] = static_cast<std::uint8_t>(std::clamp<std::int64_t>(level, 0, 255));
  }
}

void reconstruct_band(const PlaneFactors& factors, MutablePlaneView plane, int first, int rows) {
  const auto width = static_cast<std::size_t>(plane.width);
  std::vector<std::uint64_t> sums(width * static_cast<std::size_t>(rows));
  for (const PlaneFactors::Component& component : factors.components)
    for (int i = 0; i < rows; i++) {
      const std::int32_t factor = component.column[static_cast<std::size_t>(first + i)];
      if (factor != 0)
        add_product(sums.data() + static_cast<std::size_t>(i) * width, factor, component.row);
    }
  for (int i = 0; i < rows; i++)
    write_row(factors, sums.data() + static_cast<std::size_t>(i) * width, plane.row(first + i),
              plane.width);
}

}  // namespace

void reconstruct(const PlaneFactors& factors, MutablePlaneView plane, ThreadPool& pool) {
  const int bands = (plane.height + band_rows - 1) / band_rows;
  pool.parallel_for(bands, [&](int band) {
    const int first = band * band_rows;
    reconstruct_band(factors, plane, first, std::min(band_rows, plane.height - first));
  });
}

}  // namespace lowrank::codec
