// SPDX-License-Identifier: LGPL-2.1-or-later
#include "codec/patch_search.h"

#include <algorithm>
#include <limits>

#include "codec/border.h"
#include "codec/level_syntax.h"
#include "codec/mode_syntax.h"
#include "kernels/patch.h"

namespace lowrank::codec {
namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

// Samples less what is predicted of them.
template <std::size_t N>
void residual(const std::uint8_t* source, std::ptrdiff_t stride, int size,
              const std::array<std::uint8_t, N>& predicted, std::array<std::int16_t, N>& out) {
  for (int y = 0; y < size; y++)
    for (int x = 0; x < size; x++) {
      const auto i = static_cast<std::size_t>(y * size + x);
      out[i] = static_cast<std::int16_t>(source[y * stride + x] - predicted[i]);
    }
}

template <std::size_t N>
std::int64_t energy(const std::array<std::int16_t, N>& a) {
  std::int32_t sum = 0;
  for (const std::int16_t x : a)
    sum += x * x;
  return 64 * std::int64_t{sum};
}

// From products with a basis to 1/8 levels.
void scale(const std::int32_t* products, Coefficients& out) {
  constexpr int bits = basis_bits - coefficient_bits;
  for (std::size_t k = 0; k < components; k++)
    out[k] = (products[k] + (1 << (bits - 1))) >> bits;
}

float reciprocal_of(int step) {
  return 160.0f / (8192.0f * static_cast<float>(step));
}

}  // namespace

PatchSearch::PatchSearch(const PatchPicture& picture, const Raster<std::uint8_t>* source, int slice,
                         int base_rank, int most_rank, const SearchEffort& effort,
                         PatchContexts& contexts)
    : picture_(picture),
      source_(source),
      slice_(slice),
      base_rank_(base_rank),
      most_rank_(most_rank),
      effort_(effort),
      contexts_(contexts),
      modes_(picture.modes(slice)),
      tradeoffs_{RateDistortion(picture.step(0)), RateDistortion(picture.step(1))} {}

const std::uint8_t* PatchSearch::source(const PatchPlace& at, std::ptrdiff_t& stride) const {
  const Raster<std::uint8_t>& plane = source_[at.plane];
  stride = plane.stride();
  return plane.row(at.y * patch_size) + at.x * patch_size;
}

LevelTask PatchSearch::level_task(int plane, LevelType type, const LevelNeighbors& near) {
  return {tradeoff(plane), contexts_.levels, contexts_.enhancement, type, near,
          base_rank_,      most_rank_};
}

int PatchSearch::mode_bits(const PatchMode& mode, const PatchPlace& at) {
  BitCounter counter;
  ModeCoder(counter, contexts_.modes, modes_).patch(mode, at);
  return counter.cost;
}

void PatchSearch::choose(const PatchPlace& at, const PatchMode& mode, const Patch& predicted,
                         const Coefficients& coefficients, PatchDecision& best) {
  const LevelNeighbors near =
      level_neighbors(picture_.plane(at.plane).map, at.x, at.y, modes_.first_row(at.plane));
  const LevelChoice choice =
      choose_levels(coefficients, level_task(at.plane, level_type(at.plane, mode.intra()), near));
  const std::int64_t cost = choice.cost + tradeoff(at.plane).of_bits(mode_bits(mode, at));
  if (cost >= best.cost)
    return;
  best.cost = cost;
  best.mode = mode;
  best.mode.rank = static_cast<std::uint8_t>(choice.rank);
  best.levels = choice.levels;
  best.predicted = predicted;
}

PatchDecision PatchSearch::patch(const PatchPlace& at) {
  PatchDecision best;
  best.cost = never;
  if (picture_.predicted()) {
    try_inter(at, best);
    // Nothing that predicts from the border takes less than this.
    if (best.cost < 4 * tradeoff(at.plane).lambda)
      return best;
  }
  try_intra(at, best);
  return best;
}

