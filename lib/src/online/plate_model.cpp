// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/plate_model.h"

namespace lowrank {

PlateModel::PlateModel(const ImageFormat& image_format) : format(image_format) {
  constexpr std::uint16_t luma_noise = 3 * 256;
  constexpr std::uint16_t chroma_noise = 3 * 256 / 2;
  for (int p = 0; p < format.planes(); p++) {
    const int width = format.plane_width(p);
    const int height = format.plane_height(p);
    components[p].plate = Raster<std::uint16_t>(width, height);
    components[p].noise = Raster<std::uint16_t>(width, height);
    components[p].noise.fill(p == 0 ? luma_noise : chroma_noise);
    components[p].weight = Raster<std::uint8_t>(width, height);
    components[p].weight.fill(255);
  }
  const auto bytes = [&] { return Raster<std::uint8_t>(format.width, format.height); };
  deviation = bytes();
  last_value = bytes();
  evidence = bytes();
  still = Raster<std::uint16_t>(format.width, format.height);
  mask = bytes();
}

void PlateModel::save(ModelWriter& out) const {
  for (int p = 0; p < format.planes(); p++) {
    out.plane(components[p].plate);
    out.plane(components[p].noise);
  }
  out.plane(last_value);
  out.plane(evidence);
  out.plane(still);
}

void PlateModel::load(ModelReader& in) {
  for (int p = 0; p < format.planes(); p++) {
    in.plane(components[p].plate);
    in.plane(components[p].noise);
  }
  in.plane(last_value);
  in.plane(evidence);
  in.plane(still);
}

}  // namespace lowrank
