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
  T* data = nullptr;                ///< the top left sample
  std::ptrdiff_t stride = 0;        ///< bytes from a row to the next
  std::ptrdiff_t pixel_stride = 1;  ///< bytes from a sample to the next
  int width = 0;                    ///< samples of a row
  int height = 0;                   ///< rows

  /// A plane to write reads as one to read.
  constexpr operator Plane<const T>() const requires(!std::is_const_v<T>) {
    return {data, stride, pixel_stride, width, height};
  }
  /// The first sample of a row.
  constexpr T* row(int y) const { return data + y * stride; }
};

using PlaneView = Plane<const std::uint8_t>;   ///< to read
using MutablePlaneView = Plane<std::uint8_t>;  ///< to write

/// Size and meaning of an image. Chroma of a `ycbcr` image has
/// ceil(width / 2^chroma_shift_x) × ceil(height / 2^chroma_shift_y) samples; shifts are 0 or 1.
/// `black` is the luma of black in 8-bit levels: 16 for video range, 0 for full range; it only
/// matters to ycbcr and gray.
///
/// `depth` is the bits of a sample, 8 to 16, and 8 for rgb. Samples of more than 8 are two bytes
/// in the order of the machine, with `shift` bits of no meaning below (6 in P010, which is written
/// with zeros there) and the rest unused above; 2^(depth − 8) of their steps are an 8-bit level.
struct ImageFormat {
  ColorModel color = ColorModel::gray;  ///< what the planes mean
  int width = 0;                        ///< pixels
  int height = 0;                       ///< pixels
  int chroma_shift_x = 0;               ///< 0, or 1 where chroma is halved across
  int chroma_shift_y = 0;               ///< 0, or 1 where chroma is halved down
  int black = 0;                        ///< luma of black, 8-bit levels
  int depth = 8;                        ///< bits of a sample, 8 … 16
  int shift = 0;                        ///< bits below them, of samples of two bytes

  /// Whether all members are equal.
  constexpr bool operator==(const ImageFormat&) const = default;
  /// 1 or 3.
  constexpr int planes() const { return color == ColorModel::gray ? 1 : 3; }
  /// Samples of a row of a plane, 0 … 2.
  constexpr int plane_width(int plane) const {
    return plane == 0 ? width : (width + (1 << chroma_shift_x) - 1) >> chroma_shift_x;
  }
  /// Rows of a plane, 0 … 2.
  constexpr int plane_height(int plane) const {
    return plane == 0 ? height : (height + (1 << chroma_shift_y) - 1) >> chroma_shift_y;
  }
  /// 1, or 2 for more than 8 bits.
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
  ImageFormat format;              ///< size and meaning
  std::array<Plane<T>, 3> planes;  ///< Y, Cb, Cr, or R, G, B, or gray and two without data

  /// An image to write reads as one to read.
  constexpr operator Image<const T>() const requires(!std::is_const_v<T>) {
    return {format, {planes[0], planes[1], planes[2]}};
  }
};

using ImageView = Image<const std::uint8_t>;   ///< to read
using MutableImageView = Image<std::uint8_t>;  ///< to write

}  // namespace lowrank
