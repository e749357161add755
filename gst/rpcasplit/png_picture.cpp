// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/png_picture.h"

#include <png.h>

#include <stdexcept>

#include "common/size_limit.h"

namespace gst_lowrank {

namespace {

constexpr std::size_t signature_bytes = 8;
constexpr std::size_t depth_at = 24;             // in the header, which comes first
constexpr std::uint64_t most_compressed = 1032;  // by deflate, which a PNG's pixels are packed with

struct PngImage : png_image {
  PngImage() : png_image{} { version = PNG_IMAGE_VERSION; }
  PngImage(const PngImage&) = delete;
  PngImage& operator=(const PngImage&) = delete;
  ~PngImage() { png_image_free(this); }
};

// Of the smallest file with such pixels, by its size alone.
std::uint64_t least_bytes(const png_image& image, std::uint8_t depth) {
  return std::uint64_t{image.width} * image.height / 8 * depth / most_compressed;
}

}  // namespace

bool is_png(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= signature_bytes && png_sig_cmp(bytes.data(), 0, signature_bytes) == 0;
}

GrayPicture parse_png(std::span<const std::uint8_t> bytes) {
  PngImage image;
  if (!png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()))
    throw std::runtime_error(image.message);
  if (image.width > max_size || image.height > max_size)
    throw std::runtime_error("it has more than " + std::to_string(max_size) + " pixels a side");
  if (bytes.size() < least_bytes(image, bytes[depth_at]))
    throw std::runtime_error("it ends early");
  image.format = PNG_FORMAT_GRAY;
  image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;  // levels are shares of 255, whatever their depth
  GrayPicture picture{static_cast<int>(image.width), static_cast<int>(image.height), {}};
  picture.pixels.resize(PNG_IMAGE_SIZE(image));
  const png_color black{0, 0, 0};
  if (!png_image_finish_read(&image, &black, picture.pixels.data(), 0, nullptr) ||
      PNG_IMAGE_FAILED(image))
    throw std::runtime_error(image.message);
  return picture;
}

std::vector<std::uint8_t> encode_png(const void* pixels, const PngLayout& layout) {
  PngImage image;
  image.width = static_cast<png_uint_32>(layout.width);
  image.height = static_cast<png_uint_32>(layout.height);
  image.format = layout.gray ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png_alloc_size_t size = 0;
  if (!png_image_write_to_memory(&image, nullptr, &size, 0, pixels, layout.stride, nullptr))
    throw std::runtime_error(image.message);
  std::vector<std::uint8_t> bytes(size);
  if (!png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels, layout.stride, nullptr))
    throw std::runtime_error(image.message);
  return bytes;
}

}  // namespace gst_lowrank
