// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include "common/property_flags.h"
#include "rpcasplit/properties.h"
#include "rpcasplit/settings.h"

namespace gst_lowrank {

/// Properties that belong together.
struct PropertyGroup {
  void (*install)(GObjectClass* gobject_class);
  /// False when the property is of another group.
  bool (*write)(Settings& settings, guint id, const GValue* value);
  bool (*read)(const Settings& settings, guint id, GValue* value);
};

extern const PropertyGroup separation_properties;
extern const PropertyGroup tuning_properties;
extern const PropertyGroup model_properties;
extern const PropertyGroup light_properties;
extern const PropertyGroup output_properties;
extern const PropertyGroup quality_properties;
extern const PropertyGroup region_properties;

}  // namespace gst_lowrank
