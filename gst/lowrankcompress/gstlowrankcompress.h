// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/gstvideoencoder.h>
#include <gst/video/video.h>

G_BEGIN_DECLS

#define GST_TYPE_LOW_RANK_COMPRESS (gst_low_rank_compress_get_type())
G_DECLARE_FINAL_TYPE(GstLowRankCompress, gst_low_rank_compress, GST, LOW_RANK_COMPRESS,
                     GstVideoEncoder)

GST_ELEMENT_REGISTER_DECLARE(lowrankcompress)

G_END_DECLS
