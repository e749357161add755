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

// The rows y − radius to y + radius, those beyond the border replaced by the nearest one.
void rows_around(const Raster<std::uint8_t>& plane, int y, int radius,
                 std::vector<const std::uint8_t*>& rows) {
  for (int k = -radius; k <= radius; k++)
    rows[static_cast<std::size_t>(k + radius)] =
        plane.row(std::clamp(y + k, 0, plane.height() - 1));
}

}  // namespace

MaskCleanup::MaskCleanup(int width, int height) : decision_(width, height) {}

void MaskCleanup::run(const Raster<std::uint8_t>& score, float limit, int radius,
                      Raster<std::uint8_t>& mask, ThreadPool& pool) {
  const int height = score.height();
  if (radius == 0) {
    for_each_strip(pool, height, [&](int first, int last) {
      for (int y = first; y < last; y++)
        std::transform(score.row(y), score.row(y) + score.width(), mask.row(y),
                       [](std::uint8_t s) { return static_cast<std::uint8_t>(s > 64 ? 255 : 0); });
    });
    return;
  }
  const int limit_of_sum = std::min(216, static_cast<int>(std::floor(limit * 8 * 9)));
  for_each_strip(pool, height,
                 [&](int first, int last) { smooth_rows(score, limit_of_sum, first, last); });
  for_each_strip(pool, height,
                 [&](int first, int last) { majority_rows(radius, mask, first, last); });
}

void MaskCleanup::smooth_rows(const Raster<std::uint8_t>& score, int limit, int first, int last) {
  const int width = score.width();
  const int bottom = score.height() - 1;
  std::vector<std::uint8_t> scratch(static_cast<std::size_t>(width + 2 + 2 * vector_slack));
  for (int y = first; y < last; y++) {
    const std::uint8_t* const rows[] = {score.row(std::max(y - 1, 0)), score.row(y),
                                        score.row(std::min(y + 1, bottom))};
    kernels::smooth_and_decide(rows, limit, scratch.data(), decision_.row(y), width);
  }
}

void MaskCleanup::majority_rows(int radius, Raster<std::uint8_t>& mask, int first, int last) {
  const int width = mask.width();
  const int side = 2 * radius + 1;
  std::vector<std::uint16_t> scratch(static_cast<std::size_t>(width + 2 * radius + vector_slack));
  std::vector<const std::uint8_t*> rows(static_cast<std::size_t>(side));
  for (int y = first; y < last; y++) {
    rows_around(decision_, y, radius, rows);
    kernels::majority(rows.data(), radius, scratch.data(), mask.row(y), width);
  }
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
