// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "codec/border.h"
#include "codec/mode_syntax.h"
#include "codec/pair_tables.h"
#include "codec/patch_contexts.h"
#include "codec/patch_header.h"
#include "codec/patch_state.h"
#include "codec/quantizer.h"
#include "thread_pool.h"

namespace lowrank::codec {

using Patch = std::array<std::uint8_t, pixels8>;
using Block = std::array<std::uint8_t, pixels16>;

/// What encoder and decoder have in common: the pictures that are referred to, and how samples are
/// made of modes and levels. Slices may be worked on by different threads.
class PatchPicture {
 public:
  /// Predictions come from the first `loop_rank` components; `shown_rank` are shown.
  PatchPicture(const ImageFormat& format, int loop_rank, int shown_rank);

  const PatchGeometry& geometry() const { return geometry_; }
  PlaneState& plane(int p) { return planes_[static_cast<std::size_t>(p)]; }
  const PlaneState& plane(int p) const { return planes_[static_cast<std::size_t>(p)]; }
  bool predicted() const { return predicted_; }
  PatchContexts& contexts(int slice) { return contexts_[static_cast<std::size_t>(slice)]; }
  int loop_rank() const { return loop_rank_; }
  /// From the next picture on. What was shown before is what is predicted from if it was not apart.
  void set_shown_rank(int rank);

  /// Begins a picture; one that is not predicted forgets what the models have learned.
  void begin(bool predicted, const PatchHeader& header);
  /// Removes block edges, and makes what later pictures refer to.
  void finish(ThreadPool& pool, const PatchHeader& header);

  SliceModes modes(int slice) const;
  int step(int plane) const;
  void set_block(int x, int y, BlockKind kind) { blocks_[block_index(x, y)] = kind; }

  Border border(const PatchPlace& at, int slice) const;
  Border whole_border(int block_x, int block_y, int slice) const;
  /// Samples of another picture at a patch of a layer, between its own where the motion says so.
  static void fetch(const Raster<std::uint8_t>& reference, const PatchPlace& at,
                    MotionVector motion, Patch& out);
  void predict(const PatchPlace& at, const PatchMode& mode, int slice, Patch& out) const;

  /// Makes the samples of a patch and remembers its mode; nothing of `predicted` is used for skips.
  void reconstruct(const PatchPlace& at, const PatchMode& mode, const Levels& levels,
                   const Patch& predicted);
  void reconstruct_whole(int block_x, int block_y, const PatchMode& mode, const Levels& levels,
                         const Block& predicted);
  /// Takes a whole block from another picture.
  void skip_block(int x, int y, Reference reference);

  ImageView shown() const;

 private:
  std::size_t block_index(int x, int y) const {
    return static_cast<std::size_t>(y * geometry_.blocks_x + x);
  }
  void make_other_layers();

  PatchGeometry geometry_;
  int loop_rank_;
  int shown_rank_;
  PatchHeader header_;
  bool predicted_ = false;
  std::array<PlaneState, 3> planes_;
  std::vector<BlockKind> blocks_;
  std::vector<PatchContexts> contexts_;
};

}  // namespace lowrank::codec
