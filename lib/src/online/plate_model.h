// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "online/model_bytes.h"
#include "raster.h"

namespace lowrank {

/// What the online method knows of every pixel, in the coordinates of the plate.
struct PlateModel {
  static constexpr float level_unit = 1.0f / 256;  ///< of plate and noise
  static constexpr int evidence_unit = 4;          ///< frames

  /// Per component: plate m and standard deviation σ of the noise, both in 1/256 grey levels, and
  /// what follows from σ: the weight of a residual, 255 · floor / max(floor, deviations · σ).
  struct Component {
    Raster<std::uint16_t> plate;
    Raster<std::uint16_t> noise;
    Raster<std::uint8_t> weight;
  };

  ImageFormat format;
  Component components[3];
  Raster<std::uint8_t> deviation;   ///< bit 7: deviates from L; below: for how many frames so
  Raster<std::uint8_t> last_value;  ///< luma, followed slowly while the pixel is foreground
  Raster<std::uint8_t> evidence;    ///< for how long the plate was seen, see evidence_unit
  Raster<std::uint16_t> still;      ///< frames that it has been foreground without change
  Raster<std::uint8_t> mask;        ///< 255 where the last frame hid the plate: foreground, shadow

  explicit PlateModel(const ImageFormat& image_format);

  /// All but what one frame leaves to the next one, deviation and mask, and what follows from the
  /// noise.
  void save(ModelWriter& out) const;
  void load(ModelReader& in);
};

}  // namespace lowrank
