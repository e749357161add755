// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/learning.h"

#include <algorithm>
#include <vector>

#include "online/absorption.h"
#include "online/ghosts.h"
#include "strips.h"

namespace lowrank {

Learning::Learning(const OnlineParameters& parameters, const Now& now, PlateModel& model)
    : parameters_(parameters), now_(now), model_(model) {}

kernels::PlateUpdate Learning::plate_update(int plane) const {
  const OnlineParameters& p = parameters_;
  kernels::PlateUpdate in{};
  const PlaneLight light = now_.light.of(plane);
  in.light = kernels::fixed_light(light.gain, light.offset);
  in.clip = plane == 0 ? p.luma_clip : p.chroma_clip;
  in.deviations_over_floor = p.deviations_over_floor(plane);
  if (now_.starting) {
    in.clip *= 2;
    in.plate_rate = std::max(1.0f / static_cast<float>(now_.t + 1), 0.03f);
    in.plate_rate_foreground = now_.t > 5 ? in.plate_rate / 2 : in.plate_rate;
    in.noise_rate = p.noise_rate;
    in.noise_rate_foreground = 0.3f * p.noise_rate;
  } else {
    const int frames = p.plate_rate > fast_rate ? 1 : update_interval;
    in.plate_rate = p.plate_rate * static_cast<float>(frames);
    in.plate_rate_foreground = p.plate_rate_foreground * static_cast<float>(frames);
    in.noise_rate = p.noise_rate * static_cast<float>(frames);
    if (p.update == Update::always)
      in.clip = p.plain_clip;
  }
  return in;
}

bool Learning::updates_row(int y) const {
  return y % update_interval == static_cast<int>(now_.t % update_interval);
}

void Learning::run(ThreadPool& pool) const {
  for_each_strip(pool, model_.format.height, [&](int first, int last) {
    Absorption absorption(parameters_, now_.frame, now_.predicted, now_.light, now_.t, model_);
    const bool every_row = now_.starting || parameters_.plate_rate > fast_rate;
    for (int y = first; y < last; y++) {
      if (every_row || updates_row(y))
        update_luma_row(y);
    }
    for (int p = 1; p < model_.format.planes(); p++) {
      const int shift = model_.format.chroma_shift_y;
      const int end = (last + (1 << shift) - 1) >> shift;
      for (int y = first >> shift; y < end; y++) {
        if (every_row || updates_row(y))
          update_chroma_row(p, y);
      }
    }
    for (int y = first; y < last && parameters_.has(OnlineStep::absorption); y++) {
      if (updates_row(y))
        absorption.run(y, update_interval);
    }
  });
  if (!now_.starting && now_.t % update_interval == 0 && parameters_.has(OnlineStep::absorption))
    dissolve_ghosts(now_.frame, now_.predicted, now_.light, model_);
}

void Learning::update_luma_row(int y) const {
  kernels::PlateUpdate plate = plate_update(0);
  std::vector<std::int16_t> extra(
      now_.subspace.size() ? static_cast<std::size_t>(padded_width(model_.format.width)) : 0);
  if (!extra.empty()) {
    now_.subspace.evaluate_row(now_.light.components, y, extra.data());
    plate.extra = extra.data();
  }
  plate.x = now_.frame.planes[0].row(y);
  plate.fine = now_.fine ? now_.fine->planes[0].row(y) : nullptr;
  plate.mask = model_.mask.row(y);
  PlateModel::Component& luma = model_.components[0];
  kernels::update_plate(plate, luma.plate.row(y), luma.noise.row(y), luma.weight.row(y),
                        model_.format.width);
  if (!updates_row(y))
    return;
  const int evidence_max =
      parameters_.still_frames / parameters_.stillness_over_evidence / PlateModel::evidence_unit;
  kernels::update_seen(
      {plate.x, plate.mask, static_cast<std::uint8_t>(evidence_max), 2 * update_interval},
      model_.last_value.row(y), model_.evidence.row(y), model_.still.row(y), model_.format.width);
}

void Learning::update_chroma_row(int plane, int y) const {
  const int width = model_.format.plane_width(plane);
  auto shared = padded_row(width);
  kernels::PlateUpdate in = plate_update(plane);
  const std::uint8_t* above = model_.mask.row(y << model_.format.chroma_shift_y);
  const int lower = ((y + 1) << model_.format.chroma_shift_y) - 1;
  const std::uint8_t* below = model_.mask.row(std::min(lower, model_.format.height - 1));
  in.mask = above;
  if (model_.format.chroma_shift_x) {
    kernels::any_of_four(above, below, shared.data(), width);
    // An odd row has one pixel at its last chroma sample, and padding beside it.
    shared[static_cast<std::size_t>(width - 1)] =
        above[2 * width - 2] | below[2 * width - 2] |
        (model_.format.width % 2 ? 0 : above[2 * width - 1] | below[2 * width - 1]);
    in.mask = shared.data();
  }
  in.x = now_.frame.planes[static_cast<std::size_t>(plane)].row(y);
  in.fine = now_.fine ? now_.fine->planes[plane].row(y) : nullptr;
  PlateModel::Component& component = model_.components[plane];
  kernels::update_plate(in, component.plate.row(y), component.noise.row(y), component.weight.row(y),
                        width);
}

}  // namespace lowrank
