// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/gstvideoutils.h>

#include <memory>

namespace gst_lowrank {

struct CodecFrameUnref {
  void operator()(GstVideoCodecFrame* frame) const noexcept { gst_video_codec_frame_unref(frame); }
};
struct CodecStateUnref {
  void operator()(GstVideoCodecState* state) const noexcept { gst_video_codec_state_unref(state); }
};

using CodecFramePtr = std::unique_ptr<GstVideoCodecFrame, CodecFrameUnref>;
using CodecStatePtr = std::unique_ptr<GstVideoCodecState, CodecStateUnref>;

}  // namespace gst_lowrank
