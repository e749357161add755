// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "mask_cleanup.h"
#include "raster.h"

namespace lowrank {

/// How much the residual of each pixel counts: 255 in full, 0 not at all, and at s it has to
/// exceed 255/s times the threshold. Rows that count in full cost nothing.
class Sensitivity {
 public:
  /// Every pixel counts in full.
  Sensitivity() = default;
  /// `luma` has the size of the format's luma; a sample of chroma gets the mean of its pixels.
  /// Without data every pixel counts in full.
  Sensitivity(const PlaneView& luma, const ImageFormat& format);

  /// Whether every pixel of the picture counts in full.
  bool full() const { return planes_[0].empty(); }
  /// How many pixels count at all, of that many.
  std::int64_t counted(std::int64_t pixels) const { return full() ? pixels : counted_; }
  bool counts(int x, int y) const { return full() || planes_[0].at(x, y) > 0; }

  /// The sensitivities of a row of luma (0) or chroma (1), or null when all of it counts in full.
  const std::uint8_t* row(int plane, int y) const {
    return full() || full_rows_[plane][static_cast<std::size_t>(y)] ? nullptr
                                                                    : planes_[plane].row(y);
  }

  /// `weight` scaled by the sensitivities of the row, in `scratch`, or `weight` itself where they
  /// change nothing.
  const std::uint8_t* scale(int plane, int y, const std::uint8_t* weight,
                            std::uint8_t* scratch) const;

  /// Zero where a pixel does not count.
  void clear_ignored(int y, std::uint8_t* row) const;
  /// Likewise for all rows, with the counts of what they have set.
  void clear_ignored(Raster<std::uint8_t>& mask, RowCounts& counts) const;

 private:
  void note_full_rows(int plane);

  Raster<std::uint8_t> planes_[2];  ///< luma, and chroma where there is any
  std::vector<std::uint8_t> full_rows_[2];
  std::vector<std::uint8_t> ignored_;  ///< rows of luma with a pixel that does not count
  std::int64_t counted_ = 0;
};

}  // namespace lowrank
