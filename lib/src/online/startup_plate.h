// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "online/flicker.h"
#include "online/plate_model.h"
#include "online/visibility.h"
#include "thread_pool.h"

namespace lowrank {

/// The plate of the first frames, from samples taken at even distances: at each pixel the level
/// around which the samples are densest, since the background looks the same whenever it is seen,
/// and people and cars do not; so it has to be seen in a third of them, not in half. Where that is
/// a close call the samples that show the background around count for more, see Visibility. Where
/// the background moves it is the median. Large pictures take fewer samples, so that learning needs
/// little more memory than the model.
class StartupPlate {
 public:
  StartupPlate(const ImageFormat& format, int learning_frames);

  /// Raises the noise to what the second frame's differences to the plate, which is the first
  /// frame, say of the camera's: their median, since what moves is the smaller part.
  static void guess_noise(const ImageView& frame, PlateModel& model);

  /// Takes frame number t of the learning phase, in the plate's coordinates, when it is a
  /// sample's turn.
  void add(int t, const ImageView& frame);

  /// Whether the plate should be made from the samples so far after frame t.
  bool due(int t) const;

  /// Sets the plate and drops the samples after the last frame of the phase.
  void apply(int t, const Flicker& flicker, PlateModel& model, ThreadPool& pool);

  /// Ends the phase with the samples so far. A single one says less than the plate that has been
  /// followed, which stays.
  void end(const Flicker& flicker, PlateModel& model, ThreadPool& pool);

 private:
  std::vector<const std::uint8_t*> rows(int plane, int y) const;
  void guess_row(int plane, int y, PlateModel& model) const;
  void settle_row(int plane, int y, const Visibility& visibility, PlateModel& model) const;
  float noise_limit(int plane, const PlateModel& model) const;
  void finish_row(int plane, int y, float most, const Flicker& flicker, PlateModel& model) const;

  int frames_;
  int interval_;  ///< frames from one sample to the next
  std::vector<OwnedImage> samples_;
};

}  // namespace lowrank