void PatchSearch::try_intra(const PatchPlace& at, PatchDecision& best) {
  std::ptrdiff_t stride;
  const std::uint8_t* from = source(at, stride);
  const Border around = picture_.border(at, slice_);
  std::array<Patch, classes8> predicted;
  std::array<std::int32_t, classes8 * components> products;
  std::array<std::int32_t, classes8> costs;
  for (std::size_t k = 0; k < classes8; k++) {
    const SubspaceTables& tables = patch_tables().small[k];
    kernels::predict(tables.predictor.data(), pixels8, around.samples.data(),
                     tables.predictor.pairs(), around.mean, predictor_bits, predicted[k].data());
    alignas(16) std::array<std::int16_t, pixels8> rest;
    residual(from, stride, patch_size, predicted[k], rest);
    kernels::multiply(tables.analysis.data(), components, rest.data(), tables.analysis.pairs(),
                      &products[k * components]);
  }
  kernels::logarithmic_cost(products.data(), classes8, reciprocal_of(tradeoff(at.plane).step),
                            costs.data());
  for (std::size_t k = 0; k < classes8; k++) {
    PatchMode mode;
    mode.subspace = static_cast<std::uint8_t>(k);
    costs[k] += mode_bits(mode, at);
  }
  for (int i = 0; i < effort_.intra_candidates; i++) {
    const auto least = std::min_element(costs.begin(), costs.end());
    const auto k = static_cast<std::size_t>(least - costs.begin());
    *least = std::numeric_limits<std::int32_t>::max();
    PatchMode mode;
    mode.subspace = static_cast<std::uint8_t>(k);
    Coefficients coefficients;
    scale(&products[k * components], coefficients);
    choose(at, mode, predicted[k], coefficients, best);
  }
}

void PatchSearch::try_inter(const PatchPlace& at, PatchDecision& best) {
  try_reference(at, Reference::background, {}, best);
  if (at.plane > 0) {
    try_reference(at, Reference::previous, chroma_motion(modes_, at), best);
    return;
  }
  try_reference(at, Reference::previous, {}, best);
  if (effort_.motion == 0 || best.cost < 4 * tradeoff(0).lambda)
    return;
  const MotionVector motion = find_motion(at);
  if (!(motion == MotionVector{}))
    try_reference(at, Reference::previous, motion, best);
}

void PatchSearch::try_reference(const PatchPlace& at, Reference reference, MotionVector motion,
                                PatchDecision& best) {
  const PlaneState& state = picture_.plane(at.plane);
  std::ptrdiff_t stride;
  const std::uint8_t* from = source(at, stride);
  Patch shown;
  PatchPicture::fetch(state.shown().of(reference), at, motion, shown);
  alignas(16) std::array<std::int16_t, pixels8> rest;
  residual(from, stride, patch_size, shown, rest);
  PatchMode mode;
  mode.kind = PatchKind::skip;
  mode.reference = reference;
  mode.motion = motion;
  const RateDistortion& rate = tradeoff(at.plane);
  const std::int64_t cost = energy(rest) + rate.of_bits(mode_bits(mode, at));
  if (cost < best.cost) {
    best.cost = cost;
    best.mode = mode;
    best.levels = {};
  }
  mode.kind = PatchKind::inter;
  Patch predicted;
  if (state.other.empty()) {
    predicted = shown;
  } else {
    PatchPicture::fetch(state.loop.of(reference), at, motion, predicted);
    residual(from, stride, patch_size, predicted, rest);
  }
  // No coefficient is larger than all of it.
  const std::int64_t all = energy(rest);
  if (5 * all < 2 * static_cast<std::int64_t>(rate.step) * rate.step / 64)
    return;
  std::array<std::int32_t, components> products;
  const PairTable& analysis = patch_tables().inter.analysis;
  kernels::multiply(analysis.data(), components, rest.data(), analysis.pairs(), products.data());
  Coefficients coefficients;
  scale(products.data(), coefficients);
  choose(at, mode, predicted, coefficients, best);
}

