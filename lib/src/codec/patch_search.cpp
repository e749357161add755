// SPDX-License-Identifier: LGPL-2.1-or-later
#include "codec/patch_search.h"

#include <algorithm>
#include <limits>
#include <span>

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

// Of what goes before the levels of a patch in the rest of the slice.
int PatchSearch::rest_mode_bits(const PatchMode& mode, const PatchPlace& at) {
  BitCounter counter;
  counter(mode.from_shown, contexts_.modes.from_shown[at.plane > 0]);
  if (mode.from_shown)
    ModeCoder(counter, contexts_.modes, modes_).smoothness(counter, mode.smooth, at);
  return counter.cost;
}

LevelTask PatchSearch::level_task(const PatchPlace& at, const PatchMode& mode) {
  return level_task(
      at.plane, level_type(at.plane, mode.intra()),
      level_neighbors(picture_.plane(at.plane).map, at.x, at.y, modes_.first_row(at.plane)));
}

void PatchSearch::offer(const PatchPlace& at, const PatchMode& mode, const Patch& predicted,
                        const LevelChoice& choice, PatchDecision& best) {
  const RateDistortion& weigh = tradeoff(at.plane);
  std::int64_t cost = choice.cost + weigh.of_bits(mode_bits(mode, at));
  if (base_rank_ > 0 && mode.kind == PatchKind::inter)
    cost += weigh.of_bits(rest_mode_bits(mode, at));
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

// Those of the patches around first, then the most frequent ones.
void PatchSearch::tested_subspaces(const PatchPlace& at, std::array<int, classes8>& order) const {
  const PatchMap& map = picture_.plane(at.plane).map;
  std::array<bool, classes8> taken{};
  std::size_t count = 0;
  const auto take = [&](int subspace) {
    if (taken[static_cast<std::size_t>(subspace)])
      return;
    taken[static_cast<std::size_t>(subspace)] = true;
    order[count++] = subspace;
  };
  const auto take_from = [&](const PatchMode& mode) {
    if (mode.kind == PatchKind::intra)
      take(mode.subspace);
  };
  if (at.x > 0)
    take_from(map.mode(at.x - 1, at.y));
  if (at.y > modes_.first_row(at.plane))
    take_from(map.mode(at.x, at.y - 1));
  for (int k = 0; k < classes8; k++)
    take(k);
}

void PatchSearch::try_intra(const PatchPlace& at, PatchDecision& best) {
  const Border around = picture_.border(at, slice_);
  std::array<Patch, classes8> predicted;
  alignas(16) std::array<std::array<std::int16_t, pixels8>, classes8> rest;
  std::array<int, classes8> order;
  std::array<std::uint32_t, classes8> left;
  tested_subspaces(at, order);
  for (const int subspace : std::span(order).first(static_cast<std::size_t>(effort_.tested))) {
    const auto k = static_cast<std::size_t>(subspace);
    const PairTable& predictor = patch_tables().small[k].predictor;
    kernels::predict(predictor.data(), pixels8, around.samples.data(), predictor.pairs(),
                     around.mean, predictor_bits, predicted[k].data());
    left[k] = kernels::subtract(wanted_.data(), predicted[k].data(), pixels8, rest[k].data());
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
    offer(at, mode, predicted[mode.subspace], choose_levels(coefficients, level_task(at, mode)),
          best);
  }
}

// Returns the least energy that a reference leaves.
std::int64_t PatchSearch::try_inter(const PatchPlace& at, PatchDecision& best) {
  std::array<Candidate, 4> candidates;
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
    const MotionVector predicted = ModeCoder<BitCounter>::predicted_motion(modes_, at);
    if (!(predicted == MotionVector{}))
      add(Reference::previous, predicted);
    const MotionVector motion = find_motion(
        {wanted_, at, picture_.plane(0).loop.previous, modes_, tradeoff(0).step}, effort_.motion);
    if (!(motion == MotionVector{}) && !(motion == predicted))
      add(Reference::previous, motion);
  }
  const auto first = candidates.begin();
  const auto end = first + static_cast<std::ptrdiff_t>(count);
  const auto nearest = std::min_element(first, end, [](const Candidate& a, const Candidate& b) {
    return a.left + a.mode_cost < b.left + b.mode_cost;
  });
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
  candidate.mode_cost = tradeoff(at.plane).of_bits(mode_bits(candidate.mode, at));
  const std::int64_t cost = candidate.left + candidate.mode_cost;
  if (cost >= best.cost)
    return;
  best.cost = cost;
  best.mode = candidate.mode;
  best.levels = {};
}

// No coefficient is larger than all of it.
bool PatchSearch::leaves_levels(int plane, std::int64_t left) const {
  const std::int64_t step = tradeoff(plane).step;
  return 5 * left >= 2 * step * step / 64;
}

// Products of what is left of a candidate, by the smoothness of the prediction, and what they cost.
PatchSearch::SmoothWays PatchSearch::smooth_ways(int plane, const Candidate& candidate) const {
  SmoothWays ways;
  multiply_inter(candidate.rest.data(), ways.products[0].data());
  alignas(16) std::array<std::int16_t, pixels8> wide;
  std::ranges::copy(candidate.shown, wide.begin());
  std::array<std::int32_t, components> predicted;
  multiply_inter(wide.data(), predicted.data());
  for (std::size_t smooth = 1; smooth < smooth_ranks.size(); smooth++) {
    auto& own = ways.products[smooth];
    own = ways.products[0];
    for (auto k = static_cast<std::size_t>(smooth_ranks[smooth]); k < components; k++)
      own[k] += predicted[k];
  }
  kernels::logarithmic_cost(ways.products[0].data(), static_cast<int>(smooth_ranks.size()),
                            reciprocal_of(tradeoff(plane).step), ways.costs.data());
  return ways;
}

