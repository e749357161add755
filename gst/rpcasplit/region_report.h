// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include "lowrank/background.h"
#include "rpcasplit/frame_times.h"

namespace gst_lowrank {

/// Adds a GstVideoRegionOfInterestMeta of the type `foreground` for each region, with its index as
/// id and a param structure `foreground` with `area` (#guint64, pixels) and `share` (#gdouble, of
/// its box).
void add_region_metas(const lowrank::Separation& result, GstBuffer* buffer);

/// The same as object-detection metadata of GstAnalytics. Only where GStreamer has it (1.24).
void add_analytics(const lowrank::Separation& result, GstBuffer* buffer);

/// Makes the message `rpcasplit` of each frame.
class RegionMessages {
 public:
  explicit RegionMessages(GstElement* element) : element_(element) {}

  /// `stats` are those after the frame.
  GstMessage* message(const FrameTimes& times, const lowrank::Separation& result,
                      const lowrank::BackgroundStats& stats);
  /// Notes that the model was learned afresh before frames that no message was made for.
  void skip(const lowrank::BackgroundStats& stats) { resets_ = stats.resets; }

 private:
  GstElement* element_;
  guint64 resets_ = 0;
};

}  // namespace gst_lowrank
