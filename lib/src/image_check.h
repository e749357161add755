// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "lowrank/image.h"

/// Checks of views of pictures. Each throws std::invalid_argument, which says what is wrong and
/// what would be right.
namespace lowrank::check {

std::string side_by_side(int width, int height);

/// That each plane has data, the size that the format gives it, and room for its samples.
void planes(const char* image, const ImageView& view);

/// The same of a plane with samples of a byte.
void plane(const char* name, const PlaneView& plane, int width, int height);

}  // namespace lowrank::check
