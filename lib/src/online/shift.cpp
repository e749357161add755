// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/shift.h"

#include <algorithm>
#include <cmath>

namespace lowrank {
namespace {

// Samples lie next to each other.
template <typename T>
void shift_samples(const Plane<const T>& source, Shift shift, const Plane<T>& target) {
  const int whole_x = static_cast<int>(std::floor(shift.dx));
  const int whole_y = static_cast<int>(std::floor(shift.dy));
  const int right = static_cast<int>(std::lround((shift.dx - static_cast<float>(whole_x)) * 64));
  const int lower = static_cast<int>(std::lround((shift.dy - static_cast<float>(whole_y)) * 64));
  const int weights[4] = {(64 - right) * (64 - lower), right * (64 - lower), (64 - right) * lower,
                          right * lower};
  const int last_x = source.width - 1;
  const int last_y = source.height - 1;
  for (int y = 0; y < target.height; y++) {
    const T* above = source.row(std::clamp(y + whole_y, 0, last_y));
    const T* below = source.row(std::clamp(y + whole_y + 1, 0, last_y));
    T* out = target.row(y);
    const auto blend = [&](int x, int a, int b) {
      out[x] = static_cast<T>((above[a] * weights[0] + above[b] * weights[1] +
                               below[a] * weights[2] + below[b] * weights[3] + 2048) >>
                              12);
    };
    const int inner_first = std::clamp(-whole_x, 0, target.width);
    const int inner_last = std::clamp(last_x - whole_x, inner_first, target.width);
    const auto border = [&](int x) {
      blend(x, std::clamp(x + whole_x, 0, last_x), std::clamp(x + whole_x + 1, 0, last_x));
    };
    for (int x = 0; x < inner_first; x++)
      border(x);
    for (int x = inner_first; x < inner_last; x++)
      blend(x, x + whole_x, x + whole_x + 1);
    for (int x = inner_last; x < target.width; x++)
      border(x);
  }
}

}  // namespace

Shift shift_in_plane(Shift shift, int plane, const ImageFormat& format) {
  if (plane == 0)
    return shift;
  return {shift.dx / static_cast<float>(1 << format.chroma_shift_x),
          shift.dy / static_cast<float>(1 << format.chroma_shift_y)};
}

void shift_plane(const PlaneView& source, Shift shift, const MutablePlaneView& target) {
  shift_samples(source, shift, target);
}

void shift_plane(const Plane<const std::uint16_t>& source, Shift shift,
                 const Plane<std::uint16_t>& target) {
  shift_samples(source, shift, target);
}

void shift_image(const ImageView& source, Shift shift, const MutableImageView& target) {
  for (std::size_t p = 0; p < static_cast<std::size_t>(source.format.planes()); p++)
    shift_plane(source.planes[p], shift_in_plane(shift, static_cast<int>(p), source.format),
                target.planes[p]);
}

void shift_plane_nearest(const PlaneView& source, Shift shift, const MutablePlaneView& target) {
  const int dx = static_cast<int>(std::lround(shift.dx));
  const int dy = static_cast<int>(std::lround(shift.dy));
  for (int y = 0; y < target.height; y++) {
    const std::uint8_t* in = source.row(std::clamp(y + dy, 0, source.height - 1));
    std::uint8_t* out = target.row(y);
    for (int x = 0; x < target.width; x++)
      out[x] = in[std::clamp(x + dx, 0, source.width - 1)];
  }
}

}  // namespace lowrank
