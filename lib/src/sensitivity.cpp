// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sensitivity.h"

#include <algorithm>

#include "kernels/kernels.h"
#include "lowrank/composite.h"

namespace lowrank {
namespace {

constexpr std::uint8_t all = 255;

// out = a · b / 255, rounded; in words of 16 bits, of which a vector holds many.
void multiply(const std::uint8_t* __restrict a, const std::uint8_t* __restrict b, int width,
              std::uint8_t* __restrict out) {
  for (int x = 0; x < width; x++) {
    const auto product = static_cast<std::uint16_t>(a[x] * b[x] + 128);
    out[x] = static_cast<std::uint8_t>(static_cast<std::uint16_t>(product + (product >> 8)) >> 8);
  }
}

// The mean of the pixels that share a sample of chroma.
std::uint8_t mean_of(const Raster<std::uint8_t>& luma, const ImageFormat& format, int x, int y) {
  const int right = std::min(format.width, (x + 1) << format.chroma_shift_x);
  const int bottom = std::min(format.height, (y + 1) << format.chroma_shift_y);
  int sum = 0;
  int count = 0;
  for (int j = y << format.chroma_shift_y; j < bottom; j++) {
    for (int i = x << format.chroma_shift_x; i < right; i++) {
      sum += luma.at(i, j);
      count++;
    }
  }
  return static_cast<std::uint8_t>((sum + count / 2) / count);
}

}  // namespace

Sensitivity::Sensitivity(const PlaneView& luma, const ImageFormat& format) {
  if (!luma.data)
    return;
  Raster<std::uint8_t> copy(luma.width, luma.height);
  copy_plane(luma, copy.plane());
  bool full = true;
  for (int y = 0; y < copy.height(); y++) {
    const std::uint8_t* row = copy.row(y);
    const auto ignored = std::count(row, row + copy.width(), std::uint8_t{0});
    counted_ += copy.width() - ignored;
    ignored_.push_back(ignored > 0);
    full = full && std::all_of(row, row + copy.width(), [](std::uint8_t s) { return s == all; });
  }
  if (full)
    return;
  planes_[0] = std::move(copy);
  note_full_rows(0);
  if (format.planes() == 1)
    return;
  planes_[1] = Raster<std::uint8_t>(format.plane_width(1), format.plane_height(1));
  for (int y = 0; y < planes_[1].height(); y++)
    for (int x = 0; x < planes_[1].width(); x++)
      planes_[1].at(x, y) = mean_of(planes_[0], format, x, y);
  note_full_rows(1);
}

void Sensitivity::note_full_rows(int plane) {
  const Raster<std::uint8_t>& raster = planes_[plane];
  for (int y = 0; y < raster.height(); y++)
    full_rows_[plane].push_back(std::all_of(raster.row(y), raster.row(y) + raster.width(),
                                            [](std::uint8_t s) { return s == all; }));
}

const std::uint8_t* Sensitivity::scale(int plane, int y, const std::uint8_t* weight,
                                       std::uint8_t* scratch) const {
  const std::uint8_t* s = row(plane, y);
  if (!s)
    return weight;
  multiply(weight, s, planes_[plane].width(), scratch);
  return scratch;
}

void Sensitivity::clear_ignored(int y, std::uint8_t* pixels) const {
  if (full() || !ignored_[static_cast<std::size_t>(y)])
    return;
  const std::uint8_t* s = planes_[0].row(y);
  for (int x = 0; x < planes_[0].width(); x++)
    pixels[x] = static_cast<std::uint8_t>(pixels[x] & -(s[x] != 0));
}

void Sensitivity::clear_ignored(Raster<std::uint8_t>& mask, RowCounts& counts) const {
  if (full())
    return;
  for (int y = 0; y < mask.height(); y++) {
    int& count = counts[static_cast<std::size_t>(y)];
    if (count == 0 || !ignored_[static_cast<std::size_t>(y)])
      continue;
    clear_ignored(y, mask.row(y));
    count = static_cast<int>(kernels::count_set(mask.row(y), mask.width()));
  }
}

}  // namespace lowrank
