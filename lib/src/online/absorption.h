// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "online/illumination_fit.h"
#include "online/parameters.h"
#include "online/plate_model.h"

namespace lowrank {

/// Moves the plate at a luma pixel and its chroma by `share` of the difference to the frame.
void move_plate(const ImageView& frame, const Illumination& light, int x, int y, float share,
                PlateModel& model);

/// Makes the pixel background as the frame shows it.
void absorb(const ImageView& frame, const Illumination& light, int x, int y, PlateModel& model);

/// Foreground that turns out to be background: what stands still long enough is taken into the
/// plate; so are ghosts (the plate shows an object that has gone), sooner, from their border
/// inwards where the background beside them explains them. See ghosts.h for those that this leaves.
class Absorption {
 public:
  Absorption(const OnlineParameters& parameters, const ImageView& frame, const ImageView& predicted,
             const Illumination& light, std::uint64_t t, PlateModel& model);

  /// Goes over the masked pixels of a row, for `frames` frames since it last did. Only touches
  /// pixels of the model in this row (and the chroma they own).
  void run(int y, int frames);

 private:
  /// Frames that foreground has to stay unchanged here to become background.
  int stillness_needed(int x, int y) const;
  void count_still(int x, int y, int frames);
  void dissolve_border(int x, int y);
  bool alike(int x1, int y1, int x2, int y2) const;

  const OnlineParameters& parameters_;
  const ImageView& frame_;
  const ImageView& predicted_;
  const Illumination& light_;
  std::uint64_t t_;
  PlateModel& model_;
};

}  // namespace lowrank
