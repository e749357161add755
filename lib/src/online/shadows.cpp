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

constexpr int largest_block = 8;

int block_size(int height) {
  int size = 1;
  while (size < largest_block && height >= 400 * size)
    size *= 2;
  return size;
}

int divided_up(int a, int b) {
  return (a + b - 1) / b;
}

}  // namespace

// Rows first − margin to last + margin of a range of columns, in rasters of its size; all in
// blocks.
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

// Rows of the mean over blocks of a plane.
struct Shadows::Means {
  Means(int block, int width)
      : block_(block), scratch_(static_cast<std::size_t>(block * (width + 64))) {}

  // Where the rows of a plane of such subsampling can be read in place, they are.
  const std::uint8_t* row(const PlaneView& plane, int shift_x, int shift_y, int left, int y,
                          int width, std::vector<std::uint8_t>& mean) {
    const int columns = std::max(1, block_ >> shift_x);
    const int lines = std::max(1, block_ >> shift_y);
    if (block_ == 1)
      return plane.row(y >> shift_y) + (left >> shift_x);
    const std::uint8_t* rows[8];
    for (int k = 0; k < lines; k++)
      rows[k] = plane.row(std::min(y * lines + k, plane.height - 1)) + left * columns;
    mean.resize(static_cast<std::size_t>(padded_width(width)));
    const int samples = std::min(columns * width, plane.width - left * columns);
    kernels::mean_of_blocks({rows, lines, columns, samples}, scratch_.data(), mean.data(), width);
    return mean.data();
  }

 private:
  int block_;
  std::vector<std::uint16_t> scratch_;
};

struct Shadows::Rows {
  Rows(int width, int block)
      : scratch(static_cast<std::size_t>(padded_width(width) + 2 * grow + 64)) {
    for (auto& row : wide)
      row.resize(static_cast<std::size_t>(block * padded_width(width) + 128));
  }
  std::vector<std::uint8_t> scratch;
  std::vector<std::uint8_t> wide[2];
};

Shadows::Shadows(const ImageView& frame, const ImageView& predicted, float darkest)
    : frame_(frame),
      predicted_(predicted),
      darkest_(static_cast<std::uint8_t>(std::lround(darkest * 128))),
      block_(block_size(frame.format.height)) {}

bool Shadows::find_candidates(Strip& strip) const {
  const ImageFormat& format = frame_.format;
  Means means(block_, strip.width);
  std::vector<std::uint8_t> x_mean, l_mean;
  std::vector<std::uint8_t> same(2 * static_cast<std::size_t>(padded_width(strip.width)));
  bool any = false;
  for (int y = strip.top; y < strip.bottom; y++) {
    std::uint8_t* candidate = strip.candidate.row(y - strip.top);
    const kernels::ShadowRatio in{
        means.row(frame_.planes[0], 0, 0, strip.left, y, strip.width, x_mean),
        means.row(predicted_.planes[0], 0, 0, strip.left, y, strip.width, l_mean),
        static_cast<std::uint8_t>(format.black), darkest_, least};
    if (!kernels::shadow_ratio(in, strip.ratio.row(y - strip.top), candidate, strip.width))
      continue;
    any = true;
    if (format.planes() == 3) {
      find_same_hue(strip, y, means, same);
      kernels::intersect(candidate, same.data(), strip.width);
    }
  }
  return any;
}

// Whether the hue is the same, of each block of a row.
void Shadows::find_same_hue(const Strip& strip, int y, Means& means,
                            std::vector<std::uint8_t>& same) const {
  const ImageFormat& format = frame_.format;
  const bool pairs = block_ == 1 && format.chroma_shift_x == 1;
  const int width = pairs ? divided_up(strip.width, 2) : strip.width;
  std::vector<std::uint8_t> mean[4];
  const auto row = [&](const ImageView& image, std::size_t plane, int which) {
    return means.row(image.planes[plane], format.chroma_shift_x, format.chroma_shift_y, strip.left,
                     y, width, mean[which]);
  };
  const std::uint8_t* const x[] = {row(frame_, 1, 0), row(frame_, 2, 1)};
  const std::uint8_t* const l[] = {row(predicted_, 1, 2), row(predicted_, 2, 3)};
  if (!pairs) {
    kernels::same_hue(x, l, hue, same.data(), width);
    return;
  }
  std::vector<std::uint8_t> single(same.size());
  kernels::same_hue(x, l, hue, single.data(), width);
  kernels::double_width(single.data(), same.data(), width);
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

// The row of `strip` that lies in shadow, in pixels, of which `width` count; none beyond them does.
const std::uint8_t* Shadows::find_shadow(const Strip& strip, int y, int width, Rows& rows) const {
  const std::uint8_t* around[2 * grow + 1];
  int count = 0;
  for (int k = std::max(strip.top, y - grow); k <= std::min(strip.bottom - 1, y + grow); k++)
    around[count++] = strip.core.row(k - strip.top);
  std::uint8_t* near = rows.wide[0].data();
  kernels::highest_around(around, count, grow, near, rows.scratch.data(), strip.width);
  kernels::intersect(near, strip.candidate.row(y - strip.top), strip.width);
  int which = 0;
  for (int block = 1; block < block_; block *= 2, which ^= 1)
    kernels::double_width(rows.wide[which].data(), rows.wide[which ^ 1].data(),
                          strip.width * block);
  std::vector<std::uint8_t>& found = rows.wide[which];
  std::fill(found.begin() + width, found.end(), std::uint8_t{0});
  return found.data();
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
  left = std::max(0, left - 2 * margin * block_) / row_alignment * row_alignment;
  right = std::min(width, right + 2 * margin * block_);
  Strip strip(first / block_, divided_up(last, block_), left / block_, divided_up(right, block_),
              divided_up(score.height(), block_));
  if (!find_candidates(strip))
    return false;
  find_cores(strip);
  Rows rows(strip.width, block_);
  const std::uint8_t* row = nullptr;
  for (int y = first; y < last; y++) {
    if (y % block_ == 0)
      row = find_shadow(strip, y / block_, right - left, rows);
    std::uint8_t* const out = shadow.row(y);
    std::fill_n(out, width, std::uint8_t{0});
    kernels::forgive_shadow(row, score.row(y) + left, out + left, right - left);
  }
  return true;
}

}  // namespace lowrank
