// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "online/flicker.h"
#include "online/illumination_fit.h"
#include "online/parameters.h"
#include "online/plate_model.h"
#include "online/subspace.h"
#include "score.h"
#include "sensitivity.h"

namespace lowrank {

/// What a frame is compared with and what comes of it, in the coordinates of the plate.
struct Scene {
  const ImageView& frame;
  const Illumination& light;
  const Subspace& subspace;
  OwnedImage& predicted;        ///< out: L
  Raster<std::uint8_t>& score;  ///< out: 64 at the threshold, see highest_score
};

/// Scores the pixels of a frame by their residual against the background, luma and chroma.
class Scoring {
 public:
  Scoring(const OnlineParameters& parameters, const Scene& scene, PlateModel& model,
          Flicker& flicker, const Sensitivity& sensitivity);

  /// Predicts and scores these rows; the first and the last one but that of the picture are even.
  void score(int first, int last) const;

  /// Scores these rows again where the background moves: what their surroundings show is no
  /// foreground. After all rows have been predicted.
  void forgive_motion(int first, int last) const;

 private:
  struct ScaledWeights;

  void score_chroma_row(int cy, std::uint8_t* score, ScaledWeights& scaled) const;
  void add_chroma(const std::uint8_t* chroma, std::uint8_t* score) const;

  const Scene& scene_;
  PlateModel& model_;
  Flicker& flicker_;
  const Sensitivity& sensitivity_;
  kernels::FixedLight light_;
  std::uint16_t luma_unit_;
  std::uint16_t chroma_unit_;
  bool color_;
};

}  // namespace lowrank
