// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "lowrank/image.h"
#include "online/parameters.h"
#include "raster.h"
#include "sensitivity.h"
#include "thread_pool.h"

namespace lowrank {

/// The score of each pixel of a frame, 64 at the threshold and at most 192: the largest over its
/// components of |M − L| over max(floor, deviations · noise), by what the pixel counts. `frame`,
/// `plate` and `noise` are columns, all components below each other.
void score_frame(const ImageFormat& format, const OnlineParameters& parameters,
                 const std::uint8_t* frame, const std::uint8_t* plate, const float* noise,
                 const Sensitivity& sensitivity, Raster<std::uint8_t>& score, ThreadPool& pool);

}  // namespace lowrank
