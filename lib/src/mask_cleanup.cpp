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
  const int limit_of_sum = static_cast<int>(std::floor(limit * 64 * 9));
  for_each_strip(pool, height,
                 [&](int first, int last) { smooth_rows(score, limit_of_sum, first, last); });
  for_each_strip(pool, height,
                 [&](int first, int last) { majority_rows(radius, mask, first, last); });
}

void MaskCleanup::smooth_rows(const Raster<std::uint8_t>& score, int limit, int first, int last) {
  const int width = score.width();
  const int bottom = score.height() - 1;
  std::vector<std::uint16_t> scratch(static_cast<std::size_t>(width + 2 + vector_slack));
  for (int y = first; y < last; y++) {
    const std::uint8_t* const rows[] = {score.row(std::max(y - 1, 0)), score.row(y),
                                        score.row(std::min(y + 1, bottom))};
    kernels::smooth_and_decide(rows, limit, scratch.data(), decision_.row(y), width);
  }
}

void MaskCleanup::majority_rows(int radius, Raster<std::uint8_t>& mask, int first, int last) {
  const int width = mask.width();
  const int bottom = mask.height() - 1;
  std::vector<std::uint16_t> scratch(static_cast<std::size_t>(width + 2 * radius + vector_slack));
  std::vector<const std::uint8_t*> rows(static_cast<std::size_t>(2 * radius + 1));
  for (int y = first; y < last; y++) {
    for (int k = -radius; k <= radius; k++)
      rows[static_cast<std::size_t>(k + radius)] = decision_.row(std::clamp(y + k, 0, bottom));
    kernels::majority(rows.data(), radius, scratch.data(), mask.row(y), width);
  }
}

void grow_mask_row(const Raster<std::uint8_t>& mask, int y, int radius, std::uint8_t* grown,
                   std::uint8_t* scratch) {
  const std::uint8_t* rows[32];
  int count = 0;
  for (int k = std::max(0, y - radius); k <= std::min(mask.height() - 1, y + radius); k++)
    rows[count++] = mask.row(k);
  kernels::highest_around(rows, count, radius, grown, scratch, mask.width());
}

double share_of_mask(const PlaneView& mask) {
  std::int64_t set = 0;
  for (int y = 0; y < mask.height; y++)
    set += kernels::count_set(mask.row(y), mask.width);
  return static_cast<double>(set) / (static_cast<double>(mask.width) * mask.height);
}

}  // namespace lowrank
