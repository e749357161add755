// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rpcasplit/gray_picture.h"

namespace gst_lowrank {

/// Whether the bytes begin as a PNG.
bool is_png(std::span<const std::uint8_t> bytes);

/// Reads a PNG of any kind, colour as its luma, what is transparent as black. Throws
/// std::runtime_error that says what is wrong, before memory is taken for pixels that the bytes
/// cannot hold.
GrayPicture parse_png(std::span<const std::uint8_t> bytes);

/// How the samples of a picture lie, 8 bits each.
struct PngLayout {
  int width;
  int height;
  int stride;  ///< bytes from a row to the next
  bool gray;   ///< or red, green and blue
};

/// Makes a PNG. Throws std::runtime_error that says what is wrong.
std::vector<std::uint8_t> encode_png(const void* pixels, const PngLayout& layout);

}  // namespace gst_lowrank
