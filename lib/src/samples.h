// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "lowrank/image.h"

namespace lowrank {

/// Samples of two bytes need not be aligned in an image of the caller's.
template <typename Sample>
Sample load_sample(const std::uint8_t* from) {
  Sample value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <typename Sample>
void store_sample(std::uint8_t* to, Sample value) {
  std::memcpy(to, &value, sizeof value);
}

/// Copies the samples of a row, of bytes, side by side.
inline void copy_row(const PlaneView& source, int y, std::uint8_t* out) {
  const std::uint8_t* in = source.row(y);
  // Compilers have vectors for a distance that they know.
  switch (source.pixel_stride) {
    case 1:
      std::copy_n(in, source.width, out);
      break;
    case 2:
      for (int x = 0; x < source.width; x++)
        out[x] = in[2 * x];
      break;
    case 4:
      for (int x = 0; x < source.width; x++)
        out[x] = in[4 * x];
      break;
    default:
      for (int x = 0; x < source.width; x++)
        out[x] = in[x * source.pixel_stride];
  }
}

/// The range of the samples of an image; all of it is constant where they are bytes.
template <typename Sample>
struct SampleRange;

template <>
struct SampleRange<std::uint8_t> {
  explicit SampleRange(const ImageFormat&) {}
  static constexpr int half = 128;
  /// A sample as a number, and back, saturated.
  static int level(std::uint8_t sample) { return sample; }
  static std::uint8_t sample(int level) {
    return static_cast<std::uint8_t>(std::clamp(level, 0, 255));
  }
  static std::uint8_t from_byte(int level) { return static_cast<std::uint8_t>(level); }
};

template <>
struct SampleRange<std::uint16_t> {
  explicit SampleRange(const ImageFormat& format)
      : half(1 << (format.depth - 1)),
        most((1 << format.depth) - 1),
        shift(format.shift),
        extra_bits(format.depth - 8) {}
  int half, most, shift, extra_bits;

  int level(std::uint16_t sample) const { return (sample >> shift) & most; }
  std::uint16_t sample(int level) const {
    return static_cast<std::uint16_t>(std::clamp(level, 0, most) << shift);
  }
  /// From an 8-bit level, and to the one that a sample lies in.
  std::uint16_t from_byte(int level) const {
    return static_cast<std::uint16_t>(level << extra_bits << shift);
  }
  std::uint8_t to_byte(std::uint16_t sample) const {
    return static_cast<std::uint8_t>(level(sample) >> extra_bits);
  }
};

/// Calls `body` with a sample of the type that images of `format` have.
template <typename Body>
void with_sample_type(const ImageFormat& format, const Body& body) {
  if (format.depth > 8)
    body(std::uint16_t{});
  else
    body(std::uint8_t{});
}

}  // namespace lowrank
