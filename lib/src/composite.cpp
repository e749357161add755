// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lowrank/composite.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace lowrank {
namespace {

void require_same_size(int width, int height, int other_width, int other_height) {
  if (width != other_width || height != other_height)
    throw std::invalid_argument("images that are combined must have the same size");
}

void require_same_format(const ImageFormat& a, const ImageFormat& b) {
  if (!(a == b))
    throw std::invalid_argument("images that are combined must have the same format");
}

std::uint8_t clamp_to_byte(int value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0, 255));
}

// target[x] = operation(x) along a row; the packed case is separate so that it vectorises.
template <typename Operation>
void write_row(const MutablePlaneView& target, int y, Operation operation) {
  std::uint8_t* out = target.row(y);
  if (target.pixel_stride == 1) {
    for (int x = 0; x < target.width; x++)
      out[x] = operation(x);
  } else {
    for (int x = 0; x < target.width; x++)
      out[x * target.pixel_stride] = operation(x);
  }
}

// The same over samples of two planes, packed or not.
template <typename Operation>
void combine_planes(const PlaneView& a, const PlaneView& b, const MutablePlaneView& target,
                    Operation operation) {
  for (int y = 0; y < target.height; y++) {
    const std::uint8_t* p = a.row(y);
    const std::uint8_t* q = b.row(y);
    if (a.pixel_stride == 1 && b.pixel_stride == 1) {
      write_row(target, y, [=](int x) { return operation(p[x], q[x]); });
    } else {
      const std::ptrdiff_t step_a = a.pixel_stride;
      const std::ptrdiff_t step_b = b.pixel_stride;
      write_row(target, y, [=](int x) { return operation(p[x * step_a], q[x * step_b]); });
    }
  }
}

int black_of(const ImageFormat& format, int plane) {
  if (format.color == ColorModel::rgb)
    return 0;
  return plane == 0 ? format.black : 128;
}

// Whether the mask is set at any pixel that shares the chroma sample (x, y).
// keep[x] is not 0 where the mask is set at any of the pixels of chroma sample (x, y).
void cover_row(const PlaneView& mask, int y, const ImageFormat& format, int width,
               std::vector<std::uint8_t>& merged, std::vector<std::uint8_t>& keep) {
  const auto pixels = static_cast<std::size_t>(mask.width);
  const int bottom = std::min((y + 1) << format.chroma_shift_y, mask.height);
  std::fill(merged.begin(), merged.end(), std::uint8_t{0});
  for (int row = y << format.chroma_shift_y; row < bottom; row++) {
    const std::uint8_t* set = mask.row(row);
    if (mask.pixel_stride == 1) {
      for (std::size_t x = 0; x < pixels; x++)
        merged[x] |= set[x];
    } else {
      for (std::size_t x = 0; x < pixels; x++)
        merged[x] |= set[static_cast<std::ptrdiff_t>(x) * mask.pixel_stride];
    }
  }
  const std::uint8_t* in = merged.data();
  std::uint8_t* out = keep.data();
  if (format.chroma_shift_x == 0) {
    std::copy_n(in, width, out);
  } else {
    for (int x = 0; x < width; x++)
      out[x] = in[2 * x] | in[2 * x + 1];
  }
}

void masked_chroma(const PlaneView& input, const PlaneView& mask, const ImageFormat& format,
                   const MutablePlaneView& target) {
  // An odd row's last sample has one pixel; there is a zero for the other.
  std::vector<std::uint8_t> merged(static_cast<std::size_t>(mask.width) + 1);
  std::vector<std::uint8_t> kept(static_cast<std::size_t>(target.width));
  for (int y = 0; y < target.height; y++) {
    cover_row(mask, y, format, target.width, merged, kept);
    const std::uint8_t* in = input.row(y);
    const std::uint8_t* keep = kept.data();
    if (input.pixel_stride == 1) {
      write_row(target, y, [=](int x) { return keep[x] ? in[x] : std::uint8_t{128}; });
    } else {
      const std::ptrdiff_t step = input.pixel_stride;
      write_row(target, y, [=](int x) { return keep[x] ? in[x * step] : std::uint8_t{128}; });
    }
  }
}

}  // namespace

