// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/scoring.h"

#include <algorithm>
#include <cmath>

namespace lowrank {
namespace {

constexpr int surrounding = 3;      // radius in which a moving pixel may find its level
constexpr std::uint8_t enter = 19;  // grey levels from which on a pixel deviates,
constexpr std::uint8_t leave = 15;  // and down to which it goes on

// residual · weight · unit / 65536 is that of the threshold for a residual of `floor` at a weight
// of 255.
std::uint16_t unit_of(float floor) {
  const float unit = score_of_threshold * 65536 / (255 * floor);
  return static_cast<std::uint16_t>(std::lround(std::clamp(unit, 1.0f, 65535.0f)));
}

}  // namespace

/// Weights of a row as the sensitivity makes them.
struct Scoring::ScaledWeights {
  ScaledWeights(const Sensitivity& sensitivity, const ImageFormat& format) {
    if (!sensitivity.full())
      luma = chroma[0] = chroma[1] = padded_row(format.width);
  }
  std::vector<std::uint8_t> luma, chroma[2];
};

Scoring::Scoring(const OnlineParameters& parameters, const Scene& scene, PlateModel& model,
                 Flicker& flicker, const Sensitivity& sensitivity)
    : scene_(scene),
      model_(model),
      flicker_(flicker),
      sensitivity_(sensitivity),
      light_(kernels::fixed_light(scene.light.gain, scene.light.offset)),
      luma_unit_(unit_of(parameters.luma_floor)),
      chroma_unit_(unit_of(parameters.chroma_floor)),
      color_(parameters.has(OnlineStep::chroma)) {}

void Scoring::score_chroma_row(int cy, std::uint8_t* score, ScaledWeights& scaled) const {
  kernels::ChromaScore in{};
  for (int c = 0; c < 2; c++) {
    const PlateModel::Component& component = model_.components[c + 1];
    in.x[c] = scene_.frame.planes[static_cast<std::size_t>(c + 1)].row(cy);
    in.plate[c] = component.plate.row(cy);
    in.weight[c] = sensitivity_.scale(1, cy, component.weight.row(cy), scaled.chroma[c].data());
    in.l[c] = scene_.predicted.planes[c + 1].row(cy);
  }
  const PlaneLight light = scene_.light.of(1);
  in.light = kernels::fixed_light(light.gain, light.offset);
  in.unit = chroma_unit_;
  in.score = score;
  kernels::score_chroma(in, model_.format.plane_width(1));
}

void Scoring::add_chroma(const std::uint8_t* chroma, std::uint8_t* score) const {
  if (color_)
    kernels::merge_scores(chroma, model_.format.chroma_shift_x == 1, score, model_.format.width);
}

void Scoring::score(int first, int last) const {
  const ImageFormat& format = model_.format;
  const PlateModel::Component& luma = model_.components[0];
  std::vector<std::int16_t> extra(
      scene_.subspace.size() ? static_cast<std::size_t>(padded_width(format.width)) : 0);
  auto chroma = padded_row(format.width);
  ScaledWeights scaled(sensitivity_, format);
  kernels::LumaScore in{};
  in.light = light_;
  in.unit = luma_unit_;
  in.enter = enter;
  in.leave = leave;
  in.quick = Flicker::quick;
  for (int y = first; y < last; y++) {
    if (!extra.empty()) {
      scene_.subspace.evaluate_row(scene_.light.components, y, extra.data());
      in.extra = extra.data();
    }
    in.x = scene_.frame.planes[0].row(y);
    in.plate = luma.plate.row(y);
    in.weight = sensitivity_.scale(0, y, luma.weight.row(y), scaled.luma.data());
    in.l = scene_.predicted.planes[0].row(y);
    in.score = scene_.score.row(y);
    in.deviation = model_.deviation.row(y);
    in.flickers = flicker_.flickers(y);
    kernels::score_luma(in, format.width);
    if (format.planes() == 1)
      continue;
    if (y == first || format.chroma_shift_y == 0 || y % 2 == 0)
      score_chroma_row(y >> format.chroma_shift_y, chroma.data(), scaled);
    add_chroma(chroma.data(), in.score);
    sensitivity_.clear_ignored(y, in.score);
  }
}

void Scoring::forgive_motion(int first, int last) const {
  const ImageFormat& format = model_.format;
  auto lowest = padded_row(format.width);
  auto highest = padded_row(format.width);
  auto scratch = padded_row(format.width, 2 * surrounding + 64);
  auto moving = padded_row(format.width, flicker_.cell());
  auto chroma = padded_row(format.width);
  ScaledWeights scaled(sensitivity_, format);
  const Raster<std::uint8_t>& l = scene_.predicted.planes[0];
  for (int y = first; y < last; y++) {
    if (!flicker_.any_near(y))
      continue;
    const std::uint8_t* rows[2 * surrounding + 1];
    int count = 0;
    for (int k = std::max(0, y - surrounding); k <= std::min(format.height - 1, y + surrounding);
         k++)
      rows[count++] = l.row(k);
    kernels::lowest_around(rows, count, surrounding, lowest.data(), scratch.data(), format.width);
    kernels::highest_around(rows, count, surrounding, highest.data(), scratch.data(), format.width);
    flicker_.spread(y, moving.data());
    const std::uint8_t* weight =
        sensitivity_.scale(0, y, model_.components[0].weight.row(y), scaled.luma.data());
    kernels::score_swaying({scene_.frame.planes[0].row(y), lowest.data(), highest.data(), weight,
                            moving.data(), luma_unit_},
                           scene_.score.row(y), format.width);
    // That was the score of the luma; the chroma's still counts.
    if (format.planes() == 3) {
      score_chroma_row(y >> format.chroma_shift_y, chroma.data(), scaled);
      add_chroma(chroma.data(), scene_.score.row(y));
      sensitivity_.clear_ignored(y, scene_.score.row(y));
    }
  }
}

}  // namespace lowrank
