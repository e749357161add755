// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/model_bytes.h"

#include <algorithm>
#include <string>

#include "lowrank/background.h"

namespace lowrank {

void ModelWriter::bytes(std::span<const std::uint8_t> values) {
  bytes_.insert(bytes_.end(), values.begin(), values.end());
}

void ModelWriter::mask(const Raster<std::uint8_t>& raster) {
  for (int y = 0; y < raster.height(); y++) {
    for (int x = 0; x < raster.width(); x += 8) {
      unsigned bits = 0;
      for (int i = x; i < std::min(x + 8, raster.width()); i++)
        bits |= (raster.at(i, y) ? 1u : 0u) << (i - x);
      bytes_.push_back(static_cast<std::uint8_t>(bits));
    }
  }
}

std::span<const std::uint8_t> ModelReader::bytes(std::size_t count) {
  if (count > bytes_.size())
    throw ModelError("the model ends too early: it is broken");
  const auto taken = bytes_.first(count);
  bytes_ = bytes_.subspan(count);
  return taken;
}

void ModelReader::mask(Raster<std::uint8_t>& raster) {
  for (int y = 0; y < raster.height(); y++) {
    const auto from = bytes(static_cast<std::size_t>((raster.width() + 7) / 8));
    for (int x = 0; x < raster.width(); x++)
      raster.at(x, y) = from[static_cast<std::size_t>(x / 8)] >> (x % 8) & 1 ? 255 : 0;
  }
}

void ModelReader::refuse(const char* name) {
  throw ModelError(std::string("the model's ") + name + " is out of range: it is broken");
}

}  // namespace lowrank
