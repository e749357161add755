// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "lowrank/image.h"

namespace gst_lowrank {

/// A picture of 8 bits a pixel, row by row without padding.
struct GrayPicture {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;

  lowrank::PlaneView plane() const { return {pixels.data(), width, 1, width, height}; }
};

/// Reads a PNG (any kind; colour as its luma, what is transparent as black) or a PGM (P2 or P5, up
/// to 16 bits), of at most 16384 pixels a side. Throws std::runtime_error that says what is wrong.
GrayPicture parse_gray_picture(std::span<const std::uint8_t> bytes);

/// The picture in another size; each pixel is the nearest one of it.
GrayPicture resized(const GrayPicture& picture, int width, int height);

}  // namespace gst_lowrank
