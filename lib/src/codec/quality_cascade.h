// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cmath>

namespace lowrank::codec {

/// Makes one predicted picture in eight finer and the others coarser, as far as pictures stay the
/// same: what is spent on the one is then seen in those that follow, which take most of theirs from
/// it. So do the low-delay configurations of HEVC (Bossen, "Common test conditions and software
/// reference configurations", JCTVC-L1100, 2013), without regard to the content.
class QualityCascade {
 public:
  /// To be added to the step index of the picture so many pictures after a key, 1 or more.
  int offset(int since_key) const {
    const double depth = std::clamp((still_ - least_still) / (most_still - least_still), 0.0, 1.0);
    const double offset = is_fine(since_key) ? -finer : coarser;
    return static_cast<int>(std::lround(depth * offset));
  }
  /// Tells what share of that picture was taken from others unchanged.
  void coded(int since_key, double unchanged) {
    if (!is_fine(since_key))
      still_ += share_of_new * (unchanged - still_);
  }

 private:
  static constexpr int period = 8;
  static constexpr double finer = 4;
  static constexpr double coarser = 2;
  static constexpr double least_still = 0.4;
  static constexpr double most_still = 0.7;
  static constexpr double share_of_new = 0.3;

  static bool is_fine(int since_key) { return since_key % period == 0; }

  double still_ = 0;
};

}  // namespace lowrank::codec
