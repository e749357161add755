// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

namespace gst_lowrank {

/// Gives `to` the flags, timestamps and offsets of `from`, and the metas that describe its picture.
/// Nothing of the memory of `from` is kept alive.
void copy_metadata(GstBuffer* from, GstBuffer* to);

}  // namespace gst_lowrank