// Takes the smoothness that looks best out of them, and its coefficients.
int PatchSearch::SmoothWays::take(Coefficients& coefficients) {
  const auto least = std::ranges::min_element(costs);
  const auto smooth = static_cast<std::size_t>(least - costs.begin());
  *least = std::numeric_limits<std::int32_t>::max();
  scale(products[smooth].data(), coefficients);
  return static_cast<int>(smooth);
}

void PatchSearch::try_levels(const PatchPlace& at, Candidate& candidate, PatchDecision& best) {
  candidate.mode.kind = PatchKind::inter;
  if (!picture_.plane(at.plane).other.empty()) {
    try_layers(at, candidate, best);
    return;
  }
  if (!leaves_levels(at.plane, candidate.left))
    return;
  SmoothWays ways = smooth_ways(at.plane, candidate);
  for (int tried = 0; tried < effort_.smooth_candidates; tried++) {
    Coefficients coefficients;
    candidate.mode.smooth = static_cast<std::uint8_t>(ways.take(coefficients));
    offer(at, candidate.mode, candidate.shown,
          choose_levels(coefficients, level_task(at, candidate.mode)), best);
  }
}

// The loop and what is shown being apart.
void PatchSearch::try_layers(const PatchPlace& at, const Candidate& candidate,
                             PatchDecision& best) {
  Patch predicted;
  PatchPicture::fetch(picture_.plane(at.plane).loop.of(candidate.mode.reference), at,
                      candidate.mode.motion, predicted);
  alignas(16) std::array<std::int16_t, pixels8> rest;
  const std::uint32_t left =
      kernels::subtract(wanted_.data(), predicted.data(), pixels8, rest.data());
  if (!leaves_levels(at.plane, energy(left)))
    return;
  std::array<std::int32_t, components> products;
  multiply_inter(rest.data(), products.data());
  Coefficients from_loop;
  scale(products.data(), from_loop);
  const LevelTask task = level_task(at, candidate.mode);
  const LevelChoice of_loop = choose_levels(from_loop, task);
  offer(at, candidate.mode, predicted, of_loop, best);

  SmoothWays ways = smooth_ways(at.plane, candidate);
  PatchMode mode = candidate.mode;
  mode.from_shown = true;
  for (int tried = 0; tried < effort_.smooth_candidates; tried++) {
    Coefficients from_shown;
    mode.smooth = static_cast<std::uint8_t>(ways.take(from_shown));
    offer(at, mode, predicted, choose_from_shown(from_loop, from_shown, task, of_loop), best);
  }
}

/// What each class predicts of a block, and which classes come nearest.
struct PatchSearch::WholePredictions {
  std::array<Block, classes16> predicted;
  alignas(16) std::array<std::array<std::int16_t, pixels16>, classes16> rest;
  std::array<std::uint32_t, classes16> left;  ///< squared length of the rest
  std::array<std::size_t, classes16> order;   ///< by what is left
};

void PatchSearch::predict_whole(int block_x, int block_y, WholePredictions& out) const {
  Block wanted;
  for (int y = 0; y < block_size; y++)
    std::copy_n(source_[0].row(block_y * block_size + y) + block_x * block_size, block_size,
                wanted.data() + y * block_size);
  const Border around = picture_.whole_border(block_x, block_y, slice_);
  for (std::size_t k = 0; k < classes16; k++) {
    const PairTable& table = patch_tables().whole[k].predictor;
    kernels::predict(table.data(), pixels16, around.samples.data(), table.pairs(), around.mean,
                     predictor_bits, out.predicted[k].data());
    out.left[k] =
        kernels::subtract(wanted.data(), out.predicted[k].data(), pixels16, out.rest[k].data());
    out.order[k] = k;
  }
  std::ranges::sort(out.order, {}, [&](std::size_t k) { return out.left[k]; });
}

WholeDecision PatchSearch::whole(int block_x, int block_y) {
  WholePredictions predictions;
  predict_whole(block_x, block_y, predictions);
  WholeDecision best;
  best.cost = never;
  std::int64_t least = never;
  Coefficients coefficients;
  std::int64_t beyond = 0;  // what no component reaches
  for (std::size_t i = 0; i < static_cast<std::size_t>(effort_.whole_analyzed); i++) {
    const std::size_t k = predictions.order[i];
    const PairTable& analysis = patch_tables().whole[k].analysis;
    std::array<std::int32_t, components> products;
    kernels::multiply(analysis.data(), components, predictions.rest[k].data(), analysis.pairs(),
                      products.data());
    std::int32_t log_cost;
    kernels::logarithmic_cost(products.data(), 1, reciprocal_of(tradeoff(0).step), &log_cost);
    Coefficients scaled;
    scale(products.data(), scaled);
    std::int64_t outside = energy(predictions.left[k]);
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
    best.predicted = predictions.predicted[k];
  }
  const LevelNeighbors near =
      level_neighbors(picture_.plane(0).map, 2 * block_x, 2 * block_y, modes_.first_row(0));
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
