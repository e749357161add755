// SPDX-License-Identifier: LGPL-2.1-or-later

// The model of the online method as a whole: forgotten, held, saved and loaded.
#include <algorithm>
#include <utility>

#include "lowrank/composite.h"
#include "online/online_method.h"

namespace lowrank {

void OnlineMethod::end_startup() {
  if (parameters_.has(OnlineStep::startup)) {
    deep_.keep_plate(model_);
    startup_.end(flicker_, model_, pool_);
    deep_.refine_plate(model_);
    weigh_noise();
  }
  settling_ = GlobalChange::none;
  time_ = static_cast<std::uint64_t>(parameters_.learning_frames);
}

void OnlineMethod::keep_tracking() {
  if (held_)
    return;
  const auto copy = [&](const Raster<std::uint8_t>& from) {
    Raster<std::uint8_t> to(working_.width, working_.height);
    copy_plane(from.plane(), to.plane());
    return to;
  };
  held_.emplace(Held{copy(model_.deviation), copy(model_.mask), tracking()});
}

std::vector<std::uint8_t> OnlineMethod::save_model() const {
  const auto write = [this](const auto& deviation, const auto& mask, const Tracking& tracking) {
    return write_model({format_, interlaced_},
                       {model_, deviation, mask, subspace_, flicker_, change_watch_, tracking});
  };
  return held_ ? write(held_->deviation, held_->mask, held_->tracking)
               : write(model_.deviation, model_.mask, tracking());
}

// What was saved before the end of the start-up has none of its samples: it counts as learned.
void OnlineMethod::load_model(std::span<const std::uint8_t> bytes) {
  LoadedModel loaded = read_model(bytes, {format_, interlaced_}, subspace_capacity_);
  std::vector<std::uint8_t> held_rows(static_cast<std::size_t>(working_.height), 1);
  waiting_ = false;
  held_.reset();
  startup_ = StartupPlate(working_, parameters_.learning_frames);
  model_ = std::move(loaded.plate);
  subspace_ = std::move(loaded.subspace);
  flicker_ = std::move(loaded.flicker);
  change_watch_ = loaded.change_watch;
  fit_ = std::move(loaded.tracking.fit);
  light_ = std::move(loaded.tracking.light);
  stabilizer_ = std::move(loaded.tracking.stabilizer);
  time_ = std::max(loaded.tracking.time, static_cast<std::uint64_t>(parameters_.learning_frames));
  settling_ = GlobalChange::none;
  held_rows_ = std::move(held_rows);
  weigh_noise();
  stats_.rank = 1 + subspace_.size();
}

void OnlineMethod::forget() {
  PlateModel model(working_);
  Flicker flicker(format_.width, format_.height);
  // Nothing below takes memory.
  model_ = std::move(model);
  flicker_ = std::move(flicker);
  fit_ = {};
  stabilizer_ = {};
  subspace_ = Subspace(format_.width, format_.height, subspace_capacity_);
  startup_ = StartupPlate(working_, parameters_.learning_frames);
  held_rows_.clear();
  change_watch_ = {};
  settling_ = GlobalChange::none;
  time_ = 0;
  held_.reset();
}

void OnlineMethod::reset() {
  waiting_ = false;
  const bool learned = time_ > 0;
  // Of a first frame that failed there may be traces as well.
  forget();
  stats_.resets += learned;
}

}  // namespace lowrank
