// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

namespace gst_lowrank {

/// Lets GStreamer know `.lrv` files by their content and name.
gboolean register_typefind(GstPlugin* plugin);

}  // namespace gst_lowrank
