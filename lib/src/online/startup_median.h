// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "online/plate_model.h"
#include "thread_pool.h"

namespace lowrank {

/// The plate of the first frames: the median over time of samples taken at even distances, which
/// shows the background wherever it is seen more than half of the time.
class StartupMedian {
 public:
  explicit StartupMedian(int learning_frames) : frames_(learning_frames) {}

  /// Takes frame number t of the learning phase, in the plate's coordinates, when it is a
  /// sample's turn.
  void add(int t, const ImageView& frame);

  /// Whether the plate should be made from the samples so far after frame t.
  bool due(int t) const;

  /// Sets the plate to the median and drops the samples after the last frame of the phase.
  void apply(int t, PlateModel& model, ThreadPool& pool);

 private:
  int frames_;
  std::vector<OwnedImage> samples_;
};

}  // namespace lowrank
