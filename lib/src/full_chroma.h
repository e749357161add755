// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "lowrank/image.h"

namespace lowrank {

/// An image with alpha beside it, written row by row from one of any format: full chroma, 8 bits a
/// sample, whole pixels at a time where the target holds them in four bytes.
class FullChromaWriter {
 public:
  /// `target` has the input's colour model, or is ycbcr for a gray input.
  FullChromaWriter(const ImageView& input, const PlaneView& mask, const MutableImageView& target,
                   const MutablePlaneView& alpha);

  void write_row(int y);

 private:
  /// A row of a component as bytes that lie one beside the other.
  const std::uint8_t* row_of(int plane, int y);
  const std::uint8_t* pack(const PlaneView& plane, int y, std::vector<std::uint8_t>& row) const;
  bool find_pixels();

  const ImageView& input_;
  const PlaneView& mask_;
  const MutableImageView& target_;
  const MutablePlaneView& alpha_;
  std::array<std::vector<std::uint8_t>, 4> rows_;
  std::array<std::vector<std::uint8_t>, 4> samples_;
  std::array<std::size_t, 4> places_{};  ///< the component in each byte of a pixel, alpha is 3
  std::uint8_t* first_ = nullptr;        ///< byte of the first pixel
  bool whole_pixels_;                    ///< found after the two above
};

}  // namespace lowrank
