// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/shadows.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/kernels.h"

namespace lowrank {
namespace {

constexpr int grow = 3;                    // pixels from the core to the border
constexpr int margin = grow + 2 + 1;       // rows around that a row depends on
constexpr std::uint8_t hue = 4;            // grey levels that chroma may be off
constexpr std::uint8_t least = 6;          // grey levels that a shadow is darker
constexpr double evenness = 0.12;          // spread of the factor over its mean
constexpr std::uint8_t beyond_doubt = 51;  // scores that do not make a mask need no look
constexpr int row_alignment = 128;         // so that whole vectors of chroma stay inside of a row

}  // namespace

// Rows first − margin to last + margin of a range of columns, in rasters of its size.
struct Shadows::Strip {
  Strip(int first_row, int last_row, int first_column, int last_column, int height)
      : top(std::max(0, first_row - margin)),
        bottom(std::min(height, last_row + margin)),
        left(first_column),
        width(last_column - first_column),
        ratio(width, bottom - top, unset),
        candidate(width, bottom - top, unset),
        core(width, bottom - top, unset) {}
  int top, bottom;
  int left, width;
  Raster<std::uint8_t> ratio, candidate, core;
};

Shadows::Shadows(const ImageView& frame, const ImageView& predicted, float darkest)
    : frame_(frame),
      predicted_(predicted),
      darkest_(static_cast<std::uint8_t>(std::lround(darkest * 128))) {}

bool Shadows::find_candidates(Strip& strip) const {
  const ImageFormat& format = frame_.format;
  const bool color = format.planes() == 3;
  std::vector<std::uint8_t> same(static_cast<std::size_t>(padded_width(strip.width)));
  std::vector<std::uint8_t> doubled(2 * same.size());
  bool any = false;
  for (int y = strip.top; y < strip.bottom; y++) {
    std::uint8_t* candidate = strip.candidate.row(y - strip.top);
    const kernels::ShadowRatio in{frame_.planes[0].row(y) + strip.left,
                                  predicted_.planes[0].row(y) + strip.left,
                                  static_cast<std::uint8_t>(format.black), darkest_, least};
    const bool found =
        kernels::shadow_ratio(in, strip.ratio.row(y - strip.top), candidate, strip.width);
    if (!found)
      continue;
    any = true;
    if (!color)
      continue;
    const int cy = y >> format.chroma_shift_y;
    const int cx = strip.left >> format.chroma_shift_x;
    const std::uint8_t* const x[] = {frame_.planes[1].row(cy) + cx, frame_.planes[2].row(cy) + cx};
    const std::uint8_t* const l[] = {predicted_.planes[1].row(cy) + cx,
                                     predicted_.planes[2].row(cy) + cx};
    const int chroma_width =
        (strip.width + (1 << format.chroma_shift_x) - 1) >> format.chroma_shift_x;
    kernels::same_hue(x, l, hue, same.data(), chroma_width);
    const std::uint8_t* fits = same.data();
    if (format.chroma_shift_x) {
      kernels::double_width(same.data(), doubled.data(), chroma_width);
      fits = doubled.data();
    }
    kernels::intersect(candidate, fits, strip.width);
  }
  return any;
}

void Shadows::find_cores(Strip& strip) const {
  const int rows = strip.bottom - strip.top;
  Raster<std::uint16_t> sums(strip.width, rows, unset);
  std::vector<std::uint16_t> scratch(2 * static_cast<std::size_t>(strip.width + 4 + 64));
  const auto clamped = [rows](int y) { return std::clamp(y, 0, rows - 1); };
  for (int y = 0; y < rows; y++) {
    const std::uint8_t* const ratios[] = {strip.ratio.row(clamped(y - 1)), strip.ratio.row(y),
                                          strip.ratio.row(clamped(y + 1))};
    kernels::sum_of_nine(ratios, scratch.data(), sums.row(y), strip.width);
  }
  const auto spread = static_cast<std::uint16_t>(std::lround(evenness * 65536));
  for (int y = 0; y < rows; y++) {
    const std::uint16_t* around[5];
    for (int k = 0; k < 5; k++)
      around[k] = sums.row(clamped(y + k - 2));
    kernels::even_around(around, strip.candidate.row(y), spread, scratch.data(), strip.core.row(y),
                         strip.width);
  }
}

bool Shadows::run(int first, int last, Raster<std::uint8_t>& score,
                  Raster<std::uint8_t>& shadow) const {
  const int width = score.width();
  int left = width;
  int right = 0;
  for (int y = first; y < last; y++)
    kernels::find_over(score.row(y), beyond_doubt, width, left, right);
  if (left >= right)
    return false;
  left = std::max(0, left - 2 * margin) / row_alignment * row_alignment;
  right = std::min(width, right + 2 * margin);
  Strip strip(first, last, left, right, score.height());
  if (!find_candidates(strip))
    return false;
  find_cores(strip);
  std::vector<std::uint8_t> near(static_cast<std::size_t>(padded_width(strip.width)));
  std::vector<std::uint8_t> scratch(near.size() + 2 * grow + 64);
  const int rows = strip.bottom - strip.top;
  for (int y = first - strip.top; y < last - strip.top; y++) {
    const std::uint8_t* around[2 * grow + 1];
    int count = 0;
    for (int k = std::max(0, y - grow); k <= std::min(rows - 1, y + grow); k++)
      around[count++] = strip.core.row(k);
    kernels::highest_around(around, count, grow, near.data(), scratch.data(), strip.width);
    std::uint8_t* const out = shadow.row(y + strip.top);
    std::fill_n(out, width, std::uint8_t{0});
    kernels::forgive_shadow(near.data(), strip.candidate.row(y), score.row(y + strip.top) + left,
                            out + left, strip.width);
  }
  return true;
}

}  // namespace lowrank
