// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "check.h"
#include "image_check.h"
#include "lowrank/background.h"

/// Checks of what separates frames is given. Each throws std::invalid_argument, which says what is
/// wrong and what would be right.
namespace lowrank::check {

void format(const ImageFormat& format);
void options(const BackgroundOptions& options);
/// That it is of the format.
void frame(const ImageView& frame, const ImageFormat& format);
/// That it has the size of the format's luma, or no data.
void sensitivity(const PlaneView& sensitivity, const ImageFormat& format);

}  // namespace lowrank::check
