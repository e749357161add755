// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "online/illumination_fit.h"
#include "online/plate_model.h"
#include "online/shift.h"
#include "online/subspace.h"
#include "raster.h"
#include "thread_pool.h"

namespace lowrank {

/// What the online method needs besides for samples of more than 8 bits. Masks come from the
/// working image, which has 8. Light and plate, whose unit is finer than that, are learned from all
/// bits, and L is given out at the depth of the stream. Idle for samples of 8 bits.
class DeepSamples {
 public:
  explicit DeepSamples(const ImageFormat& format);

  bool none() const { return format_.depth == 8; }

  /// Takes a frame in, and writes it rounded to 8 bits into the working image.
  void split(const ImageView& frame, OwnedImage& working, ThreadPool& pool);

  /// The frame is moved into the plate's coordinates by a shift in luma pixels.
  void stabilize(Shift shift, ThreadPool& pool);

  /// The frame in 1/256 levels, or null for samples of 8 bits.
  const OwnedDeepImage* fine() const { return none() ? nullptr : shown_; }

  /// L at full depth, from what the model says before it learns from the frame, moved back to where
  /// the camera is.
  void predict(const PlateModel& model, const Illumination& light, const Subspace& subspace,
               Shift shift, ThreadPool& pool);
  ImageView background() const { return background_.view(); }

  /// Around a change of the plate to samples of 8 bits: between their levels it stays where it was.
  void keep_plate(const PlateModel& model);
  void refine_plate(PlateModel& model);

 private:
  ImageFormat format_;
  ImageFormat words_;  ///< the same with 1/256 levels for samples
  OwnedDeepImage frame_, steady_;
  const OwnedDeepImage* shown_ = nullptr;  ///< either
  OwnedDeepImage background_;
  OwnedDeepImage moved_;  ///< L in 1/256 levels, where the camera shakes
  std::vector<std::uint16_t> kept_[3];
};

}  // namespace lowrank
