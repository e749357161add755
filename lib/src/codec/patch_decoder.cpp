// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <vector>

#include "codec/layout.h"
#include "codec/level_syntax.h"
#include "codec/patch_header.h"
#include "codec/patch_picture.h"
#include "kernels/patch.h"

namespace lowrank::codec {
namespace {

/// Reads a slice. Bytes of any kind take no more work than intact ones.
class SliceDecoder {
 public:
  SliceDecoder(PatchPicture& picture, int slice, int base_rank, ByteSpan base, ByteSpan rest)
      : picture_(picture),
        slice_(slice),
        first_count_(base_rank > 0 ? base_rank : components),
        modes_(picture.modes(slice)),
        contexts_(picture.contexts(slice)),
        bits_(base),
        rest_bits_(rest),
        has_rest_(base_rank > 0 && !rest.empty()),
        coder_(bits_, contexts_.modes, modes_) {}

  /// False when the bytes end before the slice does; the blocks that are missing are taken from the
  /// picture before.
  bool decode() {
    const PatchGeometry& geometry = picture_.geometry();
    const int end = geometry.slice_row(slice_ + 1);
    for (int y = geometry.slice_row(slice_); y < end; y++)
      for (int x = 0; x < geometry.blocks_x; x++) {
        if (bits_.range.overrun() > most_overrun) {
          conceal(x, y, end);
          return false;
        }
        block(x, y);
      }
    return true;
  }

 private:
  // Of zeros that were left away, and of what the coder reads ahead.
  static constexpr std::size_t most_overrun = 64;

  void conceal(int x, int y, int end) {
    for (; y < end; y++, x = 0)
      for (; x < picture_.geometry().blocks_x; x++) {
        picture_.set_block(x, y, BlockKind::skip_previous);
        picture_.skip_block(x, y, Reference::previous);
      }
  }

  void block(int x, int y) {
    const BlockKind kind = coder_.block(BlockKind::patches, x, y);
    picture_.set_block(x, y, kind);
    if (kind >= BlockKind::skip_previous) {
      picture_.skip_block(
          x, y, kind == BlockKind::skip_previous ? Reference::previous : Reference::background);
      return;
    }
    if (kind == BlockKind::whole)
      whole(x, y);
    const PatchGeometry& geometry = picture_.geometry();
    for (int p = kind == BlockKind::whole ? 1 : 0; p < geometry.planes(); p++)
      for (int j = 0; j < geometry.down(p); j++)
        for (int i = 0; i < geometry.across(p); i++)
          patch({p, x * geometry.across(p) + i, y * geometry.down(p) + j});
  }

  void whole(int x, int y) {
    PatchMode mode;
    mode.kind = PatchKind::intra16;
    mode.subspace = static_cast<std::uint8_t>(coder_.subspace16(0));
    const LevelNeighbors near =
        level_neighbors(picture_.plane(0).map, 2 * x, 2 * y, modes_.first_row(0));
    Levels levels{};
    mode.rank = static_cast<std::uint8_t>(read_levels(LevelType::luma16, near, levels));
    const Border around = picture_.whole_border(x, y, slice_);
    const PairTable& table = patch_tables().whole[mode.subspace].predictor;
    Block predicted;
    kernels::predict(table.data(), pixels16, around.samples.data(), table.pairs(), around.mean,
                     predictor_bits, predicted.data());
    picture_.reconstruct_whole(x, y, mode, levels, predicted);
  }

  void patch(const PatchPlace& at) {
    PatchMode mode = coder_.patch({}, at);
    Levels levels{};
    Patch predicted;
    if (mode.kind != PatchKind::skip) {
      const LevelNeighbors near =
          level_neighbors(picture_.plane(at.plane).map, at.x, at.y, modes_.first_row(at.plane));
      if (has_rest_ && !mode.intra() && rest_bits_.range.overrun() <= most_overrun) {
        mode.from_shown = rest_bits_(false, contexts_.modes.from_shown[at.plane > 0]);
        if (mode.from_shown)
          mode.smooth = coder_.smoothness(rest_bits_, 0, at);
      }
      mode.rank =
          static_cast<std::uint8_t>(read_levels(level_type(at.plane, mode.intra()), near, levels));
      picture_.predict(at, mode, slice_, predicted);
    }
    picture_.reconstruct(at, mode, levels, predicted);
  }

  int read_levels(LevelType type, const LevelNeighbors& near, Levels& levels) {
    LevelCoder first(bits_, contexts_.levels, type, 0, first_count_);
    const int rank = code_levels(first, levels, 0, near, 0, first_count_);
    if (!has_rest_ || rest_bits_.range.overrun() > most_overrun)
      return rank;
    const int count = components - first_count_;
    LevelCoder second(rest_bits_, contexts_.enhancement, type, first_count_, count);
    const int more = code_levels(second, levels, 0, near, first_count_, count);
    return more > 0 ? first_count_ + more : rank;
  }

  PatchPicture& picture_;
  int slice_;
  int first_count_;
  SliceModes modes_;
  PatchContexts& contexts_;
  BitReader bits_;
  BitReader rest_bits_;
  bool has_rest_;
  ModeCoder<BitReader> coder_;
};

class PatchDecoder final : public PictureDecoder {
 public:
  PatchDecoder(const ImageFormat& format, unsigned threads) : format_(format), pool_(threads) {}

  bool decode(ByteSpan bytes, bool key, int max_rank) override;
  ImageView decoded() const override { return picture_->shown(); }

 private:
  void show_previous();

  ImageFormat format_;
  ThreadPool pool_;
  std::unique_ptr<PatchPicture> picture_;
};

void PatchDecoder::show_previous() {
  const PatchGeometry& geometry = picture_->geometry();
  picture_->begin(true, {});
  for (int y = 0; y < geometry.blocks_y; y++)
    for (int x = 0; x < geometry.blocks_x; x++)
      picture_->skip_block(x, y, Reference::previous);
  picture_->finish(pool_, {});
}

bool PatchDecoder::decode(ByteSpan bytes, bool key, int max_rank) {
  const PatchGeometry geometry(format_);
  std::optional<PatchPayload> payload = read_payload(bytes, geometry.slices());
  const int base_rank = payload ? payload->base_rank : 0;
  const int loop_rank = base_rank > 0 ? base_rank : components;
  const int shown_rank = max_rank > 0 ? std::min(max_rank, components) : components;
  const bool as_before = picture_ && picture_->loop_rank() == loop_rank;
  if (!key && !as_before)
    payload.reset();  // what it refers to is not there
  if (!picture_ || (payload && !as_before))
    picture_ = std::make_unique<PatchPicture>(format_, loop_rank, shown_rank);
  picture_->set_shown_rank(shown_rank);
  if (!payload) {
    show_previous();
    return false;
  }
  picture_->begin(!key, payload->header);
  std::vector<std::uint8_t> whole(static_cast<std::size_t>(geometry.slices()));
  pool_.parallel_for(geometry.slices(), [&](int slice) {
    const auto i = static_cast<std::size_t>(slice);
    SliceDecoder decoder(*picture_, slice, base_rank, payload->base[i], payload->rest[i]);
    whole[i] = decoder.decode();
  });
  picture_->finish(pool_, payload->header);
  return std::ranges::all_of(whole, [](std::uint8_t ok) { return ok != 0; });
}

}  // namespace

std::unique_ptr<PictureDecoder> make_patch_decoder(const ImageFormat& format, unsigned threads) {
  return std::make_unique<PatchDecoder>(format, threads);
}

}  // namespace lowrank::codec