// From the best of the neighbours' vectors by ever shorter steps.
MotionVector PatchSearch::find_motion(const PatchPlace& at) const {
  const Raster<std::uint8_t>& reference = picture_.plane(0).loop.previous;
  std::ptrdiff_t stride;
  const std::uint8_t* from = source(at, stride);
  const MotionVector predicted = ModeCoder<BitCounter>::predicted_motion(modes_, at);
  MotionVector best;
  std::uint32_t least = std::numeric_limits<std::uint32_t>::max();
  const auto try_vector = [&](int x, int y) {
    if (std::max(std::abs(x), std::abs(y)) > largest_motion)
      return false;
    Patch samples;
    const MotionVector motion{static_cast<std::int8_t>(x), static_cast<std::int8_t>(y)};
    PatchPicture::fetch(reference, at, motion, samples);
    const int away = std::abs(x - predicted.x) + std::abs(y - predicted.y);
    const std::uint32_t cost =
        kernels::absolute_distance8(from, stride, samples.data(), patch_size) +
        static_cast<std::uint32_t>(std::min(away, 8) * tradeoff(0).step / 128);
    if (cost >= least)
      return false;
    least = cost;
    best = motion;
    return true;
  };
  try_vector(0, 0);
  try_vector(predicted.x, predicted.y);
  const PatchMap& map = picture_.plane(0).map;
  if (at.x > 0)
    try_vector(map.mode(at.x - 1, at.y).motion.x, map.mode(at.x - 1, at.y).motion.y);
  if (at.y > modes_.first_row(0))
    try_vector(map.mode(at.x, at.y - 1).motion.x, map.mode(at.x, at.y - 1).motion.y);
  for (int step = effort_.motion; step > 0; step /= 2)
    for (int round = 0; round < 8; round++) {
      const MotionVector center = best;
      bool moved = false;
      for (const auto& [dx, dy] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}})
        moved |= try_vector(center.x + step * dx, center.y + step * dy);
      if (!moved)
        break;
    }
  return best;
}

WholeDecision PatchSearch::whole(int block_x, int block_y) {
  const Raster<std::uint8_t>& plane = source_[0];
  const std::uint8_t* from = plane.row(block_y * block_size) + block_x * block_size;
  const Border around = picture_.whole_border(block_x, block_y, slice_);
  WholeDecision best;
  best.cost = never;
  const LevelNeighbors near =
      level_neighbors(picture_.plane(0).map, 2 * block_x, 2 * block_y, modes_.first_row(0));
  std::int64_t least = never;
  Coefficients coefficients;
  std::int64_t beyond = 0;  // what no component reaches
  for (int k = 0; k < classes16; k++) {
    const SubspaceTables& tables = patch_tables().whole[static_cast<std::size_t>(k)];
    Block predicted;
    kernels::predict(tables.predictor.data(), pixels16, around.samples.data(),
                     tables.predictor.pairs(), around.mean, predictor_bits, predicted.data());
    alignas(16) std::array<std::int16_t, pixels16> rest;
    residual(from, plane.stride(), block_size, predicted, rest);
    std::array<std::int32_t, components> products;
    kernels::multiply(tables.analysis.data(), components, rest.data(), tables.analysis.pairs(),
                      products.data());
    std::int32_t log_cost;
    kernels::logarithmic_cost(products.data(), 1, reciprocal_of(tradeoff(0).step), &log_cost);
    Coefficients scaled;
    scale(products.data(), scaled);
    std::int64_t outside = energy(rest);
    for (const std::int32_t c : scaled)
      outside -= static_cast<std::int64_t>(c) * c;
    outside = std::max<std::int64_t>(outside, 0);
    const std::int64_t estimate = outside + tradeoff(0).of_bits(log_cost);
    if (estimate >= least)
      continue;
    least = estimate;
    beyond = outside;
    coefficients = scaled;
    best.mode.subspace = static_cast<std::uint8_t>(k);
    best.predicted = predicted;
  }
  best.mode.kind = PatchKind::intra16;
  const LevelChoice choice = choose_levels(coefficients, level_task(0, LevelType::luma16, near));
  best.mode.rank = static_cast<std::uint8_t>(choice.rank);
  best.levels = choice.levels;
  BitCounter counter;
  ModeCoder coder(counter, contexts_.modes, modes_);
  coder.subspace16(best.mode.subspace);
  best.cost = choice.cost + beyond + tradeoff(0).of_bits(counter.cost);
  return best;
}

PatchSearch::Skip PatchSearch::skip(int block_x, int block_y, Reference reference) const {
  Skip result{0, true};
  const PatchGeometry& geometry = picture_.geometry();
  for (int p = 0; p < geometry.planes(); p++) {
    const Raster<std::uint8_t>& other = picture_.plane(p).shown().of(reference);
    for (int j = 0; j < geometry.down(p); j++)
      for (int i = 0; i < geometry.across(p); i++) {
        const PatchPlace at{p, block_x * geometry.across(p) + i, block_y * geometry.down(p) + j};
        std::ptrdiff_t stride;
        const std::uint8_t* from = source(at, stride);
        const std::int64_t distortion =
            64 *
            std::int64_t{kernels::squared_distance8(
                from, stride, other.row(at.y * patch_size) + at.x * patch_size, other.stride())};
        result.distortion += distortion;
        result.fits &= distortion < 3 * tradeoff(p).lambda;
      }
  }
  return result;
}

}  // namespace lowrank::codec
