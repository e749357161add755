// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image_check.h"

#include <stdexcept>

namespace lowrank::check {
namespace {

bool holds(const PlaneView& plane, int width, int height, int sample_bytes) {
  return plane.data && plane.width == width && plane.height == height &&
         plane.pixel_stride >= sample_bytes;
}

[[noreturn]] void refuse(const std::string& name, int width, int height) {
  throw std::invalid_argument(name + " must hold " + side_by_side(width, height) + " samples");
}

}  // namespace

std::string side_by_side(int width, int height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

void planes(const char* image, const ImageView& view) {
  const ImageFormat& format = view.format;
  for (int p = 0; p < format.planes(); p++) {
    const int width = format.plane_width(p);
    const int height = format.plane_height(p);
    if (!holds(view.planes[static_cast<std::size_t>(p)], width, height, format.sample_bytes()))
      refuse("plane " + std::to_string(p) + " of " + image, width, height);
  }
}

void plane(const char* name, const PlaneView& plane, int width, int height) {
  if (!holds(plane, width, height, 1))
    refuse(name, width, height);
}

}  // namespace lowrank::check
