// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <vector>

#include "codec/patch_contexts.h"

// How modes of blocks and patches are coded. `Bits` is a BitWriter, a BitReader or a BitCounter;
// each function takes what is to be coded and returns it, as it was read.
namespace lowrank::codec {

/// Modes of a slice, as far as they are known.
struct SliceModes {
  const PatchGeometry& geometry;
  const PatchMap* maps[3];
  const std::vector<BlockKind>& blocks;  ///< of the picture
  int first_block_row;
  bool predicted;  ///< the picture refers to others,
  bool smoothing;  ///< of which patches may take the first components alone

  int first_row(int plane) const { return first_block_row * geometry.down(plane); }
};

/// Bits below the highest one of a difference of vectors, at most.
constexpr int longest_motion = 9;

/// A patch by its place in its plane.
struct PatchPlace {
  int plane;
  int x;
  int y;
};

/// The patch of luma at the top left of what a patch of chroma covers.
inline const PatchMode& luma_of(const SliceModes& modes, const PatchPlace& at) {
  const int x = at.x * 2 / modes.geometry.across(at.plane);
  const int y = at.y * 2 / modes.geometry.down(at.plane);
  return modes.maps[0]->mode(x, y);
}

/// Vectors are coded for luma alone; chroma follows where it refers to the same picture.
inline MotionVector chroma_motion(const SliceModes& modes, const PatchPlace& at) {
  const PatchMode& luma = luma_of(modes, at);
  if (luma.intra() || luma.reference != Reference::previous)
    return {};
  const ImageFormat& format = modes.geometry.format;
  return {static_cast<std::int16_t>(luma.motion.x >> format.chroma_shift_x),
          static_cast<std::int16_t>(luma.motion.y >> format.chroma_shift_y)};
}

template <typename Bits>
class ModeCoder {
 public:
  ModeCoder(Bits& bits, ModeContexts& contexts, const SliceModes& modes)
      : bits_(bits), c_(contexts), m_(modes) {}

  BlockKind block(BlockKind kind, int x, int y) {
    const BlockKind* left = x > 0 ? &kind_of(x - 1, y) : nullptr;
    const BlockKind* above = y > m_.first_block_row ? &kind_of(x, y - 1) : nullptr;
    if (m_.predicted) {
      const auto skip = [](const BlockKind* k) {
        return !k ? 0 : *k < BlockKind::skip_previous ? 1 : 2;
      };
      if (bits_(kind >= BlockKind::skip_previous, c_.block_skip[skip(left)][skip(above)])) {
        const auto which = [&](const BlockKind* k) {
          return !k || *k < BlockKind::skip_previous ? 0 : *k == BlockKind::skip_previous ? 1 : 2;
        };
        return bits_(kind == BlockKind::skip_background,
                     c_.block_reference[which(left)][which(above)])
                   ? BlockKind::skip_background
                   : BlockKind::skip_previous;
      }
    }
    const auto whole = [](const BlockKind* k) { return !k ? 0 : *k != BlockKind::whole ? 1 : 2; };
    return bits_(kind == BlockKind::whole, c_.whole[whole(left)][whole(above)])
               ? BlockKind::whole
               : BlockKind::patches;
  }

  /// Subspace of a block of 16×16.
  int subspace16(int subspace) {
    int node = 1;
    for (int i = 1; i >= 0; i--)
      node = node << 1 | static_cast<int>(bits_((subspace >> i) & 1, c_.tree16[node]));
    return node & 3;
  }

  /// All of a mode but the rank.
  PatchMode patch(const PatchMode& mode, const PatchPlace& at) {
    const PatchMode* left = at.x > 0 ? &mode_of(at, -1, 0) : nullptr;
    const PatchMode* above = at.y > m_.first_row(at.plane) ? &mode_of(at, 0, -1) : nullptr;
    PatchMode result;
    if (m_.predicted)
      result.kind = kind(mode.kind, at, left, above);
    if (result.intra()) {
      result.subspace = static_cast<std::uint8_t>(subspace(mode.subspace, at, left, above));
      return result;
    }
    result.reference = reference(mode.reference, at, left, above);
    if (result.reference == Reference::previous)
      result.motion =
          at.plane > 0 ? chroma_motion(m_, at) : motion(mode.motion, predicted_motion(m_, at));
    if (m_.smoothing && result.kind == PatchKind::inter)
      result.smooth = smoothness(bits_, mode.smooth, at);
    return result;
  }

  /// Of an inter patch; with a base rank among other bits.
  template <typename Others>
  std::uint8_t smoothness(Others& bits, std::uint8_t smooth, const PatchPlace& at) {
    const auto state = [](const PatchMode& mode) {
      return mode.kind != PatchKind::inter ? 0 : mode.smooth == 0 ? 1 : 2;
    };
    const int left = at.x > 0 ? state(mode_of(at, -1, 0)) : 0;
    const int above = at.y > m_.first_row(at.plane) ? state(mode_of(at, 0, -1)) : 0;
    BitModel* models = c_.smooth[at.plane > 0][left * 3 + above];
    std::uint8_t result = 0;
    while (result + 1u < smooth_ranks.size() && bits(smooth > result, models[result]))
      result++;
    return result;
  }

