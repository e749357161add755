// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "lowrank/background.h"
#include "online/parameters.h"
#include "raster.h"
#include "sensitivity.h"
#include "thread_pool.h"

namespace lowrank {

/// The mask of a frame of a window that is factorized.
class FrameMask {
 public:
  FrameMask(const ImageFormat& format, const BackgroundOptions& options);

  void set_options(const BackgroundOptions& options) { parameters_ = make_parameters(options); }
  void set_sensitivity(const PlaneView& sensitivity);

  /// Makes it, of columns with all components below each other; `noise` is a standard deviation in
  /// grey levels.
  void make(const std::uint8_t* frame, const std::uint8_t* plate, const float* noise,
            ThreadPool& pool);

  PlaneView plane() const { return mask_.plane(); }
  double share() const { return share_of(counts_, format_.width); }

 private:
  ImageFormat format_;
  OnlineParameters parameters_;
  Sensitivity sensitivity_;
  Raster<std::uint8_t> score_;
  Raster<std::uint8_t> mask_;
  RowCounts counts_;
};

}  // namespace lowrank
