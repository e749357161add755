// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cmath>

#include "lowrank/background.h"

namespace lowrank {

/// The constants of the online method, one set for every video. Grey levels of 0..255, frames.
struct OnlineParameters {
  // Threshold of the residual: max(floor, deviations · σ), σ the pixel's own noise.
  float deviations = 3;
  float luma_floor = 16;
  float chroma_floor = 12;
  float score_limit = 0.9f;  ///< of the smoothed score, 1 being the threshold

  // Learning: shares of the (clipped) residual that plate and noise take over a frame.
  int learning_frames = 100;
  float plate_rate = 0.01f;
  float plate_rate_foreground = 0.0005f;
  float noise_rate = 0.02f;
  float luma_clip = 12;
  float chroma_clip = 6;
  float plain_clip = 120;  ///< where every pixel follows

  // Foreground that stays unchanged for long becomes background: for some times as long as the
  // plate was seen there before, so that what the first frames took for background goes soon.
  int still_frames = 1500;
  int stillness_over_evidence = 3;

  int cleanup_radius = -1;  ///< pixels; negative: by the size of the picture

  Update update = Update::adaptive;
  std::uint32_t without = 0;

  bool has(OnlineStep step) const { return (without & static_cast<std::uint32_t>(step)) == 0; }

  /// What noise does to the threshold; nothing where every difference counts.
  float deviations_over_floor(int plane) const {
    if (!has(OnlineStep::noise) || luma_floor < 0.3f)
      return 0;
    return deviations / (plane == 0 ? luma_floor : chroma_floor);
  }
};

/// Once learned, the model of a row is updated every so many frames, a quarter of the rows a frame,
/// unless it has to follow faster than `fast_rate`.
constexpr int update_interval = 4;
constexpr float fast_rate = 0.1f;

inline OnlineParameters make_parameters(const BackgroundOptions& options) {
  OnlineParameters p;
  if (options.threshold > 0) {
    // From there on down each difference counts anyway.
    constexpr float least = 1e-6f;
    const float scale = std::max(least, static_cast<float>(options.threshold) / p.deviations);
    p.deviations *= scale;
    p.luma_floor *= scale;
    p.chroma_floor *= scale;
  }
  if (options.learning_rate >= 0) {
    p.plate_rate = static_cast<float>(options.learning_rate);
    p.plate_rate_foreground = p.plate_rate / 20;
  }
  p.cleanup_radius = options.mask_cleanup;
  p.without = options.without;
  p.update = options.update;
  if (!p.has(OnlineStep::selective_update) || p.update == Update::always)
    p.plate_rate_foreground = p.plate_rate;
  return p;
}

/// The automatic clean-up radius: 2 pixels of a picture of 360 lines, growing with the square root
/// of the height, since noise stays as large as it is and objects do not.
inline int automatic_cleanup_radius(int height) {
  return std::clamp(static_cast<int>(std::lround(2 * std::sqrt(height / 360.0))), 2, 5);
}

/// How far the surroundings of a hole reach: with the automatic radius a 48th of the height, since
/// holes are as large as the objects are, and in proportion with others.
inline int fill_reach(int cleanup_radius, int height) {
  const double sides = (2.0 * cleanup_radius + 1) / (2 * automatic_cleanup_radius(height) + 1);
  const auto reach = static_cast<int>(std::lround(sides * height / 48));
  return std::clamp(reach, 2 * cleanup_radius + 1, 100);
}

}  // namespace lowrank
