// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "bytes.h"
#include "lowrank/background.h"

namespace lowrank::fuzz {

/// What an input says to the targets that load a model, besides what Settings reads.
///
/// - byte 0: which of the formats
/// - byte 1, bits 0 to 2: rank
/// - byte 1, bits 3 and 4: how the model follows
/// - byte 1, bit 5: the engine has learned something before
/// - byte 1, bit 6: regions, and a sensitivity
/// - byte 2, bits 0 and 1: threads less 1, of the second engine
/// - the rest: the model
struct ModelInput : Settings {
  ImageFormat format;
  BackgroundOptions options;
  bool learned = false;
  unsigned other_threads = 1;
  ByteSpan model;

  explicit ModelInput(ByteSpan input);
};

/// Formats of pictures, see byte 0; small, since a model has some ten bytes a pixel.
constexpr std::array<ImageFormat, 8> model_formats{{
    {ColorModel::gray, 32, 24},
    {ColorModel::ycbcr, 20, 14, 1, 1, 16},
    {ColorModel::rgb, 12, 10},
    {ColorModel::ycbcr, 16, 12, 1, 1, 16, 10, 6},
    {ColorModel::ycbcr, 9, 9, 0, 0, 0, 12, 0},
    {ColorModel::ycbcr, 16, 16, 1, 0, 16},  // interlaced
    {ColorModel::gray, 1, 1},
    {ColorModel::ycbcr, 18, 9, 0, 1, 16},
}};

/// An engine as the input wants it, with what it has learned.
BackgroundEngine make_engine(const ModelInput& input, unsigned threads);

/// All samples of a separated frame, and what is said of it.
struct SeparatedFrame {
  Bytes background;
  Bytes mask;
  double foreground_ratio = 0;
  double light_gain = 0;
  double light_offset = 0;
  GlobalChange change = GlobalChange::none;
  std::size_t regions = 0;
  bool operator==(const SeparatedFrame&) const = default;
};

/// Separates frame `t` of a synthetic video, and checks what comes out. The video is the same each
/// time: a texture, light that changes, a box that moves.
SeparatedFrame show(BackgroundEngine& engine, const ModelInput& input, int t);

}  // namespace lowrank::fuzz
