// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <vector>

#include "lowrank/region.h"
#include "online/plate_model.h"
#include "online/shift.h"

namespace lowrank {

/// Rectangles of a frame of which somebody knows that they show foreground, whatever the mask says:
/// the model learns nothing from them. In the coordinates of the plate.
class ForegroundHints {
 public:
  /// Takes rectangles of the frame, which is moved into the plate's coordinates by `shift`.
  void set(std::span<const Rectangle> hints, Shift shift, const ImageFormat& format);

  bool none() const { return rectangles_.empty(); }

  /// Marks them in the model's mask; `rows` are those with a pixel set.
  void mark(Raster<std::uint8_t>& mask, std::vector<std::uint8_t>& rows) const;

  /// Around a step of learning: what the model knew there, it goes on to know.
  void save(const PlateModel& model);
  void restore(PlateModel& model) const;

  /// `frame` with L in place of what the rectangles show; it stays until the next call.
  ImageView without_foreground(const ImageView& frame, const ImageView& predicted);

 private:
  struct Saved {
    std::vector<std::uint16_t> words;  ///< plate and noise of the components, stillness
    std::vector<std::uint8_t> bytes;   ///< weights, last values, evidence
  };

  std::vector<Rectangle> rectangles_;
  std::vector<Saved> saved_;
  OwnedImage cleared_;
};

}  // namespace lowrank
