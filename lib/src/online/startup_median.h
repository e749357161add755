// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "online/plate_model.h"
#include "thread_pool.h"

namespace lowrank {

/// The plate of the first frames: the median over time of samples taken at even distances, which
/// shows the background wherever it is seen more than half of the time. Large pictures take fewer
/// samples, so that learning needs little more memory than the model.
class StartupMedian {
 public:
  StartupMedian(const ImageFormat& format, int learning_frames);

  /// Takes frame number t of the learning phase, in the plate's coordinates, when it is a
  /// sample's turn.
  void add(int t, const ImageView& frame);

  /// Whether the plate should be made from the samples so far after frame t.
  bool due(int t) const;

  /// Sets the plate to the median and drops the samples after the last frame of the phase.
  void apply(int t, PlateModel& model, ThreadPool& pool);

 private:
  void gather_evidence(const std::vector<const std::uint8_t*>& rows, const std::uint8_t* middle,
                       std::uint8_t* evidence, int width) const;

  int frames_;
  int interval_;  ///< frames from one sample to the next
  std::vector<OwnedImage> samples_;
};

}  // namespace lowrank
