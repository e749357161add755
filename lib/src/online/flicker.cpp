// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/flicker.h"

#include <algorithm>

namespace lowrank {
namespace {

constexpr float follow = 0.02f;        // of the rate, a frame
constexpr float moving_rate = 0.5f;    // from which on the background moves
constexpr int least_share = 11;        // one in so many pixels of a cell flickers, or more
constexpr float covered = 0.5f;        // share of the mask around from which on it is an object
constexpr int reach = 2;               // cells, by which moving background may grow in a gust
constexpr int support = 2;             // cells around that a mask has to fill
constexpr float least_support = 0.3f;  // to such a share
constexpr std::uint64_t settled = 5;   // frames

}  // namespace

int Flicker::cell_size(int height) {
  if (height <= 576)
    return 8;
  return height <= 1200 ? 16 : 32;
}

Flicker::Flicker(int width, int height)
    : width_(width),
      height_(height),
      cell_(cell_size(height)),
      columns_((width + cell_ - 1) / cell_),
      lines_((height + cell_ - 1) / cell_),
      flickers_(width, lines_),
      masked_(width, lines_),
      rate_(static_cast<std::size_t>(columns_) * lines_),
      moves_(rate_.size()),
      rows_(static_cast<std::size_t>(lines_)) {}

// The counts of the columns summed over each cell; they start from zero again.
std::vector<int> Flicker::take_counts(Raster<std::uint8_t>& counts) const {
  std::vector<int> sums(rate_.size());
  for (int y = 0; y < lines_; y++) {
    std::uint8_t* row = counts.row(y);
    for (int x = 0; x < columns_; x++) {
      int sum = 0;
      const int last = std::min(width_, (x + 1) * cell_);
      for (int i = x * cell_; i < last; i++)
        sum += row[i];
      sums[index(x, y)] = sum;
    }
    std::fill_n(row, counts.stride(), std::uint8_t{0});
  }
  return sums;
}

int Flicker::sum_around(const std::vector<int>& counts, int x, int y, int radius,
                        int& cells) const {
  int sum = 0;
  cells = 0;
  for (int j = std::max(0, y - radius); j <= std::min(lines_ - 1, y + radius); j++) {
    for (int i = std::max(0, x - radius); i <= std::min(columns_ - 1, x + radius); i++) {
      sum += counts[index(i, j)];
      cells++;
    }
  }
  return sum;
}

void Flicker::clear_few(std::vector<int>& masked, Raster<std::uint8_t>& mask) const {
  const std::vector<int> before = masked;
  for (int y = 0; y < lines_; y++) {
    for (int x = 0; x < columns_ && rows_[static_cast<std::size_t>(y)]; x++) {
      if (!moves_[index(x, y)] || before[index(x, y)] == 0)
        continue;
      int cells = 0;
      const int sum = sum_around(before, x, y, support, cells);
      if (static_cast<float>(sum) >= least_support * static_cast<float>(cells * cell_ * cell_))
        continue;
      masked[index(x, y)] = 0;
      const int first = x * cell_;
      const int last = std::min(width_, first + cell_);
      for (int j = y * cell_; j < std::min(height_, (y + 1) * cell_); j++)
        std::fill(mask.row(j) + first, mask.row(j) + last, std::uint8_t{0});
    }
  }
}

void Flicker::finish_frame(std::uint64_t t, bool hold, Raster<std::uint8_t>& mask) {
  const std::vector<int> flickers = take_counts(flickers_);
  std::vector<int> masked = take_counts(masked_);
  if (any_)
    clear_few(masked, mask);
  if (hold)
    return;
  const float step = std::max(follow, 1 / static_cast<float>(t + 1));
  for (int y = 0; y < lines_; y++) {
    for (int x = 0; x < columns_; x++) {
      bool many = flickers[index(x, y)] * least_share >= cell_ * cell_;
      if (many) {
        int cells = 0;
        const int sum = sum_around(masked, x, y, 1, cells);
        many = static_cast<float>(sum) <= covered * static_cast<float>(cells * cell_ * cell_);
      }
      float& rate = rate_[index(x, y)];
      rate += step * ((many ? 1.0f : 0.0f) - rate);
    }
  }
  mark(t);
}

void Flicker::mark(std::uint64_t t) {
  std::fill(moves_.begin(), moves_.end(), std::uint8_t{0});
  std::fill(rows_.begin(), rows_.end(), std::uint8_t{0});
  any_ = false;
  for (int y = 0; y < lines_; y++) {
    for (int x = 0; x < columns_; x++) {
      if (t < settled || rate_[index(x, y)] <= moving_rate)
        continue;
      any_ = true;
      for (int j = std::max(0, y - reach); j <= std::min(lines_ - 1, y + reach); j++) {
        rows_[static_cast<std::size_t>(j)] = 1;
        for (int i = std::max(0, x - reach); i <= std::min(columns_ - 1, x + reach); i++)
          moves_[index(i, j)] = 1;
      }
    }
  }
}

void Flicker::spread(int y, std::uint8_t* row) const {
  for (int x = 0; x < columns_; x++)
    std::fill_n(row + x * cell_, cell_,
                static_cast<std::uint8_t>(moves_[index(x, y / cell_)] ? 255 : 0));
}

std::uint64_t Flicker::cells(int width, int height) {
  const int side = cell_size(height);
  return static_cast<std::uint64_t>((width + side - 1) / side) *
         static_cast<std::uint64_t>((height + side - 1) / side);
}

void Flicker::save(ModelWriter& out) const {
  for (const float rate : rate_)
    out.real(rate);
}

void Flicker::load(ModelReader& in) {
  for (float& rate : rate_)
    rate = in.real(0.0f, 1.0f, "flicker");
  mark(settled);
}

}  // namespace lowrank
