// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/settings.h"

namespace gst_lowrank {

int Settings::delay() const {
  return lowrank::BackgroundEngine::delay_of(options);
}

lowrank::BackgroundOptions Settings::engine_options() const {
  // The engine wants a threshold above 0; this one marks every pixel that differs at all.
  constexpr double least_threshold = 1e-3;
  lowrank::BackgroundOptions result = options;
  if (result.threshold == 0)
    result.threshold = least_threshold;
  result.regions = roi_meta || post_messages;
  return result;
}

bool needs_configure(const Settings& from, const Settings& to) {
  if (from.options.method != to.options.method || from.options.rank != to.options.rank)
    return true;
  if (!to.windowed())
    return false;
  if (to.options.method == lowrank::Method::pcp &&
      (from.options.lambda != to.options.lambda || from.options.noise != to.options.noise))
    return true;
  return from.options.window != to.options.window;
}

Settings with_live_settings(const Settings& running, const Settings& wanted) {
  Settings result = running;
  result.options.learning_rate = wanted.options.learning_rate;
  result.options.threshold = wanted.options.threshold;
  result.options.mask_cleanup = wanted.options.mask_cleanup;
  result.options.update = wanted.options.update;
  result.options.held_mask = wanted.options.held_mask;
  result.foreground_mode = wanted.foreground_mode;
  result.qos = wanted.qos;
  result.options.min_region_size = wanted.options.min_region_size;
  result.options.max_region_size = wanted.options.max_region_size;
  result.region_mask = wanted.region_mask;
  result.plate_location = wanted.plate_location;
  result.roi_hints = wanted.roi_hints;
  result.roi_meta = wanted.roi_meta;
  result.post_messages = wanted.post_messages;
  result.max_regions = wanted.max_regions;
  return result;
}

}  // namespace gst_lowrank
