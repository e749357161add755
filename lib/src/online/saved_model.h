// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "online/change_watch.h"
#include "online/flicker.h"
#include "online/illumination_fit.h"
#include "online/plate_model.h"
#include "online/stabilizer.h"
#include "online/subspace.h"

namespace lowrank {

/// What follows each frame, whether the model is held or not.
struct Tracking {
  std::uint64_t time = 0;  ///< frames since the start of learning
  IlluminationFit fit;
  Illumination light;  ///< of the last frame; its components are not kept
  Stabilizer stabilizer;
};

/// All that makes the next frames come out as they would have. See docs/model.md for the layout.
struct SavedModel {
  const PlateModel& plate;
  const Raster<std::uint8_t>& deviation;
  const Raster<std::uint8_t>& mask;
  const Subspace& subspace;
  const Flicker& flicker;
  const ChangeWatch& change_watch;
  const Tracking& tracking;
};

struct LoadedModel {
  PlateModel plate;
  Subspace subspace;
  Flicker flicker;
  ChangeWatch change_watch;
  Tracking tracking;
};

/// Of which frames the model is: a stream's, fields one above the other if it is interlaced.
struct ModelFormat {
  ImageFormat image;
  bool interlaced = false;
  bool operator==(const ModelFormat&) const = default;
};

std::vector<std::uint8_t> write_model(const ModelFormat& format, const SavedModel& model);

/// `capacity` is that of the subspace. Throws ModelError, before anything is allocated unless the
/// bytes have the size that they say, and the format.
LoadedModel read_model(std::span<const std::uint8_t> bytes, const ModelFormat& format,
                       int capacity);

}  // namespace lowrank
