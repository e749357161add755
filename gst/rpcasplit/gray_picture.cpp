// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/gray_picture.h"

#include "rpcasplit/pgm.h"
#include "rpcasplit/png_picture.h"

namespace gst_lowrank {

GrayPicture parse_gray_picture(std::span<const std::uint8_t> bytes) {
  return is_png(bytes) ? parse_png(bytes) : parse_pgm(bytes);
}

GrayPicture resized(const GrayPicture& picture, int width, int height) {
  // The pixel in which the middle of the new one lies.
  const auto nearest = [](int i, int from, int to) {
    return static_cast<std::size_t>((2 * std::int64_t{i} + 1) * from / (2 * std::int64_t{to}));
  };
  GrayPicture result{width, height, {}};
  result.pixels.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  for (int y = 0; y < height; y++) {
    const std::size_t row =
        nearest(y, picture.height, height) * static_cast<std::size_t>(picture.width);
    for (int x = 0; x < width; x++)
      result.pixels.push_back(picture.pixels[row + nearest(x, picture.width, width)]);
  }
  return result;
}

}  // namespace gst_lowrank
