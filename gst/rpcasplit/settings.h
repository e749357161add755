// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <string>

#include "lowrank/background.h"
#include "rpcasplit/region_mask.h"

namespace gst_lowrank {

enum class ForegroundMode : guint8 { masked, alpha, residual, absolute, input };

/// What the user asked for. Copied at the start of each streaming call; the element's own copy is
/// guarded by its object lock.
struct Settings {
  lowrank::BackgroundOptions options;
  ForegroundMode foreground_mode = ForegroundMode::masked;
  bool qos = true;
  GstClockTime learn_time = 0;
  std::string model_location;  ///< empty for none
  std::string plate_location;  ///< likewise
  RegionMaskFile region_mask;
  bool roi_hints = true;
  bool roi_meta = false;
  bool post_messages = false;
  guint max_regions = 0;  ///< that are told of, 0 for all

  bool windowed() const { return options.method != lowrank::Method::online; }
  /// Frames between input and output, or lowrank::BackgroundEngine::unbounded_delay.
  int delay() const;
  /// `options` as the engine takes them.
  lowrank::BackgroundOptions engine_options() const;
};

/// Whether the engine has to be configured afresh to go from one to the other. `max_memory` and
/// `threads` wait for the next time that it is.
bool needs_configure(const Settings& from, const Settings& to);

/// `running` with those settings of `wanted` that an engine takes between two frames.
Settings with_live_settings(const Settings& running, const Settings& wanted);

}  // namespace gst_lowrank
