// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace gallery {

/// A gray picture, 0 black to 255 white, rows packed.
struct Picture {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> samples;

  Picture() = default;
  Picture(int w, int h) : width(w), height(h), samples(static_cast<std::size_t>(w) * h) {}
  std::uint8_t& at(int x, int y) { return samples[static_cast<std::size_t>(y) * width + x]; }
  std::uint8_t at(int x, int y) const { return samples[static_cast<std::size_t>(y) * width + x]; }
};

/// The nearest level.
std::uint8_t level(double value);

/// dB, of the mean square error; both of the same size.
double psnr(const Picture& a, const Picture& b);

/// Pictures side by side, all of one height, with a white line between.
Picture side_by_side(const std::vector<Picture>& pictures);

/// Hands each picture of a video or picture file, scaled to the size given, to `take` until that
/// says false. Throws std::runtime_error.
void read_pictures(const std::string& path, int width, int height,
                   const std::function<bool(Picture&&)>& take);

/// Writes a PNG or a JPEG, by the name's end. Throws std::runtime_error.
void write_picture(const Picture& picture, const std::string& path);

/// The bytes of a JPEG.
std::vector<std::uint8_t> jpeg(const Picture& picture, int quality);

/// Writes pictures as a WebM video of so many a second. Throws std::runtime_error.
void write_video(const std::vector<Picture>& pictures, int rate, const std::string& path);

}  // namespace gallery
