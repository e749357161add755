// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "raster.h"

namespace lowrank {

/// What the online method knows of every pixel, in the coordinates of the plate.
struct PlateModel {
  static constexpr float level_unit = 1.0f / 256;   ///< of plate and noise
  static constexpr float caution_unit = 1.0f / 16;  ///< of caution
  static constexpr int blink_one = 255;             ///< a pixel that flips in every frame
  static constexpr int evidence_unit = 4;           ///< frames

  /// Per component: plate m and standard deviation σ of the noise, both in 1/256 grey levels.
  struct Component {
    Raster<std::uint16_t> plate;
    Raster<std::uint16_t> noise;
  };

  ImageFormat format;
  Component components[3];
  Raster<std::uint8_t> caution;     ///< factor on the threshold, ≥ 1, in 1/16
  Raster<std::uint8_t> blink;       ///< how often the pixel flips, in 1/255 a frame
  Raster<std::uint8_t> last_value;  ///< luma, followed slowly while the pixel is foreground
  Raster<std::uint8_t> evidence;    ///< for how long the plate was seen, see evidence_unit
  Raster<std::uint16_t> still;      ///< frames that it has been foreground without change
  Raster<std::uint8_t> score[2];    ///< of this frame and the last, 64 at the threshold
  Raster<std::uint8_t> mask[2];     ///< of this frame and the last

  explicit PlateModel(const ImageFormat& image_format);
};

}  // namespace lowrank
