// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mask_cleanup.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/kernels.h"
#include "score.h"
#include "strips.h"

namespace lowrank {
namespace {

constexpr int vector_slack = 64;  // elements that kernels may touch past the end
constexpr int row_alignment = 64;
constexpr float fill_share = 0.55f;

void take_raw_support(const std::uint8_t* score, int width, std::uint8_t* mask) {
  for (int x = 0; x < width; x++)
    mask[x] = score[x] > score_of_threshold ? 255 : 0;
}

// Rows [first, last) of the mask. Decisions are made for `radius` rows more to either side, once a
// strip, and kept no longer.
void clean_rows(const Raster<std::uint8_t>& score, int limit, int radius, int first, int last,
                Raster<std::uint8_t>& mask) {
  const int width = score.width();
  const int bottom = score.height() - 1;
  const int top = std::max(0, first - radius);
  Raster<std::uint8_t> decision(width, std::min(bottom + 1, last + radius) - top, unset);
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

// Fills the holes of the rows of a strip; the sums over the columns slide along with the row.
class HoleFiller {
 public:
  HoleFiller(const Raster<std::uint8_t>& mask, const RowCounts& counts, int reach)
      : mask_(mask),
        counts_(counts),
        reach_(reach),
        scratch_(2 * static_cast<std::size_t>(mask.width() + 2 * reach_ + vector_slack)),
        excluded_(static_cast<std::size_t>(padded_width(mask.width()) + strip_height)),
        columns_(excluded_.size()) {}

  bool empty_around(int y) const {
    const auto first = counts_.begin() + std::max(0, y - reach_);
    const auto last = counts_.begin() + std::min(mask_.height(), y + reach_ + 1);
    return std::all_of(first, last, [](int count) { return count == 0; });
  }

  void fill(int y, const Without& without, std::uint8_t* filled) {
    slide_to(y);
    const int side = 2 * reach_ + 1;
    const int limit = static_cast<int>(fill_share * static_cast<float>(side * side));
    const std::uint8_t* excluded = without ? without(y, excluded_.data()) : nullptr;
    // Where the mask is, and no further than it reaches.
    const int width = mask_.width();
    int first = width;
    int last = 0;
    kernels::find_over(columns_.data(), 0, width, first, last);
    first = std::max(0, first - reach_) / row_alignment * row_alignment;
    last = std::max(first, std::min(width, last + reach_));
    std::fill_n(filled, first, std::uint8_t{0});
    if (first < last)
      kernels::fill_holes({mask_.row(y) + first, columns_.data() + first,
                           excluded ? excluded + first : nullptr, reach_, limit},
                          scratch_.data(), filled + first, last - first);
    std::fill(filled + last, filled + width, std::uint8_t{0});
  }

 private:
  const std::uint8_t* row(int y) const { return mask_.row(std::clamp(y, 0, mask_.height() - 1)); }

  void slide_to(int y) {
    if (summed_ == y - 1) {
      kernels::slide_columns(row(y + reach_), row(y - reach_ - 1), columns_.data(), mask_.width());
    } else {
      std::fill(columns_.begin(), columns_.end(), std::uint8_t{0});
      for (int k = y - reach_; k <= y + reach_; k++)
        kernels::slide_columns(row(k), nullptr, columns_.data(), mask_.width());
    }
    summed_ = y;
  }

  const Raster<std::uint8_t>& mask_;
  const RowCounts& counts_;
  int reach_;
  std::vector<std::uint16_t> scratch_;
  std::vector<std::uint8_t> excluded_;
  std::vector<std::uint8_t> columns_;
  int summed_ = -2;  ///< the row that the columns are summed around
};

}  // namespace

double share_of(const RowCounts& counts, int width) {
  const auto set = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  return static_cast<double>(set) /
         (static_cast<double>(width) * static_cast<double>(counts.size()));
}

void clean_mask(const Raster<std::uint8_t>& score, float limit, int radius,
                Raster<std::uint8_t>& mask, RowCounts& counts, ThreadPool& pool,
                const std::function<void(int y)>& row_done) {
  const int limit_of_sum = std::min(216, static_cast<int>(std::floor(limit * 8 * 9)));
  counts.resize(static_cast<std::size_t>(mask.height()));
  for_each_strip(pool, score.height(), [&](int first, int last) {
    if (radius > 0)
      clean_rows(score, limit_of_sum, radius, first, last, mask);
    for (int y = first; y < last; y++) {
      if (radius == 0)
        take_raw_support(score.row(y), score.width(), mask.row(y));
      counts[static_cast<std::size_t>(y)] =
          static_cast<int>(kernels::count_set(mask.row(y), mask.width()));
      if (row_done)
        row_done(y);
    }
  });
}

void fill_holes(const Raster<std::uint8_t>& mask, const RowCounts& counts, int reach,
                const Without& without, Raster<std::uint8_t>& filled, RowCounts& filled_counts,
                ThreadPool& pool) {
  const int width = mask.width();
  filled_counts.resize(counts.size());
  for_each_strip(pool, mask.height(), [&](int first, int last) {
    HoleFiller filler(mask, counts, reach);
    for (int y = first; y < last; y++) {
      int& count = filled_counts[static_cast<std::size_t>(y)];
      if (!filler.empty_around(y)) {
        filler.fill(y, without, filled.row(y));
        count = static_cast<int>(kernels::count_set(filled.row(y), width));
      } else if (count > 0) {
        std::fill_n(filled.row(y), width, std::uint8_t{0});
        count = 0;
      }
    }
  });
}

}  // namespace lowrank
