// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <vector>

#include "online/illumination_fit.h"
#include "online/model_bytes.h"
#include "online/plate_model.h"
#include "online/shift.h"
#include "random.h"

namespace lowrank {

/// Finds how a shaking camera has moved against the plate, by the sum of truncated absolute
/// differences over points of the plate that have texture: whole pixels first, over a pyramid when
/// a neighbour fits better than no shift, the light has changed or the camera keeps shaking, then
/// sub-pixel by fitting a V through the neighbours.
class Stabilizer {
 public:
  /// `t` counts frames; points under the last frame's mask are avoided once `avoid_mask` is set.
  /// The frame is compared with the plate in the light of the last frame, or in what the quartiles
  /// say where that fits much better.
  Shift estimate(int t, const PlaneView& luma, const PlateModel& model,
                 const Illumination& last_light, bool avoid_mask);

  void save(ModelWriter& out) const;
  /// So many points, of pictures of that size.
  void load(ModelReader& in, const ImageFormat& format, int points);
  static constexpr int most_points = 3000;
  int points() const { return static_cast<int>(points_.size()); }

 private:
  struct Point {
    int x, y;
    float level;  ///< of the plate in the light of the frame
  };

  void choose_points(const PlateModel& model, bool avoid_mask);
  struct Whole {
    int x = 0;
    int y = 0;
  };
  /// Mean difference of the points at a shift.
  using Difference = std::function<double(int dx, int dy)>;
  /// Differences at a shift and one pixel beside it.
  struct Cross {
    double middle, left, right, above, below;
  };

  double difference(const PlaneView& luma, int dx, int dy) const;
  Cross cross(const PlaneView& luma, int dx, int dy) const;
  bool changed(const Cross& at_rest) const;
  bool worth_searching(const Cross& at_rest);
  Cross light_up(const PlaneView& luma, const PlateModel& model, const Illumination& light);
  Illumination switched(const PlaneView& luma, const PlateModel& model) const;
  static Whole search_around(const Difference& difference, Whole center, int radius);
  Difference scaled_difference(const PlaneView& luma, const PlateModel& model,
                               const Illumination& light, int scale) const;
  Whole search(const PlaneView& luma, const PlateModel& model, const Illumination& light,
               double at_rest) const;
  bool agreed(const PlaneView& luma, Shift shift) const;
  Shift refine(const PlaneView& luma, const Cross& around, Whole whole);

  Random random_{11};
  std::vector<Point> points_;
  double usual_ = 0;  ///< difference of a frame that is not shifted
  int shaking_ = 0;   ///< rises with every moved frame, falls with every still one
};

}  // namespace lowrank
