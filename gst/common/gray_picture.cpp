// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/gray_picture.h"

#include <png.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>

#include "common/guarded.h"
#include "common/pgm.h"
#include "common/video_format.h"

namespace gst_lowrank {

namespace {

// More than any picture of that size takes.
constexpr std::streamoff max_file_bytes = std::streamoff{8} * max_size * max_size;

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw ElementError(GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE,
                     "The file \"" + path + "\" cannot be read as a picture: " + why + ".");
}

std::vector<std::uint8_t> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  // A folder can be opened, and not read.
  if (!file || file.peek() == std::ifstream::traits_type::eof())
    throw ElementError(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
                       "The file \"" + path + "\" cannot be opened, or it is empty.");
  file.seekg(0, std::ios::end);
  const std::streamoff size = file.tellg();
  if (size < 0 || size > max_file_bytes)
    refuse(path, "it is too large");
  file.seekg(0);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  file.read(reinterpret_cast<char*>(bytes.data()), size);
  if (file.gcount() != size)
    refuse(path, "it ends early");
  return bytes;
}

struct PngImage : png_image {
  PngImage() : png_image{} { version = PNG_IMAGE_VERSION; }
  PngImage(const PngImage&) = delete;
  PngImage& operator=(const PngImage&) = delete;
  ~PngImage() { png_image_free(this); }
};

GrayPicture parse_png(const std::vector<std::uint8_t>& bytes) {
  PngImage image;
  if (!png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()))
    throw std::runtime_error(image.message);
  if (image.width > max_size || image.height > max_size)
    throw std::runtime_error("it has more than " + std::to_string(max_size) + " pixels a side");
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

bool is_png(const std::vector<std::uint8_t>& bytes) {
  return bytes.size() >= 8 && png_sig_cmp(bytes.data(), 0, 8) == 0;
}

}  // namespace

GrayPicture read_gray_picture(const std::string& path) {
  const std::vector<std::uint8_t> bytes = read_file(path);
  try {
    return is_png(bytes) ? parse_png(bytes) : parse_pgm(bytes);
  } catch (const std::runtime_error& error) {
    refuse(path, error.what());
  }
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
