// SPDX-License-Identifier: LGPL-2.1-or-later
#include "window/frame_mask.h"

#include "mask_cleanup.h"
#include "window/scoring.h"

namespace lowrank {

FrameMask::FrameMask(const ImageFormat& format, const BackgroundOptions& options)
    : format_(format),
      parameters_(make_parameters(options)),
      score_(format.width, format.height),
      mask_(format.width, format.height) {}

void FrameMask::set_sensitivity(const PlaneView& sensitivity) {
  sensitivity_ = Sensitivity(sensitivity, format_);
}

void FrameMask::make(const std::uint8_t* frame, const std::uint8_t* plate, const float* noise,
                     ThreadPool& pool) {
  score_frame(format_, parameters_, frame, plate, noise, sensitivity_, score_, pool);
  const int radius = parameters_.cleanup_radius < 0 ? automatic_cleanup_radius(format_.height)
                                                    : parameters_.cleanup_radius;
  clean_mask(score_, parameters_.score_limit, radius, mask_, counts_, pool);
  sensitivity_.clear_ignored(mask_, counts_);
}

}  // namespace lowrank
