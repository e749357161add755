// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace lowrank {

/// What the planes of an image mean.
enum class ColorModel : std::uint8_t {
  gray,   ///< one plane, luma
  ycbcr,  ///< three planes Y, Cb, Cr; chroma may be subsampled
  rgb,    ///< three planes R, G, B of full size
};

/// One component of an image. Rows lie `stride` bytes apart and samples `pixel_stride` bytes (1
/// planar, 2 for the chroma of NV12, 3 or 4 for packed RGB). `stride` may be negative (bottom-up
/// images). Samples of two bytes, see ImageFormat::depth, are reached through the same pointers to
/// bytes, need no alignment, and double the pixel strides of planar and semi-planar images.
template <typename T>
struct Plane {
  T* data = nullptr;
  std::ptrdiff_t stride = 0;
  std::ptrdiff_t pixel_stride = 1;
  int width = 0;
  int height = 0;

  constexpr operator Plane<const T>() const requires(!std::is_const_v<T>) {
    return {data, stride, pixel_stride, width, height};
  }
  constexpr T* row(int y) const { return data + y * stride; }
};

using PlaneView = Plane<const std::uint8_t>;
using MutablePlaneView = Plane<std::uint8_t>;

/// Size and meaning of an image. Chroma of a `ycbcr` image has
/// ceil(width / 2^chroma_shift_x) × ceil(height / 2^chroma_shift_y) samples; shifts are 0 or 1.
/// `black` is the luma of black in 8-bit levels: 16 for video range, 0 for full range; it only
/// matters to ycbcr and gray.
///
/// `depth` is the bits of a sample, 8 to 16, and 8 for rgb. Samples of more than 8 are two bytes
/// in the order of the machine, with `shift` bits of no meaning below (6 in P010, which is written
/// with zeros there) and the rest unused above; 2^(depth − 8) of their steps are an 8-bit level.
struct ImageFormat {
  ColorModel color = ColorModel::gray;
  int width = 0;
  int height = 0;
  int chroma_shift_x = 0;
  int chroma_shift_y = 0;
  int black = 0;
  int depth = 8;
  int shift = 0;

  constexpr bool operator==(const ImageFormat&) const = default;
  constexpr int planes() const { return color == ColorModel::gray ? 1 : 3; }
  constexpr int plane_width(int plane) const {
    return plane == 0 ? width : (width + (1 << chroma_shift_x) - 1) >> chroma_shift_x;
  }
  constexpr int plane_height(int plane) const {
    return plane == 0 ? height : (height + (1 << chroma_shift_y) - 1) >> chroma_shift_y;
  }
  constexpr int sample_bytes() const { return depth > 8 ? 2 : 1; }
  /// Samples of all planes together: the rows of the data matrix M.
  constexpr std::ptrdiff_t samples() const {
    std::ptrdiff_t n = 0;
    for (int p = 0; p < planes(); p++)
      n += static_cast<std::ptrdiff_t>(plane_width(p)) * plane_height(p);
    return n;
  }
};

/// Non-owning image: `format.planes()` planes are set, each of the size that the format implies.
template <typename T>
struct Image {
  ImageFormat format;
  std::array<Plane<T>, 3> planes;

  constexpr operator Image<const T>() const requires(!std::is_const_v<T>) {
    return {format, {planes[0], planes[1], planes[2]}};
  }
};

using ImageView = Image<const std::uint8_t>;
using MutableImageView = Image<std::uint8_t>;

}  // namespace lowrank
