// SPDX-License-Identifier: LGPL-2.1-or-later
#include "codec/slice_encoder.h"

#include <algorithm>

#include "codec/level_syntax.h"
#include "codec/mode_syntax.h"

namespace lowrank::codec {
namespace {

class SliceEncoder {
 public:
  SliceEncoder(PatchPicture& picture, int slice, const SliceTask& task)
      : picture_(picture),
        geometry_(picture.geometry()),
        slice_(slice),
        task_(task),
        modes_(picture.modes(slice)),
        contexts_(picture.contexts(slice)),
        search_(picture, task.source, slice, task.base_rank, task.most_rank, task.effort,
                contexts_),
        coder_(bits_, contexts_.modes, modes_) {}

  EncodedSlice encode() {
    const int end = geometry_.slice_row(slice_ + 1);
    for (int y = geometry_.slice_row(slice_); y < end; y++)
      for (int x = 0; x < geometry_.blocks_x; x++)
        block(x, y);
    EncodedSlice result;
    result.base = bits_.range.finish();
    if (task_.base_rank > 0)
      result.rest = rest_bits_.range.finish();
    result.ranks = ranks_;
    result.skips = skips_;
    return result;
  }

 private:
  void block(int x, int y) {
    if (picture_.predicted() && skip_at_once(x, y))
      return;
    decisions_.clear();
    const std::int64_t luma = try_patches(0, x, y);
    BlockKind kind = BlockKind::patches;
    std::int64_t cost = luma + of_kind(kind, x, y);
    WholeDecision whole;
    if (worth_a_whole()) {
      whole = search_.whole(x, y);
      const std::int64_t other = whole.cost + of_kind(BlockKind::whole, x, y);
      if (other < cost) {
        kind = BlockKind::whole;
        cost = other;
        picture_.reconstruct_whole(x, y, whole.mode, whole.levels, whole.predicted);
      }
    }
    for (int p = 1; p < geometry_.planes(); p++)
      cost += try_patches(p, x, y);
    if (picture_.predicted() && skip_after_all(x, y, cost))
      return;
    write(kind, x, y, whole);
  }

  // Whether the patches of luma were predicted from their borders, most of them, and are smooth.
  bool worth_a_whole() const {
    int intra = 0;
    int ranks = 0;
    for (const Placed& placed : decisions_) {
      intra += placed.decision.mode.intra();
      ranks += placed.decision.mode.rank;
    }
    return intra >= 3 && ranks <= task_.effort.whole_ranks;
  }

  std::int64_t of_kind(BlockKind kind, int x, int y) {
    BitCounter counter;
    ModeCoder(counter, contexts_.modes, modes_).block(kind, x, y);
    return search_.tradeoff(0).of_bits(counter.cost);
  }

  // Decides on the patches of a block in a plane, and decodes them.
  std::int64_t try_patches(int plane, int x, int y) {
    std::int64_t cost = 0;
    for (int j = 0; j < geometry_.down(plane); j++)
      for (int i = 0; i < geometry_.across(plane); i++) {
        const PatchPlace at{plane, x * geometry_.across(plane) + i, y * geometry_.down(plane) + j};
        decisions_.push_back({at, search_.patch(at)});
        const PatchDecision& d = decisions_.back().decision;
        picture_.reconstruct(at, d.mode, d.levels, d.predicted);
        cost += d.cost;
      }
    return cost;
  }

  bool skip_at_once(int x, int y) {
    const PatchSearch::Skip previous = search_.skip(x, y, Reference::previous);
    const PatchSearch::Skip background = search_.skip(x, y, Reference::background);
    const bool use_background =
        background.fits &&
        (!previous.fits ||
         background.distortion + search_.tradeoff(0).lambda / 2 < previous.distortion);
    if (!previous.fits && !background.fits)
      return false;
    write_skip(use_background ? Reference::background : Reference::previous, x, y);
    return true;
  }

  bool skip_after_all(int x, int y, std::int64_t cost) {
    for (const Reference reference : {Reference::previous, Reference::background}) {
      const BlockKind kind =
          reference == Reference::previous ? BlockKind::skip_previous : BlockKind::skip_background;
      const std::int64_t other = search_.skip(x, y, reference).distortion + of_kind(kind, x, y);
      if (other <= cost) {
        write_skip(reference, x, y);
        return true;
      }
    }
    return false;
  }

  void write_skip(Reference reference, int x, int y) {
    const BlockKind kind =
        reference == Reference::previous ? BlockKind::skip_previous : BlockKind::skip_background;
    coder_.block(kind, x, y);
    picture_.set_block(x, y, kind);
    picture_.skip_block(x, y, reference);
    skips_++;
  }

  void write(BlockKind kind, int x, int y, const WholeDecision& whole) {
    coder_.block(kind, x, y);
    picture_.set_block(x, y, kind);
    if (kind == BlockKind::whole) {
      coder_.subspace16(whole.mode.subspace);
      const LevelNeighbors near =
          level_neighbors(picture_.plane(0).map, 2 * x, 2 * y, modes_.first_row(0));
      Levels levels = whole.levels;
      write_levels(LevelType::luma16, near, levels, whole.mode.rank);
      ranks_ += 4 * whole.mode.rank;
    }
    for (Placed& placed : decisions_) {
      const PatchPlace& at = placed.at;
      if (kind == BlockKind::whole && at.plane == 0)
        continue;
      const PatchMode& mode = placed.decision.mode;
      coder_.patch(mode, at);
      if (mode.kind == PatchKind::inter && task_.base_rank > 0 &&
          rest_bits_(mode.from_shown, contexts_.modes.from_shown[at.plane > 0]))
        coder_.smoothness(rest_bits_, mode.smooth, at);
      if (mode.kind != PatchKind::skip)
        write_levels(
            level_type(at.plane, mode.intra()),
            level_neighbors(picture_.plane(at.plane).map, at.x, at.y, modes_.first_row(at.plane)),
            placed.decision.levels, mode.rank);
      if (at.plane == 0)
        ranks_ += mode.rank;
    }
  }

  void write_levels(LevelType type, const LevelNeighbors& near, Levels& levels, int rank) {
    const int base = task_.base_rank > 0 ? task_.base_rank : components;
    int first_rank = std::min(rank, base);
    while (first_rank > 0 && levels[static_cast<std::size_t>(first_rank - 1)] == 0)
      first_rank--;
    LevelCoder first(bits_, contexts_.levels, type, 0, base);
    code_levels(first, levels, first_rank, near, 0, base);
    if (task_.base_rank == 0)
      return;
    LevelCoder second(rest_bits_, contexts_.enhancement, type, base, components - base);
    code_levels(second, levels, std::max(0, rank - base), near, base, components - base);
  }

  struct Placed {
    PatchPlace at;
    PatchDecision decision;
  };

  PatchPicture& picture_;
  const PatchGeometry& geometry_;
  int slice_;
  const SliceTask& task_;
  SliceModes modes_;
  PatchContexts& contexts_;
  BitWriter bits_;
  BitWriter rest_bits_;
  PatchSearch search_;
  ModeCoder<BitWriter> coder_;
  std::vector<Placed> decisions_;
  std::int64_t ranks_ = 0;
  int skips_ = 0;
};

}  // namespace

EncodedSlice encode_slice(PatchPicture& picture, int slice, const SliceTask& task) {
  return SliceEncoder(picture, slice, task).encode();
}

}  // namespace lowrank::codec
