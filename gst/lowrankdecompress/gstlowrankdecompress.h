// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/gstvideodecoder.h>
#include <gst/video/video.h>

G_BEGIN_DECLS

#define GST_TYPE_LOW_RANK_DECOMPRESS (gst_low_rank_decompress_get_type())
G_DECLARE_FINAL_TYPE(GstLowRankDecompress, gst_low_rank_decompress, GST, LOW_RANK_DECOMPRESS,
                     GstVideoDecoder)

GST_ELEMENT_REGISTER_DECLARE(lowrankdecompress)

G_END_DECLS
