// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "online/plate_model.h"
#include "thread_pool.h"

namespace lowrank {

/// How far samples may be from each other, in grey levels, and count as alike.
struct Likeness {
  int luma;
  int chroma;
  int of(int plane) const { return plane == 0 ? luma : chroma; }
};

/// In which of some frames the background is to be seen, a cell of the picture at a time: where
/// most pixels around show the plate as it was guessed pixel by pixel. Whoever hides the background
/// hides it from neighbours at the same time, so the frames that show it to most of them are to be
/// trusted for the others as well.
class Visibility {
 public:
  static constexpr int most = 64;  ///< weight of a frame that shows nothing but the plate

  Visibility(const ImageFormat& format, Likeness likeness);

  /// Compares the frames (working images) with the plate.
  void measure(const std::vector<OwnedImage>& frames, const PlateModel& model, ThreadPool& pool);

  /// The columns of a plane, from `first` on, where the frames differ in what they show; false
  /// where there are no more on this row. `last` is the column behind.
  bool next_disputed(int plane, int y, int& first, int& last) const;

  /// The weight of a frame for each sample of a row of a plane.
  void weigh(int frame, int plane, int y, std::uint8_t* weights) const;

 private:
  std::size_t index(int x, int y) const { return static_cast<std::size_t>(y * columns_ + x); }
  int cell_width(int plane) const { return cell_ >> (plane ? format_.chroma_shift_x : 0); }
  int line_of(int plane, int y) const {
    return (y << (plane ? format_.chroma_shift_y : 0)) / cell_;
  }
  std::vector<float> shares_of_line(const OwnedImage& frame, const PlateModel& model,
                                    int line) const;
  void smooth(int line);

  ImageFormat format_;
  Likeness likeness_;
  int cell_;
  int columns_, lines_;
  std::vector<std::vector<float>> shares_;          ///< of each frame, for each cell
  std::vector<std::vector<std::uint8_t>> weights_;  ///< likewise
  std::vector<std::uint8_t> disputed_;
};

}  // namespace lowrank
