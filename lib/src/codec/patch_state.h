// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "codec/patch_geometry.h"
#include "raster.h"

namespace lowrank::codec {

constexpr int components = 64;  ///< of a patch, and of a block of 16×16

/// Components of another picture that a prediction has, by how smooth it is.
constexpr std::array<int, 4> smooth_ranks{components, 36, 16, 6};

enum class PatchKind : std::uint8_t {
  intra,    ///< predicted from the border
  inter,    ///< predicted from another picture
  skip,     ///< the same, and nothing is left
  intra16,  ///< part of a block of 16×16 that is predicted from its border as a whole
};

enum class Reference : std::uint8_t { previous, background };

/// In quarters of a sample.
struct MotionVector {
  std::int16_t x = 0;
  std::int16_t y = 0;
  constexpr bool operator==(const MotionVector&) const = default;
};
constexpr int largest_motion = 256;  ///< each way

/// How a patch is coded.
struct PatchMode {
  PatchKind kind = PatchKind::intra;
  Reference reference = Reference::previous;
  std::uint8_t subspace = 0;  ///< class of intra patches
  std::uint8_t rank = 0;      ///< components up to the last that is not zero
  /// What is shown of an inter patch starts from what was shown, and not from what is predicted
  /// from.
  bool from_shown = false;
  std::uint8_t smooth = 0;  ///< inter: see smooth_ranks
  MotionVector motion;

  bool intra() const { return kind == PatchKind::intra || kind == PatchKind::intra16; }
};

/// Levels of a patch; those from `rank` on are 0.
using Levels = std::array<std::int16_t, components>;

/// What is known of the patches of a plane: modes, and magnitudes of levels, at most 255.
class PatchMap {
 public:
  PatchMap() = default;
  PatchMap(int width, int height)
      : width_(width),
        modes_(static_cast<std::size_t>(width * height)),
        magnitudes_(static_cast<std::size_t>(width * height)) {}

  int width() const { return width_; }
  const PatchMode& mode(int x, int y) const { return modes_[at(x, y)]; }
  /// Magnitudes of the levels, zeros for a patch without any.
  const std::uint8_t* magnitudes(int x, int y) const {
    static constexpr std::array<std::uint8_t, components> none{};
    return modes_[at(x, y)].rank > 0 ? magnitudes_[at(x, y)].data() : none.data();
  }
  void set(int x, int y, const PatchMode& mode, const Levels& levels) {
    modes_[at(x, y)] = mode;
    if (mode.rank == 0)
      return;
    auto& to = magnitudes_[at(x, y)];
    for (std::size_t k = 0; k < components; k++)
      to[k] = static_cast<std::uint8_t>(std::min(levels[k] < 0 ? -levels[k] : levels[k], 255));
  }
  void set(int x, int y, const PatchMode& mode) { modes_[at(x, y)] = mode; }

 private:
  std::size_t at(int x, int y) const { return static_cast<std::size_t>(y * width_ + x); }

  int width_ = 0;
  std::vector<PatchMode> modes_;
  std::vector<std::array<std::uint8_t, components>> magnitudes_;
};

/// How a block is coded.
enum class BlockKind : std::uint8_t {
  patches,          ///< patch by patch
  whole,            ///< luma as one of 16×16, chroma patch by patch
  skip_previous,    ///< as in the picture before, all of it
  skip_background,  ///< as in the background, all of it
};

/// Samples of a plane and what refers to them.
struct Layer {
  Raster<std::uint8_t> picture;     ///< the one at hand
  Raster<std::uint8_t> previous;    ///< the one before
  Raster<std::uint8_t> background;  ///< mean of the past, as it is referred to
  Raster<std::uint16_t> mean;       ///< the same in 1/256 levels

  Layer() = default;
  Layer(int width, int height)
      : picture(width, height),
        previous(width, height),
        background(width, height),
        mean(width, height) {}
  bool empty() const { return picture.empty(); }
  const Raster<std::uint8_t>& of(Reference reference) const {
    return reference == Reference::previous ? previous : background;
  }
};

/// A plane: what others are predicted from, and what is shown if that is another, by other ranks.
struct PlaneState {
  Layer loop;
  Layer other;  ///< empty if what is shown is the same
  PatchMap map;

  Layer& shown() { return other.empty() ? loop : other; }
  const Layer& shown() const { return other.empty() ? loop : other; }
};

}  // namespace lowrank::codec
