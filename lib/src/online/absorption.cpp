// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/absorption.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace lowrank {
namespace {

constexpr int unchanged = 8;  // grey levels that a still pixel may move
constexpr int least_stillness = 60;
constexpr int ghost_after = 30;  // still frames before a border may dissolve
constexpr int luma_alike = 5;
constexpr int chroma_alike = 3;
constexpr float dissolve_share = 0.6f;

// One of four directions, the same for every order in which pixels are visited.
unsigned direction(int x, int y, std::uint64_t t) {
  std::uint32_t h = static_cast<std::uint32_t>(x) * 0x9e3779b1u ^
                    static_cast<std::uint32_t>(y) * 0x85ebca77u ^
                    static_cast<std::uint32_t>(t) * 0xc2b2ae3du;
  h ^= h >> 15;
  h *= 0x2c1b3c6du;
  return h >> 30;
}

}  // namespace

void move_plate(const ImageView& frame, const Illumination& light, int x, int y, float share,
                PlateModel& model) {
  for (int p = 0; p < model.format.planes(); p++) {
    const int px = p ? x >> model.format.chroma_shift_x : x;
    const int py = p ? y >> model.format.chroma_shift_y : y;
    float level = frame.planes[static_cast<std::size_t>(p)].row(py)[px];
    const PlaneLight here = light.of(p);
    level = (level - here.offset) / here.gain;
    std::uint16_t& plate = model.components[p].plate.at(px, py);
    const float moved = plate + share * (level / PlateModel::level_unit - plate);
    plate = static_cast<std::uint16_t>(std::clamp(moved, 0.0f, 65535.0f));
  }
}

void absorb(const ImageView& frame, const Illumination& light, int x, int y, PlateModel& model) {
  move_plate(frame, light, x, y, 1, model);
  model.still.at(x, y) = 0;
  model.evidence.at(x, y) = least_stillness / PlateModel::evidence_unit;
}

Absorption::Absorption(const OnlineParameters& parameters, const ImageView& frame,
                       const ImageView& predicted, const Illumination& light, std::uint64_t t,
                       PlateModel& model)
    : parameters_(parameters),
      frame_(frame),
      predicted_(predicted),
      light_(light),
      t_(t),
      model_(model) {}

void Absorption::run(int y, int frames) {
  const std::uint8_t* mask = model_.mask.row(y);
  const std::uint8_t* end = mask + model_.format.width;
  const auto next = [end](const std::uint8_t* from) {
    const void* found = std::memchr(from, 255, static_cast<std::size_t>(end - from));
    return static_cast<const std::uint8_t*>(found);
  };
  for (const std::uint8_t* p = next(mask); p; p = next(p + 1)) {
    const int x = static_cast<int>(p - mask);
    count_still(x, y, frames);
    if (model_.still.at(x, y) > stillness_needed(x, y))
      absorb(frame_, light_, x, y, model_);
    else
      dissolve_border(x, y);
  }
}

int Absorption::stillness_needed(int x, int y) const {
  const int seen = model_.evidence.at(x, y) * PlateModel::evidence_unit;
  return std::clamp(seen * parameters_.stillness_over_evidence, least_stillness,
                    parameters_.still_frames);
}

void Absorption::count_still(int x, int y, int frames) {
  const int value = frame_.planes[0].row(y)[x];
  std::uint8_t& followed = model_.last_value.at(x, y);
  std::uint16_t& still = model_.still.at(x, y);
  const int change = value - followed;
  const int step = change * frames / 10;
  followed = static_cast<std::uint8_t>(followed + (step ? step : (change > 0) - (change < 0)));
  if (std::abs(change) >= unchanged) {
    still = static_cast<std::uint16_t>(std::max(0, still - 4 * frames));
    return;
  }
  still = static_cast<std::uint16_t>(still + frames);
}

bool Absorption::alike(int x1, int y1, int x2, int y2) const {
  for (int p = 0; p < model_.format.planes(); p++) {
    const int sx = p ? model_.format.chroma_shift_x : 0;
    const int sy = p ? model_.format.chroma_shift_y : 0;
    const auto i = static_cast<std::size_t>(p);
    const int frame = frame_.planes[i].row(y1 >> sy)[x1 >> sx];
    const int background = predicted_.planes[i].row(y2 >> sy)[x2 >> sx];
    if (std::abs(frame - background) > (p ? chroma_alike : luma_alike))
      return false;
  }
  return true;
}

void Absorption::dissolve_border(int x, int y) {
  static constexpr int steps[4][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
  if (model_.still.at(x, y) <= ghost_after)
    return;
  const unsigned d = direction(x, y, t_);
  const int beside_x = x + 2 * steps[d][0];
  const int beside_y = y + 2 * steps[d][1];
  if (beside_x < 0 || beside_y < 0 || beside_x >= model_.format.width ||
      beside_y >= model_.format.height || model_.mask.at(beside_x, beside_y))
    return;
  // The frame is smooth from here to the background beside, and the plate has an edge between.
  const int edge =
      std::abs(predicted_.planes[0].row(y)[x] - predicted_.planes[0].row(beside_y)[beside_x]);
  if (static_cast<float>(edge) > parameters_.luma_floor && alike(x, y, beside_x, beside_y) &&
      alike(beside_x, beside_y, beside_x, beside_y))
    move_plate(frame_, light_, x, y, dissolve_share, model_);
}

}  // namespace lowrank
