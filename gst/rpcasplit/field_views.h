// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "lowrank/background.h"

namespace gst_lowrank {

/// Every other row of a plane, from row `parity` on.
template <typename T>
lowrank::Plane<T> field_of(const lowrank::Plane<T>& frame, int parity) {
  return {frame.data + parity * frame.stride, 2 * frame.stride, frame.pixel_stride, frame.width,
          (frame.height + 1 - parity) / 2};
}

/// One field of an interlaced image as an image of its own; see has_field_views().
template <typename T>
lowrank::Image<T> field_of(const lowrank::Image<T>& frame, int parity) {
  lowrank::Image<T> field = frame;
  field.format.height = (frame.format.height + 1 - parity) / 2;
  for (int p = 0; p < frame.format.planes(); p++) {
    auto& plane = field.planes[static_cast<std::size_t>(p)];
    plane = field_of(plane, parity);
  }
  return field;
}

/// The pictures of a result; what else it has is of the frame.
inline lowrank::Separation field_of(const lowrank::Separation& frame, int parity) {
  lowrank::Separation field = frame;
  field.input = field_of(frame.input, parity);
  field.background = field_of(frame.background, parity);
  field.mask = field_of(frame.mask, parity);
  return field;
}

/// Whether both fields of a frame have rows, and as many of chroma as their rows of luma ask for.
/// Of 4k + 2 rows with chroma halved vertically, the bottom field has not.
inline bool has_field_views(const lowrank::ImageFormat& format) {
  return format.height > 1 && (format.chroma_shift_y == 0 || format.height % 4 != 2);
}

}  // namespace gst_lowrank
