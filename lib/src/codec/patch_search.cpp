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

// Of residuals, in the units of distortion.
std::int64_t energy(std::uint32_t squares) {
  return 64 * std::int64_t{squares};
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

void PatchSearch::load(const PatchPlace& at) {
  PatchPicture::fetch(source_[at.plane], at, {}, wanted_);
}

LevelTask PatchSearch::level_task(int plane, LevelType type, const LevelNeighbors& near) {
  return {tradeoff(plane), contexts_.levels, contexts_.enhancement, type, near,
          base_rank_,      most_rank_,       effort_.thorough};
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
  load(at);
  PatchDecision best;
  best.cost = never;
  if (picture_.predicted()) {
    const std::int64_t left = try_inter(at, best);
    // What predicts from the border takes more than this.
    if (best.cost < effort_.intra_from * tradeoff(at.plane).lambda)
      return best;
    if (!effort_.thorough && effort_.contrast * left < contrast())
      return best;
  }
  try_intra(at, best);
  return best;
}

// Energy of the patch beyond its mean.
std::int64_t PatchSearch::contrast() const {
  std::int32_t sum = 0;
  std::int32_t squares = 0;
  for (const std::uint8_t value : wanted_) {
    sum += value;
    squares += value * value;
  }
  return 64 * std::int64_t{squares} - static_cast<std::int64_t>(sum) * sum;
}

void PatchSearch::try_intra(const PatchPlace& at, PatchDecision& best) {
  const Border around = picture_.border(at, slice_);
  std::array<Patch, classes8> predicted;
  alignas(16) std::array<std::array<std::int16_t, pixels8>, classes8> rest;
  std::array<int, classes8> order;
  std::array<std::uint32_t, classes8> left;
  const auto tested = static_cast<std::size_t>(effort_.tested);
  for (std::size_t k = 0; k < tested; k++) {
    const PairTable& predictor = patch_tables().small[k].predictor;
    kernels::predict(predictor.data(), pixels8, around.samples.data(), predictor.pairs(),
                     around.mean, predictor_bits, predicted[k].data());
    left[k] = kernels::subtract(wanted_.data(), predicted[k].data(), pixels8, rest[k].data());
    order[k] = static_cast<int>(k);
  }
  if (effort_.analyzed < effort_.tested)
    std::partial_sort(order.begin(), order.begin() + effort_.analyzed,
                      order.begin() + effort_.tested, [&](int a, int b) {
                        return left[static_cast<std::size_t>(a)] <
                               left[static_cast<std::size_t>(b)];
                      });

  std::array<std::int32_t, classes8 * components> products;
  std::array<std::int32_t, classes8> costs;
  const auto analyzed = static_cast<std::size_t>(effort_.analyzed);
  for (std::size_t i = 0; i < analyzed; i++) {
    const auto k = static_cast<std::size_t>(order[i]);
    const PairTable& analysis = patch_tables().small[k].analysis;
    kernels::multiply(analysis.data(), components, rest[k].data(), analysis.pairs(),
                      &products[i * components]);
  }
  kernels::logarithmic_cost(products.data(), effort_.analyzed,
                            reciprocal_of(tradeoff(at.plane).step), costs.data());
  PatchMode mode;
  for (std::size_t i = 0; i < analyzed; i++) {
    mode.subspace = static_cast<std::uint8_t>(order[i]);
    costs[i] += mode_bits(mode, at);
  }
  for (int tried = 0; tried < effort_.intra_candidates; tried++) {
    const auto least = std::min_element(costs.begin(), costs.begin() + effort_.analyzed);
    const auto i = static_cast<std::size_t>(least - costs.begin());
    *least = std::numeric_limits<std::int32_t>::max();
    mode.subspace = static_cast<std::uint8_t>(order[i]);
    Coefficients coefficients;
    scale(&products[i * components], coefficients);
    choose(at, mode, predicted[mode.subspace], coefficients, best);
  }
}

// Returns the least energy that a reference leaves.
std::int64_t PatchSearch::try_inter(const PatchPlace& at, PatchDecision& best) {
  std::array<Candidate, 3> candidates;
  std::size_t count = 0;
  const auto add = [&](Reference reference, MotionVector motion) {
    candidates[count] = candidate(at, reference, motion);
    try_skip(at, candidates[count++], best);
  };
  add(Reference::previous, at.plane > 0 ? chroma_motion(modes_, at) : MotionVector{});
  if (effort_.hasty && candidates[0].left < 3 * tradeoff(at.plane).lambda)
    return candidates[0].left;
  add(Reference::background, {});
  if (at.plane == 0 && best.cost >= effort_.motion_from * tradeoff(0).lambda) {
    const MotionVector motion = find_motion(at);
    if (!(motion == MotionVector{}))
      add(Reference::previous, motion);
  }
  const auto first = candidates.begin();
  const auto end = first + static_cast<std::ptrdiff_t>(count);
  const auto nearest = std::min_element(
      first, end, [](const Candidate& a, const Candidate& b) { return a.left < b.left; });
  if (effort_.thorough)
    std::for_each(first, end, [&](Candidate& c) { try_levels(at, c, best); });
  else
    try_levels(at, *nearest, best);
  return nearest->left;
}

PatchSearch::Candidate PatchSearch::candidate(const PatchPlace& at, Reference reference,
                                              MotionVector motion) const {
  Candidate result;
  result.mode.reference = reference;
  result.mode.motion = motion;
  PatchPicture::fetch(picture_.plane(at.plane).shown().of(reference), at, motion, result.shown);
  result.left =
      energy(kernels::subtract(wanted_.data(), result.shown.data(), pixels8, result.rest.data()));
  return result;
}

void PatchSearch::try_skip(const PatchPlace& at, Candidate& candidate, PatchDecision& best) {
  candidate.mode.kind = PatchKind::skip;
  const std::int64_t cost =
      candidate.left + tradeoff(at.plane).of_bits(mode_bits(candidate.mode, at));
  if (cost >= best.cost)
    return;
  best.cost = cost;
  best.mode = candidate.mode;
  best.levels = {};
}

void PatchSearch::try_levels(const PatchPlace& at, Candidate& candidate, PatchDecision& best) {
  const PlaneState& state = picture_.plane(at.plane);
  candidate.mode.kind = PatchKind::inter;
  std::int64_t all = candidate.left;
  if (!state.other.empty()) {
    PatchPicture::fetch(state.loop.of(candidate.mode.reference), at, candidate.mode.motion,
                        candidate.shown);
    all = energy(
        kernels::subtract(wanted_.data(), candidate.shown.data(), pixels8, candidate.rest.data()));
  }
  // No coefficient is larger than all of it.
  const std::int64_t step = tradeoff(at.plane).step;
  if (5 * all < 2 * step * step / 64)
    return;
  std::array<std::int32_t, components> products;
  const PairTable& analysis = patch_tables().inter.analysis;
  kernels::multiply(analysis.data(), components, candidate.rest.data(), analysis.pairs(),
                    products.data());
  Coefficients coefficients;
  scale(products.data(), coefficients);
  choose(at, candidate.mode, candidate.shown, coefficients, best);
}

// From the best of the neighbours' vectors by ever shorter steps.
MotionVector PatchSearch::find_motion(const PatchPlace& at) const {
  const Raster<std::uint8_t>& reference = picture_.plane(0).loop.previous;
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
        kernels::absolute_distance64(wanted_.data(), samples.data()) +
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
  Block wanted;
  for (int y = 0; y < block_size; y++)
    std::copy_n(source_[0].row(block_y * block_size + y) + block_x * block_size, block_size,
                wanted.data() + y * block_size);
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
    const std::uint32_t squares =
        kernels::subtract(wanted.data(), predicted.data(), pixels16, rest.data());
    std::array<std::int32_t, components> products;
    kernels::multiply(tables.analysis.data(), components, rest.data(), tables.analysis.pairs(),
                      products.data());
    std::int32_t log_cost;
    kernels::logarithmic_cost(products.data(), 1, reciprocal_of(tradeoff(0).step), &log_cost);
    Coefficients scaled;
    scale(products.data(), scaled);
    std::int64_t outside = energy(squares);
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
        const Raster<std::uint8_t>& own = source_[p];
        const int left = at.x * patch_size;
        const int top = at.y * patch_size;
        const std::int64_t distortion = energy(kernels::squared_distance8(
            own.row(top) + left, own.stride(), other.row(top) + left, other.stride()));
        result.distortion += distortion;
        result.fits &= distortion < 3 * tradeoff(p).lambda;
      }
  }
  return result;
}

}  // namespace lowrank::codec
