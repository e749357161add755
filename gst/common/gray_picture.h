// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
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
/// to 16 bits), of at most 16384 pixels a side. Throws ElementError, RESOURCE/OPEN_READ when there
/// is no such file and STREAM/DECODE when it is not such a picture, with the file's name.
GrayPicture read_gray_picture(const std::string& path);

/// The picture in another size; each pixel is the nearest one of it.
GrayPicture resized(const GrayPicture& picture, int width, int height);

}  // namespace gst_lowrank
