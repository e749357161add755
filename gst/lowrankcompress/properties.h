// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include "lowrank/codec.h"

namespace gst_lowrank {

/// The properties of lowrankcompress.
namespace compress {

enum Property : guint {
  PROP_0,
  PROP_LAYOUT,
  PROP_SPEED,
  PROP_QUALITY,
  PROP_RANK,
  PROP_ENERGY,
  PROP_BITRATE,
  PROP_KEY_INT_MAX,
  PROP_BASE_RANK,
  PROP_COMPUTE_PSNR,
  PROP_THREADS,
  PROP_STATS,
};

/// Installs every property, and the enum types.
void install_properties(GObjectClass* gobject_class);

/// Writes a property to `options`; false when there is no such property to write.
bool write_property(lowrank::EncoderOptions& options, guint id, const GValue* value);
/// Reads one; false when it is not part of the options.
bool read_property(const lowrank::EncoderOptions& options, guint id, GValue* value);

/// The structure behind the property `stats`.
GstStructure* stats_structure(const lowrank::EncoderStats& stats, bool with_psnr);

}  // namespace compress

}  // namespace gst_lowrank