  /// Median of the vectors to the left, above, and above and to the right.
  static MotionVector predicted_motion(const SliceModes& modes, const PatchPlace& at) {
    const PatchMap& map = *modes.maps[0];
    const bool top = at.y <= modes.first_row(0);
    const MotionVector none{};
    const MotionVector left = at.x > 0 ? map.mode(at.x - 1, at.y).motion : none;
    if (top)
      return left;
    const MotionVector above = map.mode(at.x, at.y - 1).motion;
    // In the lower row of a block what is above and to the right may be yet to come.
    const bool known = at.x + 1 < map.width() && (at.y % 2 == 0 || at.x % 2 == 0);
    const MotionVector right = known ? map.mode(at.x + 1, at.y - 1).motion : none;
    const auto median = [](std::int16_t a, std::int16_t b, std::int16_t c) {
      return std::max(std::min(a, b), std::min(std::max(a, b), c));
    };
    return {median(left.x, above.x, right.x), median(left.y, above.y, right.y)};
  }

 private:
  const BlockKind& kind_of(int x, int y) const {
    return m_.blocks[static_cast<std::size_t>(y * m_.geometry.blocks_x + x)];
  }
  const PatchMode& mode_of(const PatchPlace& at, int dx, int dy) const {
    return m_.maps[at.plane]->mode(at.x + dx, at.y + dy);
  }

  static int moved(const PatchMode* mode) {
    return !mode || mode->intra() ? 0 : mode->kind == PatchKind::inter ? 1 : 2;
  }

  PatchKind kind(PatchKind kind, const PatchPlace& at, const PatchMode* left,
                 const PatchMode* above) {
    const PatchMode* third = nullptr;
    if (at.plane > 0)
      third = &luma_of(m_, at);
    else if (above && at.x + 1 < m_.maps[0]->width() && (at.y % 2 == 0 || at.x % 2 == 0))
      third = &mode_of(at, 1, -1);
    const std::size_t chroma = at.plane > 0;
    if (bits_(kind == PatchKind::skip,
              c_.skip[chroma][(moved(left) * 3 + moved(above)) * 3 + moved(third)]))
      return PatchKind::skip;
    const auto state = [](const PatchMode* mode) { return !mode ? 0 : mode->intra() ? 1 : 2; };
    return bits_(kind == PatchKind::inter, c_.inter[chroma][state(left) * 3 + state(above)])
               ? PatchKind::inter
               : PatchKind::intra;
  }

  Reference reference(Reference reference, const PatchPlace& at, const PatchMode* left,
                      const PatchMode* above) {
    const auto state = [](const PatchMode* mode) {
      return !mode || mode->intra() ? 0 : mode->reference == Reference::previous ? 1 : 2;
    };
    const PatchMode* first = at.plane > 0 ? &luma_of(m_, at) : above;
    BitModel& model = c_.reference[at.plane > 0][state(left) * 3 + state(first)];
    return bits_(reference == Reference::background, model) ? Reference::background
                                                            : Reference::previous;
  }

  int subspace(int subspace, const PatchPlace& at, const PatchMode* left, const PatchMode* above) {
    const auto of = [](const PatchMode* mode) {
      return mode && mode->kind == PatchKind::intra ? int{mode->subspace} : -1;
    };
    const std::size_t chroma = at.plane > 0;
    const int a = of(left);
    const int b = of(above);
    if (a >= 0 && bits_(subspace == a, c_.same_left[chroma][a == b]))
      return a;
    if (b >= 0 && b != a && bits_(subspace == b, c_.same_above[chroma][a >= 0]))
      return b;
    int node = 1;
    for (int i = 3; i >= 0; i--)
      node = node << 1 | static_cast<int>(bits_((subspace >> i) & 1, c_.tree[chroma][node]));
    return node & 15;
  }

  MotionVector motion(MotionVector vector, MotionVector predicted) {
    const std::int16_t x = component(vector.x, predicted.x, c_.motion[0]);
    return {x, component(vector.y, predicted.y, c_.motion[x == predicted.x ? 1 : 2])};
  }

  // Exponential Golomb code of the difference.
  std::int16_t component(int value, int predicted, BitModel* models) {
    const int difference = value - predicted;
    if (!bits_(difference != 0, models[0]))
      return static_cast<std::int16_t>(predicted);
    const unsigned size = static_cast<unsigned>(std::abs(difference));
    const int wanted = std::bit_width(size) - 1;
    int length = 0;
    while (length < longest_motion && bits_(wanted > length, models[1 + length]))
      length++;
    int result = 1;
    for (int i = length - 1; i >= 0; i--) {
      const bool bit = (size >> i) & 1;
      const bool read = i == length - 1 ? bits_(bit, models[1 + longest_motion + length])
                                        : bits_.raw(bit, 1) != 0;
      result = result << 1 | static_cast<int>(read);
    }
    if (bits_.raw(difference < 0, 1))
      result = -result;
    return static_cast<std::int16_t>(
        std::clamp(predicted + result, -largest_motion, largest_motion));
  }

  Bits& bits_;
  ModeContexts& c_;
  const SliceModes& m_;
};

}  // namespace lowrank::codec
