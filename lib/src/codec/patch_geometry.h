// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>

#include "lowrank/image.h"

namespace lowrank::codec {

constexpr int patch_size = 8;
constexpr int block_size = 16;

/// How a picture is cut: blocks of 16×16 samples of luma with what belongs to them of chroma, in
/// raster order, each of patches of 8×8; and slices, bands of rows of blocks that know nothing of
/// each other. Pictures are padded to whole blocks.
struct PatchGeometry {
  ImageFormat format;
  int blocks_x = 0;
  int blocks_y = 0;

  PatchGeometry() = default;
  explicit PatchGeometry(const ImageFormat& image)
      : format(image),
        blocks_x((image.width + block_size - 1) / block_size),
        blocks_y((image.height + block_size - 1) / block_size) {}

  int planes() const { return format.planes(); }
  /// Patches of a block side by side, 1 or 2.
  int across(int plane) const { return plane > 0 ? 2 >> format.chroma_shift_x : 2; }
  int down(int plane) const { return plane > 0 ? 2 >> format.chroma_shift_y : 2; }
  int patches_x(int plane) const { return blocks_x * across(plane); }
  int patches_y(int plane) const { return blocks_y * down(plane); }
  int width(int plane) const { return patches_x(plane) * patch_size; }
  int height(int plane) const { return patches_y(plane) * patch_size; }

  int slices() const { return std::clamp(blocks_y / 16, 1, 8); }
  /// First row of blocks of a slice; slices() gives the end.
  int slice_row(int slice) const { return blocks_y * slice / slices(); }
};

}  // namespace lowrank::codec
