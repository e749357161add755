// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include "common/gst_ptr.h"

namespace gst_lowrank {

/// What an output would like its caps to be.
struct CapsWish {
  GstCaps* stream;            ///< caps of the input: size, framerate, pixel aspect ratio and so on
  const GstVideoInfo* input;  ///< the same, parsed
  const GstVideoInfo* content;  ///< the native format that is going to be rendered
  GstVideoFormat first_choice;  ///< taken if the peer takes it
  bool alpha;                   ///< the content has an alpha channel that matters
};

/// The best caps that `peer` accepts, fixed: the first choice, else the content's own format, else
/// whatever loses least (colour, then chroma resolution, then depth). Null when the peer takes
/// nothing of this size and rate.
CapsPtr choose_caps(const CapsWish& wish, GstCaps* peer);

}  // namespace gst_lowrank
