// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "online/model_bytes.h"
#include "raster.h"
#include "thread_pool.h"

namespace lowrank {

/// Tells swaying leaves and rippling water from traffic, a cell of some pixels at a time. A pixel
/// flickers when it starts or stops to deviate from the background within a few frames of the last
/// such change. Where a cell has flickering pixels in most frames, and no object covers the
/// surroundings, the background there moves. Traffic makes a cell flicker for a moment at each
/// passage only.
class Flicker {
 public:
  Flicker(int width, int height);

  static constexpr int quick = 4;  ///< frames between changes that make a flicker

  /// Side of a cell: a power of two from 8 to 32, by the height of the picture.
  static int cell_size(int height);
  static constexpr int largest_cell = 32;
  int cell() const { return cell_; }

  /// Where the kernels count the flickering and the masked pixels of a row's columns. Rows of one
  /// cell must not be counted on different threads at once.
  std::uint8_t* flickers(int y) { return flickers_.row(y / cell_); }
  std::uint8_t* masked(int y) { return masked_.row(y / cell_); }

  /// Takes the counts of a frame. First the mask loses its pixels in moving background that are
  /// few in their surroundings; then the cells follow, unless they are held.
  void finish_frame(std::uint64_t t, bool hold, Raster<std::uint8_t>& mask);

  bool any() const { return any_; }
  bool any_near(int y) const { return rows_[static_cast<std::size_t>(y / cell_)] != 0; }
  bool moves(int x, int y) const { return moves_[index(x / cell_, y / cell_)] != 0; }
  /// 255 for the pixels of the row whose background moves, else 0.
  void spread(int y, std::uint8_t* row) const;

  void save(ModelWriter& out) const;
  void load(ModelReader& in);
  /// Cells of a picture.
  static std::uint64_t cells(int width, int height);

 private:
  std::size_t index(int x, int y) const { return static_cast<std::size_t>(y * columns_ + x); }
  std::vector<int> take_counts(Raster<std::uint8_t>& counts) const;
  int sum_around(const std::vector<int>& counts, int x, int y, int radius, int& cells) const;
  void clear_few(std::vector<int>& masked, Raster<std::uint8_t>& mask) const;
  void mark(std::uint64_t t);

  int width_, height_;
  int cell_;
  int columns_, lines_;
  Raster<std::uint8_t> flickers_;  ///< a row of columns for each line of cells
  Raster<std::uint8_t> masked_;
  std::vector<float> rate_;  ///< share of the frames in which the cell flickers
  std::vector<std::uint8_t> moves_;
  std::vector<std::uint8_t> rows_;  ///< whether any cell of the line moves
  bool any_ = false;
};

}  // namespace lowrank
