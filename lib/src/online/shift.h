// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "lowrank/image.h"

namespace lowrank {

/// A translation in luma pixels: the frame shows at (x + dx, y + dy) what the plate has at (x, y).
struct Shift {
  float dx = 0;
  float dy = 0;
  bool none() const { return dx == 0 && dy == 0; }
  Shift back() const { return {-dx, -dy}; }
};

/// A shift in luma pixels, in samples of a plane.
Shift shift_in_plane(Shift shift, int plane, const ImageFormat& format);

/// Writes `source` shifted by (−shift) to `target`, bilinear, the border repeated; the shift is in
/// pixels of this plane.
void shift_plane(const PlaneView& source, Shift shift, const MutablePlaneView& target);
void shift_plane(const Plane<const std::uint16_t>& source, Shift shift,
                 const Plane<std::uint16_t>& target);
/// The same for all planes, of samples of 8 bits; the shift is in luma pixels.
void shift_image(const ImageView& source, Shift shift, const MutableImageView& target);
/// By whole pixels, for masks.
void shift_plane_nearest(const PlaneView& source, Shift shift, const MutablePlaneView& target);

}  // namespace lowrank