void copy_plane(const PlaneView& source, const MutablePlaneView& target) {
  require_same_size(source.width, source.height, target.width, target.height);
  for (int y = 0; y < target.height; y++) {
    const std::uint8_t* in = source.row(y);
    if (source.pixel_stride == 1 && target.pixel_stride == 1)
      std::memcpy(target.row(y), in, static_cast<std::size_t>(target.width));
    else
      write_row(target, y, [&](int x) { return in[x * source.pixel_stride]; });
  }
}

void copy_image(const ImageView& source, const MutableImageView& target) {
  require_same_format(source.format, target.format);
  for (std::size_t p = 0; p < static_cast<std::size_t>(source.format.planes()); p++)
    copy_plane(source.planes[p], target.planes[p]);
}

void composite_masked(const ImageView& input, const PlaneView& mask,
                      const MutableImageView& target) {
  require_same_format(input.format, target.format);
  const ImageFormat& format = input.format;
  require_same_size(mask.width, mask.height, format.width, format.height);
  for (int p = 0; p < format.planes(); p++) {
    const PlaneView& from = input.planes[static_cast<std::size_t>(p)];
    const MutablePlaneView& to = target.planes[static_cast<std::size_t>(p)];
    const bool shared = p > 0 && (format.chroma_shift_x || format.chroma_shift_y);
    if (shared) {
      masked_chroma(from, mask, format, to);
    } else {
      const auto black = static_cast<std::uint8_t>(black_of(format, p));
      combine_planes(from, mask, to,
                     [black](std::uint8_t value, std::uint8_t set) { return set ? value : black; });
    }
  }
}

void composite_residual(const ImageView& input, const ImageView& background,
                        const MutableImageView& target) {
  require_same_format(input.format, background.format);
  require_same_format(input.format, target.format);
  for (std::size_t p = 0; p < static_cast<std::size_t>(input.format.planes()); p++)
    combine_planes(input.planes[p], background.planes[p], target.planes[p],
                   [](std::uint8_t m, std::uint8_t l) { return clamp_to_byte(m - l + 128); });
}

void composite_absolute(const ImageView& input, const ImageView& background,
                        const MutableImageView& target) {
  require_same_format(input.format, background.format);
  require_same_format(input.format, target.format);
  const ImageFormat& format = input.format;
  for (int p = 0; p < format.planes(); p++) {
    const auto i = static_cast<std::size_t>(p);
    const int black = black_of(format, p);
    if (p > 0 && format.color == ColorModel::ycbcr)
      combine_planes(input.planes[i], background.planes[i], target.planes[i],
                     [](std::uint8_t m, std::uint8_t l) { return clamp_to_byte(m - l + 128); });
    else
      combine_planes(input.planes[i], background.planes[i], target.planes[i],
                     [black](std::uint8_t m, std::uint8_t l) {
                       return clamp_to_byte(std::abs(m - l) + black);
                     });
  }
}

void composite_full_chroma(const ImageView& input, const MutableImageView& target) {
  const ImageFormat& from = input.format;
  const ImageFormat& to = target.format;
  require_same_size(from.width, from.height, to.width, to.height);
  const bool colors_fit =
      from.color == to.color || (from.color == ColorModel::gray && to.color == ColorModel::ycbcr);
  if (!colors_fit || to.chroma_shift_x || to.chroma_shift_y)
    throw std::invalid_argument("the target must have the input's colour model and full chroma");
  for (int p = 0; p < to.planes(); p++) {
    const auto i = static_cast<std::size_t>(p);
    if (p > 0 && from.color == ColorModel::gray) {
      for (int y = 0; y < to.height; y++)
        write_row(target.planes[i], y, [](int) { return std::uint8_t{128}; });
      continue;
    }
    const PlaneView& plane = input.planes[i];
    const int shift_x = p == 0 ? 0 : from.chroma_shift_x;
    const int shift_y = p == 0 ? 0 : from.chroma_shift_y;
    for (int y = 0; y < to.height; y++) {
      const std::uint8_t* in = plane.row(y >> shift_y);
      write_row(target.planes[i], y,
                [&](int x) { return in[(x >> shift_x) * plane.pixel_stride]; });
    }
  }
}

}  // namespace lowrank
