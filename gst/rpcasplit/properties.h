// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include "rpcasplit/settings.h"
#include "rpcasplit/state.h"

namespace gst_lowrank {

enum Property : guint {
  PROP_0,
  PROP_METHOD,
  PROP_RANK,
  PROP_LAMBDA,
  PROP_NOISE,
  PROP_WINDOW,
  PROP_MAX_MEMORY,
  PROP_LEARNING_RATE,
  PROP_THRESHOLD,
  PROP_FOREGROUND_MODE,
  PROP_PLATE_LOCATION,
  PROP_MASK_CLEANUP,
  PROP_UPDATE,
  PROP_LEARN_TIME,
  PROP_MODEL_LOCATION,
  PROP_HOLD_MASK,
  PROP_THREADS,
  PROP_QOS,
  PROP_REGION_MASK,
  PROP_MIN_REGION_SIZE,
  PROP_MAX_REGION_SIZE,
  PROP_ROI_HINTS,
  PROP_ROI_META,
  PROP_POST_MESSAGES,
  PROP_MAX_REGIONS,
  PROP_STATS,
};

/// Installs every property of rpcasplit, and its enum types.
void install_properties(GObjectClass* gobject_class);

/// Writes a property to `settings`; false when there is no such property to write.
bool write_property(Settings& settings, guint id, const GValue* value);
/// Reads one; false when it is not part of the settings.
bool read_property(const Settings& settings, guint id, GValue* value);

/// The structure behind the property `stats`.
GstStructure* stats_structure(const Figures& figures);

}  // namespace gst_lowrank
