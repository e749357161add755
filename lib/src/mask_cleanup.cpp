// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mask_cleanup.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/kernels.h"
#include "strips.h"

namespace lowrank {
namespace {

constexpr int vector_slack = 64;  // elements that kernels may touch past the end
constexpr float fill_share = 0.55f;

// Rows [first, last) of the mask. Decisions are made for `radius` rows more to either side, once a
// strip, and kept no longer.
void clean_rows(const Raster<std::uint8_t>& score, int limit, int radius, int first, int last,
                Raster<std::uint8_t>& mask) {
  const int width = score.width();
  const int bottom = score.height() - 1;
  const int top = std::max(0, first - radius);
  Raster<std::uint8_t> decision(width, std::min(bottom + 1, last + radius) - top);
  std::vector<std::uint16_t> scratch(static_cast<std::size_t>(width + 2 * radius + vector_slack));
  auto* const bytes = reinterpret_cast<std::uint8_t*>(scratch.data());
  for (int y = 0; y < decision.height(); y++) {
    const std::uint8_t* const rows[] = {score.row(std::max(top + y - 1, 0)), score.row(top + y),
                                        score.row(std::min(top + y + 1, bottom))};
    kernels::smooth_and_decide(rows, limit, bytes, decision.row(y), width);
  }
  std::vector<const std::uint8_t*> rows(static_cast<std::size_t>(2 * radius + 1));
  for (int y = first; y < last; y++) {
    for (int k = -radius; k <= radius; k++)
      rows[static_cast<std::size_t>(k + radius)] = decision.row(std::clamp(y + k, 0, bottom) - top);
    kernels::majority(rows.data(), radius, scratch.data(), mask.row(y), width);
  }
}

}  // namespace

void MaskCleanup::run(const Raster<std::uint8_t>& score, float limit, int radius,
                      Raster<std::uint8_t>& mask, ThreadPool& pool) const {
  if (radius == 0) {
    for_each_strip(pool, score.height(), [&](int first, int last) {
      for (int y = first; y < last; y++)
        std::transform(score.row(y), score.row(y) + score.width(), mask.row(y),
                       [](std::uint8_t s) { return static_cast<std::uint8_t>(s > 64 ? 255 : 0); });
    });
    return;
  }
  const int limit_of_sum = std::min(216, static_cast<int>(std::floor(limit * 8 * 9)));
  for_each_strip(pool, score.height(), [&](int first, int last) {
    clean_rows(score, limit_of_sum, radius, first, last, mask);
  });
}

void MaskCleanup::fill(const Raster<std::uint8_t>& mask, int radius, const Without& without,
                       Raster<std::uint8_t>& filled, ThreadPool& pool) const {
  const int width = mask.width();
  const int wide = 2 * radius + 1;
  const int side = 2 * wide + 1;
  const int limit = static_cast<int>(fill_share * static_cast<float>(side * side));
  for_each_strip(pool, mask.height(), [&](int first, int last) {
    const auto words = 2 * static_cast<std::size_t>(width + 2 * wide + vector_slack);
    std::vector<std::uint16_t> scratch(words);
    std::vector<std::uint8_t> excluded(static_cast<std::size_t>(padded_width(width)));
    std::vector<std::uint8_t> columns(excluded.size());
    std::vector<int> set_before;  // rows that have a pixel set, before each row
    set_before.push_back(0);
    for (int y = first - wide; y < last + wide; y++) {
      const bool any = y >= 0 && y < mask.height() && kernels::count_set(mask.row(y), width) > 0;
      set_before.push_back(set_before.back() + any);
    }
    const auto row_of = [&](int y) { return mask.row(std::clamp(y, 0, mask.height() - 1)); };
    bool summed = false;
    for (int y = first; y < last; y++) {
      const auto top = static_cast<std::size_t>(y - first);
      if (set_before[top + static_cast<std::size_t>(side)] == set_before[top]) {
        std::fill_n(filled.row(y), width, std::uint8_t{0});
        summed = false;
        continue;
      }
      if (summed) {
        kernels::slide_columns(row_of(y + wide), row_of(y - wide - 1), columns.data(), width);
      } else {
        std::fill(columns.begin(), columns.end(), std::uint8_t{0});
        for (int k = y - wide; k <= y + wide; k++)
          kernels::slide_columns(row_of(k), nullptr, columns.data(), width);
        summed = true;
      }
      kernels::fill_holes({mask.row(y), columns.data(), without(y, excluded.data()), wide, limit},
                          scratch.data(), filled.row(y), width);
    }
  });
}

double share_of_mask(const PlaneView& mask) {
  std::int64_t set = 0;
  for (int y = 0; y < mask.height; y++)
    set += kernels::count_set(mask.row(y), mask.width);
  return static_cast<double>(set) / (static_cast<double>(mask.width) * mask.height);
}

}  // namespace lowrank
