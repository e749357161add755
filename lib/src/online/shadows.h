// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "raster.h"

namespace lowrank {

/// Takes the score of shadows back. In a shadow the frame is the background dimmed by a factor that
/// changes little from pixel to pixel, of the same hue; an object that is darker than what it hides
/// has a texture of its own. The factor is averaged over 3×3 pixels and has to be even over 5×5;
/// from such a core a shadow reaches three pixels further over whatever is dimmed alike, to its
/// soft border. The pixels of a large picture are blocks of it, since shadows and textures are as
/// much larger.
class Shadows {
 public:
  /// `darkest` is the least factor, 0..1, that a shadow has.
  Shadows(const ImageView& frame, const ImageView& predicted, float darkest);

  /// Clears the score of shadows in these rows, where `shadow` is set to 255 instead; returns
  /// whether there are any, and else leaves `shadow` as it is. Of other rows frame and L are read.
  bool run(int first, int last, Raster<std::uint8_t>& score, Raster<std::uint8_t>& shadow) const;

 private:
  struct Strip;
  struct Means;
  struct Rows;
  bool find_candidates(Strip& strip) const;
  void find_same_hue(const Strip& strip, int y, Means& means,
                     std::vector<std::uint8_t>& same) const;
  void find_cores(Strip& strip) const;
  const std::uint8_t* find_shadow(const Strip& strip, int y, int width, Rows& rows) const;

  const ImageView& frame_;
  const ImageView& predicted_;
  std::uint8_t darkest_;
  int block_;  ///< width and height of what counts as a pixel
};

}  // namespace lowrank
