// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/base/gstbaseparse.h>

G_BEGIN_DECLS

#define GST_TYPE_LOW_RANK_PARSE (gst_low_rank_parse_get_type())
G_DECLARE_FINAL_TYPE(GstLowRankParse, gst_low_rank_parse, GST, LOW_RANK_PARSE, GstBaseParse)

GST_ELEMENT_REGISTER_DECLARE(lowrankparse)

G_END_DECLS
