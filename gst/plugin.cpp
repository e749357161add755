// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * plugin-lowrank:
 *
 * Elements that work by low-rank matrix factorization.
 *
 * Since: 0.1
 */

#include <gst/gst.h>

#include "codec/typefind.h"
#include "lowrankcompress/gstlowrankcompress.h"
#include "lowrankdecompress/gstlowrankdecompress.h"
#include "lowrankparse/gstlowrankparse.h"
#include "package.h"
#include "rpcasplit/gstrpcasplit.h"

static gboolean plugin_init(GstPlugin* plugin) {
  return GST_ELEMENT_REGISTER(rpcasplit, plugin) && GST_ELEMENT_REGISTER(lowrankcompress, plugin) &&
         GST_ELEMENT_REGISTER(lowrankparse, plugin) &&
         GST_ELEMENT_REGISTER(lowrankdecompress, plugin) && gst_lowrank::register_typefind(plugin);
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, lowrank,
                  "Video by low-rank matrix factorization", plugin_init, VERSION, "LGPL",
                  LOWRANK_PACKAGE_NAME, LOWRANK_PACKAGE_ORIGIN)
