// SPDX-License-Identifier: LGPL-2.1-or-later
#include "picture_checks.h"

#include <stdexcept>

#include "common/size_limit.h"
#include "ensure.h"

namespace lowrank::fuzz {
namespace {

using gst_lowrank::GrayPicture;

void check(const GrayPicture& picture, std::size_t bytes) {
  using gst_lowrank::max_size;
  ensure(picture.width >= 1 && picture.width <= max_size && picture.height >= 1 &&
             picture.height <= max_size,
         "pictures are within the limits");
  ensure(picture.pixels.size() ==
             static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height),
         "a picture has all its pixels");
  // A deflated pixel of one bit takes least.
  ensure(picture.pixels.size() / 8 / 1032 <= bytes, "the bytes can hold the picture");
}

}  // namespace

std::optional<GrayPicture> read_picture(const Settings& input) {
  try {
    GrayPicture picture = gst_lowrank::parse_gray_picture(HeapCopy(input.rest));
    check(picture, input.rest.size());
    const int width = 1 + input.bytes[0];
    const int height = 1 + input.bytes[1];
    const GrayPicture other = resized(picture, width, height);
    ensure(other.width == width && other.height == height, "a picture is resized as asked for");
    check(other, SIZE_MAX);
    ensure(
        other.pixels[0] == picture.pixels[static_cast<std::size_t>(picture.height / (2 * height)) *
                                              static_cast<std::size_t>(picture.width) +
                                          static_cast<std::size_t>(picture.width / (2 * width))],
        "each pixel is the nearest one");
    return picture;
  } catch (const std::runtime_error& error) {
    ensure(*error.what() != '\0', "a refusal says why");
    return std::nullopt;
  }
}

}  // namespace lowrank::fuzz
