// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/visibility.h"

#include <algorithm>
#include <cmath>

#include "kernels/kernels.h"
#include "online/flicker.h"

namespace lowrank {
namespace {

constexpr float alike_share = 0.8f;  // of the best frame's weight: all frames above show the same

}  // namespace

Visibility::Visibility(const ImageFormat& format, Likeness likeness)
    : format_(format),
      likeness_(likeness),
      cell_(Flicker::cell_size(format.height)),
      columns_((format.width + cell_ - 1) / cell_),
      lines_((format.height + cell_ - 1) / cell_),
      disputed_(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(lines_)) {}

void Visibility::measure(const std::vector<OwnedImage>& frames, const PlateModel& model,
                         ThreadPool& pool) {
  shares_.assign(frames.size(), std::vector<float>(disputed_.size()));
  weights_.assign(frames.size(), std::vector<std::uint8_t>(disputed_.size()));
  pool.parallel_for(lines_, [&](int line) {
    for (std::size_t k = 0; k < frames.size(); k++)
      std::ranges::copy(shares_of_line(frames[k], model, line),
                        shares_[k].begin() + static_cast<std::ptrdiff_t>(index(0, line)));
  });
  pool.parallel_for(lines_, [&](int line) { smooth(line); });
}

// The least share over the planes.
std::vector<float> Visibility::shares_of_line(const OwnedImage& frame, const PlateModel& model,
                                              int line) const {
  std::vector<float> least(static_cast<std::size_t>(columns_), 1.0f);
  for (int p = 0; p < format_.planes(); p++) {
    const int width = format_.plane_width(p);
    const int shift_y = p ? format_.chroma_shift_y : 0;
    const int first = line * cell_ >> shift_y;
    const int last = std::min(format_.plane_height(p), (line + 1) * cell_ >> shift_y);
    auto alike = padded_row(width);
    for (int y = first; y < last; y++)
      kernels::count_alike(frame.planes[p].row(y), model.components[p].plate.row(y),
                           likeness_.of(p), alike.data(), width);
    for (int x = 0; x < columns_; x++) {
      const int left = x * cell_width(p);
      const int right = std::min(width, left + cell_width(p));
      int sum = 0;
      for (int i = left; i < right; i++)
        sum += alike[static_cast<std::size_t>(i)];
      const int area = (right - left) * (last - first);
      float& share = least[static_cast<std::size_t>(x)];
      if (area > 0)
        share = std::min(share, static_cast<float>(sum) / static_cast<float>(area));
    }
  }
  return least;
}

// A cell's weight is the mean share of the 3×3 cells around.
void Visibility::smooth(int line) {
  for (int x = 0; x < columns_; x++) {
    int lowest = most;
    int highest = 0;
    for (std::size_t k = 0; k < shares_.size(); k++) {
      float sum = 0;
      int cells = 0;
      for (int j = std::max(0, line - 1); j <= std::min(lines_ - 1, line + 1); j++) {
        for (int i = std::max(0, x - 1); i <= std::min(columns_ - 1, x + 1); i++) {
          sum += shares_[k][index(i, j)];
          cells++;
        }
      }
      const auto weight = static_cast<int>(std::lround(most * sum / static_cast<float>(cells)));
      weights_[k][index(x, line)] = static_cast<std::uint8_t>(weight);
      lowest = std::min(lowest, weight);
      highest = std::max(highest, weight);
    }
    const bool disputed = static_cast<float>(lowest) < alike_share * static_cast<float>(highest);
    disputed_[index(x, line)] = disputed;
    if (!disputed)
      for (auto& weights : weights_)
        weights[index(x, line)] = most;
  }
}

bool Visibility::next_disputed(int plane, int y, int& first, int& last) const {
  const int width = cell_width(plane);
  const auto line = disputed_.begin() + static_cast<std::ptrdiff_t>(index(0, line_of(plane, y)));
  const auto end = line + columns_;
  const auto from = std::find(line + (first + width - 1) / width, end, std::uint8_t{1});
  const auto to = std::find(from, end, std::uint8_t{0});
  first = static_cast<int>(from - line) * width;
  last = std::min(format_.plane_width(plane), static_cast<int>(to - line) * width);
  return first < last;
}

void Visibility::weigh(int frame, int plane, int y, std::uint8_t* weights) const {
  const int width = cell_width(plane);
  const std::uint8_t* cells =
      weights_[static_cast<std::size_t>(frame)].data() + index(0, line_of(plane, y));
  for (int x = 0; x < columns_; x++)
    std::fill_n(weights + x * width, width, cells[x]);
}

}  // namespace lowrank
