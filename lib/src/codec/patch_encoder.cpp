// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <array>
#include <atomic>
#include <vector>

#include "codec/deblock.h"
#include "codec/layout.h"
#include "codec/patch_header.h"
#include "codec/patch_picture.h"
#include "codec/slice_encoder.h"
#include "samples.h"
#include "strips.h"

namespace lowrank::codec {
namespace {

// A picture's plane, its last column and row repeated to whole patches.
void pad(const PlaneView& from, Raster<std::uint8_t>& to, ThreadPool& pool) {
  for_each_strip(pool, to.height(), [&](int first, int last) {
    for (int y = first; y < last; y++) {
      std::uint8_t* out = to.row(y);
      copy_row(from, std::min(y, from.height - 1), out);
      std::fill(out + from.width, out + to.width(), out[from.width - 1]);
    }
  });
}

std::int64_t squared_distance(const Raster<std::uint8_t>& a, const Raster<std::uint8_t>& b,
                              ThreadPool& pool) {
  std::atomic<std::int64_t> sum = 0;
  for_each_strip(pool, a.height(), [&](int first, int last) {
    std::int64_t part = 0;
    for (int y = first; y < last; y++) {
      std::int32_t line = 0;
      for (int x = 0; x < a.width(); x++) {
        const int e = a.at(x, y) - b.at(x, y);
        line += e * e;
      }
      part += line;
    }
    sum += part;
  });
  return sum;
}

class PatchEncoder final : public PictureEncoder {
 public:
  PatchEncoder(const ImageFormat& format, int base_rank, unsigned threads)
      : pool_(threads),
        base_rank_(base_rank),
        picture_(format, base_rank > 0 ? base_rank : components, components) {
    const PatchGeometry& geometry = picture_.geometry();
    for (int p = 0; p < geometry.planes(); p++)
      source_[static_cast<std::size_t>(p)] =
          Raster<std::uint8_t>(geometry.width(p), geometry.height(p));
  }

  void encode(const ImageView& picture, const CodingTask& task,
              std::vector<std::uint8_t>& out) override;
  ImageView decoded() const override { return picture_.shown(); }
  double rank() const override { return rank_; }
  double unchanged() const override { return unchanged_; }

 private:
  int best_strength(int plane);

  ThreadPool pool_;
  int base_rank_;
  PatchPicture picture_;
  std::array<Raster<std::uint8_t>, 3> source_;
  double rank_ = 0;
  double unchanged_ = 0;
  // Of deblocking, for predicted and for key pictures.
  struct Strengths {
    std::array<int, 2> best{};
    unsigned used = 0;
  };
  std::array<Strengths, 2> strengths_;
};

void PatchEncoder::encode(const ImageView& picture, const CodingTask& task,
                          std::vector<std::uint8_t>& out) {
  const PatchGeometry& geometry = picture_.geometry();
  for (int p = 0; p < geometry.planes(); p++)
    pad(picture.planes[static_cast<std::size_t>(p)], source_[static_cast<std::size_t>(p)], pool_);
  PatchHeader header;
  header.step_index = std::clamp(task.step_index, 0, step_indices - 1);
  picture_.begin(!task.key, header);

  const SliceTask slice_task{source_.data(), base_rank_, task.rank > 0 ? task.rank : components,
                             effort_of(task.speed)};
  std::vector<EncodedSlice> slices(static_cast<std::size_t>(geometry.slices()));
  pool_.parallel_for(geometry.slices(), [&](int i) {
    slices[static_cast<std::size_t>(i)] = encode_slice(picture_, i, slice_task);
  });

  // What was best lately does while the pictures stay alike.
  Strengths& strengths = strengths_[task.key];
  if (task.speed != Speed::fast || strengths.used % 8 == 0)
    strengths.best = {best_strength(0), geometry.planes() > 1 ? best_strength(1) : 0};
  strengths.used++;
  header.deblock = strengths.best;
  picture_.finish(pool_, header);
  std::vector<std::vector<std::uint8_t>> base;
  std::vector<std::vector<std::uint8_t>> rest;
  std::int64_t ranks = 0;
  int skips = 0;
  for (EncodedSlice& slice : slices) {
    base.push_back(std::move(slice.base));
    rest.push_back(std::move(slice.rest));
    ranks += slice.ranks;
    skips += slice.skips;
  }
  write_payload(header, base_rank_, base, rest, out);
  unchanged_ =
      static_cast<double>(skips) / (static_cast<double>(geometry.blocks_x) * geometry.blocks_y);
  rank_ = static_cast<double>(ranks) /
          (static_cast<double>(geometry.patches_x(0)) * geometry.patches_y(0));
}

// That with which the plane comes nearest to its source.
int PatchEncoder::best_strength(int plane) {
  const PlaneState& state = picture_.plane(plane);
  const Raster<std::uint8_t>& source = source_[static_cast<std::size_t>(plane)];
  const Raster<std::uint8_t>& picture = state.shown().picture;
  std::int64_t least = squared_distance(picture, source, pool_);
  int best = 0;
  Raster<std::uint8_t> copy(picture.width(), picture.height(), unset);
  for (int strength = 1; strength <= 4; strength++) {
    for (int y = 0; y < picture.height(); y++)
      std::copy_n(picture.row(y), picture.width(), copy.row(y));
    deblock(copy, state.map, picture_.step(plane), strength, pool_);
    const std::int64_t distance = squared_distance(copy, source, pool_);
    if (distance >= least)
      break;
    least = distance;
    best = strength;
  }
  return best;
}

}  // namespace

std::unique_ptr<PictureEncoder> make_patch_encoder(const ImageFormat& format, int base_rank,
                                                   unsigned threads) {
  return std::make_unique<PatchEncoder>(format, base_rank, threads);
}

}  // namespace lowrank::codec
