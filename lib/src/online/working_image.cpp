// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/working_image.h"

#include <algorithm>

#include "samples.h"
#include "strips.h"

namespace lowrank {
namespace {

// 16-bit fixed point of the BT.601 matrix (ITU-R BT.601-7, §2.5), full range.
constexpr int bits = 16;
constexpr int half = 1 << (bits - 1);
constexpr int fixed(double value) {
  return static_cast<int>(value * (1 << bits) + (value < 0 ? -0.5 : 0.5));
}

std::uint8_t round_to_byte(int value) {
  return static_cast<std::uint8_t>(std::clamp((value + half) >> bits, 0, 255));
}

void rgb_row(const ImageView& frame, int y, OwnedImage& target) {
  const auto& [red, green, blue] = frame.planes;
  const std::uint8_t* r = red.row(y);
  const std::uint8_t* g = green.row(y);
  const std::uint8_t* b = blue.row(y);
  std::uint8_t* luma = target.planes[0].row(y);
  std::uint8_t* cb = target.planes[1].row(y);
  std::uint8_t* cr = target.planes[2].row(y);
  constexpr int middle = 128 << bits;
  for (int x = 0; x < frame.format.width; x++) {
    const int vr = r[x * red.pixel_stride];
    const int vg = g[x * green.pixel_stride];
    const int vb = b[x * blue.pixel_stride];
    luma[x] = round_to_byte(fixed(0.299) * vr + fixed(0.587) * vg + fixed(0.114) * vb);
    cb[x] = round_to_byte(fixed(-0.168736) * vr + fixed(-0.331264) * vg + fixed(0.5) * vb + middle);
    cr[x] = round_to_byte(fixed(0.5) * vr + fixed(-0.418688) * vg + fixed(-0.081312) * vb + middle);
  }
}

}  // namespace

ImageFormat working_format(const ImageFormat& format) {
  ImageFormat working = format;
  if (format.color == ColorModel::rgb) {
    working.color = ColorModel::ycbcr;
    working.black = 0;
  }
  working.depth = 8;
  working.shift = 0;
  return working;
}

bool is_working_image(const ImageView& frame) {
  if (frame.format.color == ColorModel::rgb || frame.format.depth > 8)
    return false;
  return std::all_of(frame.planes.begin(), frame.planes.begin() + frame.format.planes(),
                     [](const PlaneView& plane) { return plane.pixel_stride == 1; });
}

void to_working_image(const ImageView& frame, OwnedImage& target, ThreadPool& pool) {
  for_each_strip(pool, frame.format.height, [&](int first, int last) {
    if (frame.format.color == ColorModel::rgb) {
      for (int y = first; y < last; y++)
        rgb_row(frame, y, target);
      return;
    }
    for (int p = 0; p < frame.format.planes(); p++) {
      const int shift = p ? frame.format.chroma_shift_y : 0;
      const int end = p ? (last + (1 << shift) - 1) >> shift : last;
      for (int y = first >> shift; y < end; y++)
        copy_row(frame.planes[static_cast<std::size_t>(p)], y, target.planes[p].row(y));
    }
  });
}

void working_to_rgb(const ImageView& working, const MutableImageView& target, ThreadPool& pool) {
  for_each_strip(pool, target.format.height, [&](int first, int last) {
    for (int y = first; y < last; y++) {
      const std::uint8_t* luma = working.planes[0].row(y);
      const std::uint8_t* cb = working.planes[1].row(y);
      const std::uint8_t* cr = working.planes[2].row(y);
      std::uint8_t* out[3];
      for (std::size_t c = 0; c < 3; c++)
        out[c] = target.planes[c].row(y);
      for (int x = 0; x < target.format.width; x++) {
        const int level = luma[x] << bits;
        const int b = cb[x] - 128;
        const int r = cr[x] - 128;
        out[0][x * target.planes[0].pixel_stride] = round_to_byte(level + fixed(1.402) * r);
        out[1][x * target.planes[1].pixel_stride] =
            round_to_byte(level + fixed(-0.344136) * b + fixed(-0.714136) * r);
        out[2][x * target.planes[2].pixel_stride] = round_to_byte(level + fixed(1.772) * b);
      }
    }
  });
}

}  // namespace lowrank
