// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_RPCA_SPLIT (gst_rpca_split_get_type())
G_DECLARE_FINAL_TYPE(GstRpcaSplit, gst_rpca_split, GST, RPCA_SPLIT, GstElement)

GST_ELEMENT_REGISTER_DECLARE(rpcasplit)

G_END_DECLS
