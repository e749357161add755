// SPDX-License-Identifier: LGPL-2.1-or-later
#include "codec/patch_picture.h"

#include <algorithm>
#include <utility>

#include "codec/border.h"
#include "codec/deblock.h"
#include "codec/initial_contexts.h"
#include "kernels/patch.h"
#include "strips.h"

namespace lowrank::codec {
namespace {

constexpr int sample_bits = basis_bits + coefficient_bits;

void copy_block(const std::uint8_t* from, std::ptrdiff_t from_stride, std::uint8_t* to,
                std::ptrdiff_t to_stride, int width, int height) {
  for (int y = 0; y < height; y++)
    std::copy_n(from + y * from_stride, width, to + y * to_stride);
}

void put(const Patch& samples, const PatchPlace& at, Raster<std::uint8_t>& picture) {
  copy_block(samples.data(), patch_size, &picture.at(at.x * patch_size, at.y * patch_size),
             picture.stride(), patch_size, patch_size);
}

// The first `count` coefficients of the levels of a patch of this rank.
int dequantize(const Levels& levels, int rank, int count, int step, std::int16_t* coefficients) {
  count = std::min(rank, count);
  for (int k = 0; k < count; k++)
    coefficients[k] = coefficient_of(levels[static_cast<std::size_t>(k)], step);
  if (count % 2)
    coefficients[count] = 0;
  return (count + 1) / 2;
}

// Takes the components of a prediction from `kept` on off the coefficients.
void smooth(const Patch& predicted, int kept, std::int16_t* coefficients) {
  alignas(16) std::array<std::int16_t, pixels8> wide;
  std::ranges::copy(predicted, wide.begin());
  std::array<std::int32_t, components> products;
  multiply_inter(wide.data(), products.data());
  constexpr int bits = basis_bits - coefficient_bits;
  for (auto k = static_cast<std::size_t>(kept); k < components; k++) {
    const std::int32_t beyond = (products[k] + (1 << (bits - 1))) >> bits;
    coefficients[k] =
        static_cast<std::int16_t>(std::clamp(coefficients[k] - beyond, -32767, 32767));
  }
}

// The background of a picture that stands alone is that picture.
void follow_row(Layer& layer, int y, bool predicted) {
  const std::uint8_t* picture = layer.picture.row(y);
  const int width = layer.picture.width();
  if (predicted) {
    kernels::follow(picture, layer.mean.row(y), layer.background.row(y), width);
    return;
  }
  std::copy_n(picture, width, layer.background.row(y));
  std::transform(picture, picture + width, layer.mean.row(y),
                 [](std::uint8_t x) { return static_cast<std::uint16_t>(x << 8); });
}

}  // namespace

PatchPicture::PatchPicture(const ImageFormat& format, int loop_rank, int shown_rank)
    : geometry_(format), loop_rank_(loop_rank), shown_rank_(shown_rank) {
  for (int p = 0; p < geometry_.planes(); p++) {
    PlaneState& state = plane(p);
    state.loop = Layer(geometry_.width(p), geometry_.height(p));
    state.map = PatchMap(geometry_.patches_x(p), geometry_.patches_y(p));
  }
  blocks_.resize(static_cast<std::size_t>(geometry_.blocks_x * geometry_.blocks_y));
  contexts_.resize(static_cast<std::size_t>(geometry_.slices()));
  if (loop_rank != shown_rank)
    make_other_layers();
}

void PatchPicture::make_other_layers() {
  std::array<Layer, 3> others;  // of all planes or, when memory runs out, of none
  for (int p = 0; p < geometry_.planes(); p++) {
    Layer& other = others[static_cast<std::size_t>(p)];
    const Layer& loop = plane(p).loop;
    other = Layer(geometry_.width(p), geometry_.height(p));
    for (int y = 0; y < geometry_.height(p); y++) {
      std::copy_n(loop.picture.row(y), geometry_.width(p), other.picture.row(y));
      std::copy_n(loop.background.row(y), geometry_.width(p), other.background.row(y));
      std::copy_n(loop.mean.row(y), geometry_.width(p), other.mean.row(y));
    }
  }
  for (int p = 0; p < geometry_.planes(); p++)
    plane(p).other = std::move(others[static_cast<std::size_t>(p)]);
}

void PatchPicture::set_shown_rank(int rank) {
  if (rank == shown_rank_)
    return;
  if (rank != loop_rank_ && planes_[0].other.empty())
    make_other_layers();
  shown_rank_ = rank;
}

void PatchPicture::begin(bool predicted, const PatchHeader& header) {
  predicted_ = predicted;
  header_ = header;
  // What a key shows does not depend on what was shown before.
  if (!predicted && shown_rank_ == loop_rank_)
    for (int p = 0; p < geometry_.planes(); p++)
      plane(p).other = {};
  for (int p = 0; p < geometry_.planes(); p++)
    for (Layer* layer : {&plane(p).loop, &plane(p).other})
      layer->picture.swap(layer->previous);
  if (!predicted)
    contexts_.assign(contexts_.size(), initial_contexts(header.step_index));
}

SliceModes PatchPicture::modes(int slice) const {
  return {geometry_,  {&planes_[0].map, &planes_[1].map, &planes_[2].map},
          blocks_,    geometry_.slice_row(slice),
          predicted_, loop_rank_ == components};
}

int PatchPicture::step(int plane) const {
  const int offset = plane > 0 ? header_.chroma_offset : 0;
  return step_of(std::clamp(header_.step_index + offset, 0, step_indices - 1));
}

Border PatchPicture::border(const PatchPlace& at, int slice) const {
  const int across = geometry_.across(at.plane);
  const int down = geometry_.down(at.plane);
  const int first = geometry_.slice_row(slice) * down;
  // Patches of a block are coded row by row, so that the last of a lower row knows nothing of the
  // next block.
  const bool known =
      at.x + 1 < geometry_.patches_x(at.plane) && (at.y % down == 0 || at.x % across != across - 1);
  return border_of(plane(at.plane).loop.picture, {at.x * patch_size, at.y * patch_size, patch_size,
                                                  at.x > 0, at.y > first, known});
}

Border PatchPicture::whole_border(int block_x, int block_y, int slice) const {
  return border_of(planes_[0].loop.picture,
                   {block_x * block_size, block_y * block_size, block_size, block_x > 0,
                    block_y > geometry_.slice_row(slice), block_x + 1 < geometry_.blocks_x});
}

void PatchPicture::fetch(const Raster<std::uint8_t>& reference, const PatchPlace& at,
                         MotionVector motion, Patch& out) {
  const int x0 = at.x * patch_size + (motion.x >> 2);
  const int y0 = at.y * patch_size + (motion.y >> 2);
  const int across = motion.x & 3;
  const int down = motion.y & 3;
  const bool between = across != 0 || down != 0;
  const int before = between ? kernels::taps_before : 0;
  const int after = between ? kernels::taps_after : 0;
  const std::uint8_t* from = nullptr;
  std::ptrdiff_t stride = reference.stride();
  constexpr int most = patch_size + kernels::taps_before + kernels::taps_after;
  std::array<std::uint8_t, std::size_t{most} * most> copy;
  if (x0 >= before && y0 >= before && x0 + patch_size + after <= reference.width() &&
      y0 + patch_size + after <= reference.height()) {
    from = reference.row(y0) + x0;
  } else {
    std::uint8_t* to = copy.data();
    for (int y = -before; y < patch_size + after; y++, to += most) {
      const std::uint8_t* row = reference.row(std::clamp(y0 + y, 0, reference.height() - 1));
      for (int x = -before; x < patch_size + after; x++)
        to[x + before] = row[std::clamp(x0 + x, 0, reference.width() - 1)];
    }
    stride = most;
    from = copy.data() + before * stride + before;
  }
  if (between)
    kernels::interpolate(from, stride, across, down, out.data());
  else
    copy_block(from, stride, out.data(), patch_size, patch_size, patch_size);
}

void PatchPicture::predict(const PatchPlace& at, const PatchMode& mode, int slice,
                           Patch& out) const {
  if (!mode.intra()) {
    fetch(plane(at.plane).loop.of(mode.reference), at, mode.motion, out);
    return;
  }
  const Border around = border(at, slice);
  const PairTable& table = patch_tables().small[mode.subspace].predictor;
  kernels::predict(table.data(), pixels8, around.samples.data(), table.pairs(), around.mean,
                   predictor_bits, out.data());
}

void PatchPicture::reconstruct(const PatchPlace& at, const PatchMode& mode, const Levels& levels,
                               const Patch& predicted) {
  PlaneState& state = plane(at.plane);
  state.map.set(at.x, at.y, mode, levels);
  const SubspaceTables& tables =
      mode.intra() ? patch_tables().small[mode.subspace] : patch_tables().inter;
  for (Layer* layer : {&state.loop, &state.other}) {
    if (layer->empty())
      continue;
    if (mode.kind == PatchKind::skip) {
      Patch samples;
      fetch(layer->of(mode.reference), at, mode.motion, samples);
      put(samples, at, layer->picture);
      continue;
    }
    const bool is_loop = layer == &state.loop;
    Patch shown_before;
    if (mode.from_shown && !is_loop)
      fetch(layer->of(mode.reference), at, mode.motion, shown_before);
    const Patch& base = mode.from_shown && !is_loop ? shown_before : predicted;
    const std::size_t smoothness = mode.from_shown && is_loop ? 0 : mode.smooth;
    if (mode.rank == 0 && smoothness == 0) {
      put(base, at, layer->picture);
      continue;
    }
    alignas(16) std::array<std::int16_t, components + 1> coefficients;
    int pairs = dequantize(levels, mode.rank, is_loop ? loop_rank_ : shown_rank_, step(at.plane),
                           coefficients.data());
    if (smoothness > 0) {
      std::fill(coefficients.begin() + 2 * pairs, coefficients.end(), std::int16_t{0});
      smooth(base, smooth_ranks[smoothness], coefficients.data());
      pairs = components / 2;
    }
    Patch samples;
    kernels::add_product(tables.synthesis.data(), pixels8, coefficients.data(), pairs, base.data(),
                         sample_bits, samples.data());
    put(samples, at, layer->picture);
  }
}

void PatchPicture::reconstruct_whole(int block_x, int block_y, const PatchMode& mode,
                                     const Levels& levels, const Block& predicted) {
  PlaneState& state = planes_[0];
  for (int y = 0; y < 2; y++)
    for (int x = 0; x < 2; x++)
      state.map.set(2 * block_x + x, 2 * block_y + y, mode, levels);
  for (Layer* layer : {&state.loop, &state.other}) {
    if (layer->empty())
      continue;
    alignas(16) std::array<std::int16_t, components + 1> coefficients;
    const int pairs = dequantize(levels, mode.rank, layer == &state.loop ? loop_rank_ : shown_rank_,
                                 step(0), coefficients.data());
    Block samples;
    kernels::add_product(patch_tables().whole[mode.subspace].synthesis.data(), pixels16,
                         coefficients.data(), pairs, predicted.data(), sample_bits, samples.data());
    Raster<std::uint8_t>& picture = layer->picture;
    copy_block(samples.data(), block_size, &picture.at(block_x * block_size, block_y * block_size),
               picture.stride(), block_size, block_size);
  }
}

void PatchPicture::skip_block(int x, int y, Reference reference) {
  PatchMode mode;
  mode.kind = PatchKind::skip;
  mode.reference = reference;
  for (int p = 0; p < geometry_.planes(); p++) {
    PlaneState& state = plane(p);
    const int across = geometry_.across(p);
    const int down = geometry_.down(p);
    for (int j = 0; j < down; j++)
      for (int i = 0; i < across; i++)
        state.map.set(x * across + i, y * down + j, mode);
    for (Layer* layer : {&state.loop, &state.other}) {
      if (layer->empty())
        continue;
      const Raster<std::uint8_t>& from = layer->of(reference);
      const int x0 = x * across * patch_size;
      const int y0 = y * down * patch_size;
      copy_block(from.row(y0) + x0, from.stride(), &layer->picture.at(x0, y0),
                 layer->picture.stride(), across * patch_size, down * patch_size);
    }
  }
}

void PatchPicture::finish(ThreadPool& pool, const PatchHeader& header) {
  header_ = header;
  for (int p = 0; p < geometry_.planes(); p++) {
    PlaneState& state = plane(p);
    for (Layer* layer : {&state.loop, &state.other}) {
      if (layer->empty())
        continue;
      deblock(layer->picture, state.map, step(p), header.deblock[p > 0], pool);
      for_each_strip(pool, layer->picture.height(), [&](int first, int last) {
        for (int y = first; y < last; y++)
          follow_row(*layer, y, predicted_);
      });
    }
  }
}

ImageView PatchPicture::shown() const {
  ImageView image{geometry_.format, {}};
  for (int p = 0; p < geometry_.planes(); p++) {
    const Raster<std::uint8_t>& picture = plane(p).shown().picture;
    image.planes[static_cast<std::size_t>(p)] = {picture.row(0), picture.stride(), 1,
                                                 geometry_.format.plane_width(p),
                                                 geometry_.format.plane_height(p)};
  }
  return image;
}

}  // namespace lowrank::codec
