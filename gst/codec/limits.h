// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <glib-object.h>

#include "lowrank/codec.h"

namespace gst_lowrank {

/// Ids of the properties that set lowrank::CodecLimits, the same in each class that has them. They
/// begin where no class has ids of its own.
enum LimitProperty : guint { PROP_MAX_SIDE = 64, PROP_MAX_PIXELS, PROP_MAX_PAYLOAD };

/// Installs them in a class.
void install_limits(GObjectClass* gobject_class);

/// Writes one of them; false when `id` is none.
bool write_limit(lowrank::CodecLimits& limits, guint id, const GValue* value);
/// Reads one; false when `id` is none.
bool read_limit(const lowrank::CodecLimits& limits, guint id, GValue* value);

/// Throws ElementError for a stream that goes beyond a limit or is of an unknown version. Says
/// which property would let it pass.
void refuse(const lowrank::StreamError& error);

}  // namespace gst_lowrank
