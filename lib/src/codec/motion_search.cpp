// SPDX-License-Identifier: LGPL-2.1-or-later
#include "codec/motion_search.h"

#include <bit>
#include <cstdlib>
#include <limits>
#include <utility>

#include "codec/bit_model.h"
#include "kernels/patch.h"

namespace lowrank::codec {
namespace {

class MotionSearch {
 public:
  explicit MotionSearch(const MotionTask& task)
      : task_(task), predicted_(ModeCoder<BitCounter>::predicted_motion(task.modes, task.at)) {}

  MotionVector find(const MotionEffort& effort) {
    start();
    constexpr int most_rounds = 8;
    for (int step = effort.first; step >= effort.last; step /= 2)
      for (int round = 0; round < most_rounds && move(step); round++) {
      }
    return best_;
  }

 private:
  void start() {
    try_vector(0, 0);
    try_vector(predicted_.x, predicted_.y);
    const PatchMap& map = *task_.modes.maps[0];
    const PatchPlace& at = task_.at;
    if (at.x > 0)
      try_vector(map.mode(at.x - 1, at.y).motion.x, map.mode(at.x - 1, at.y).motion.y);
    if (at.y > task_.modes.first_row(0))
      try_vector(map.mode(at.x, at.y - 1).motion.x, map.mode(at.x, at.y - 1).motion.y);
  }

  bool move(int step) {
    const MotionVector center = best_;
    bool moved = false;
    for (const auto& [dx, dy] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}})
      moved |= try_vector(center.x + step * dx, center.y + step * dy);
    return moved;
  }

  bool try_vector(int x, int y) {
    if (std::max(std::abs(x), std::abs(y)) > largest_motion)
      return false;
    const MotionVector motion{static_cast<std::int16_t>(x), static_cast<std::int16_t>(y)};
    Patch samples;
    PatchPicture::fetch(task_.reference, task_.at, motion, samples);
    // A bit is worth 8/5 of the step in absolute differences.
    const int bits = bit_width(x - predicted_.x) + bit_width(y - predicted_.y);
    const std::uint32_t cost = kernels::absolute_distance64(task_.wanted.data(), samples.data()) +
                               static_cast<std::uint32_t>(bits * task_.step / 40);
    if (cost >= least_)
      return false;
    least_ = cost;
    best_ = motion;
    return true;
  }

  static int bit_width(int value) { return std::bit_width(static_cast<unsigned>(std::abs(value))); }

  const MotionTask& task_;
  MotionVector predicted_;
  MotionVector best_;
  std::uint32_t least_ = std::numeric_limits<std::uint32_t>::max();
};

}  // namespace

MotionVector find_motion(const MotionTask& task, const MotionEffort& effort) {
  return MotionSearch(task).find(effort);
}

}  // namespace lowrank::codec
