// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "lowrank/background.h"

namespace lowrank {

/// The constants of the online method, one set for every video. Grey levels of 0..255, frames.
struct OnlineParameters {
  // Threshold of the residual: max(floor, deviations · σ), σ the pixel's own noise.
  float deviations = 4;
  float luma_floor = 19;
  float chroma_floor = 14;
  float score_limit = 0.9f;  ///< of the smoothed score, 1 being the threshold

  // Learning: shares of the (clipped) residual that plate and noise take over a frame.
  int learning_frames = 100;
  float plate_rate = 0.01f;
  float plate_rate_foreground = 0.0005f;
  float noise_rate = 0.02f;
  float luma_clip = 12;
  float chroma_clip = 6;
  float clip_deviations = 1.5f;

  // Feedback: pixels that flip outside of the mask get a higher threshold for a while.
  float caution_step = 1;
  float caution_decay = 0.3f;
  float caution_max = 12;
  float blink_rate = 0.05f;
  float dynamic_blink = 0.08f;  ///< above it a pixel counts as swaying

  // Foreground that stays unchanged for long becomes background: for some times as long as the
  // plate was seen there before, so that what the first frames took for background goes soon.
  int still_frames = 1500;
  int stillness_over_evidence = 3;
  int cleanup_radius = 2;
};

inline OnlineParameters make_parameters(const BackgroundOptions& options) {
  OnlineParameters p;
  if (options.threshold > 0) {
    const float scale = static_cast<float>(options.threshold) / p.deviations;
    p.deviations *= scale;
    p.luma_floor *= scale;
    p.chroma_floor *= scale;
  }
  if (options.learning_rate >= 0) {
    p.plate_rate = static_cast<float>(options.learning_rate);
    p.plate_rate_foreground = p.plate_rate / 20;
  }
  if (options.mask_cleanup >= 0)
    p.cleanup_radius = options.mask_cleanup;
  return p;
}

}  // namespace lowrank
