// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <mutex>
#include <vector>

#include "lowrank/background.h"

namespace gst_lowrank {

/// Where others say that there is foreground: upstream by GstVideoRegionOfInterestMeta on its
/// buffers, downstream by events. Thread-safe.
class Hints {
 public:
  /// Takes a custom upstream event `rpcasplit-foreground`; false when it is none. One that makes no
  /// sense is taken as well, and logged.
  bool take(GstPad* pad, GstEvent* event);

  /// The hints of downstream for the next frame, of this stream time or GST_CLOCK_TIME_NONE. An
  /// event counts from the first frame on that is asked for after it, for its duration; without
  /// times it counts for one frame.
  std::vector<lowrank::Rectangle> of_downstream(GstClockTime stream_time);

  void clear();

 private:
  struct Hint {
    lowrank::Rectangle rectangle;
    GstClockTime duration;
    GstClockTime since = GST_CLOCK_TIME_NONE;  ///< set with the first frame
  };

  std::mutex mutex_;
  std::vector<Hint> hints_;
};

/// Adds the regions of interest that `buffer` carries.
void add_region_hints(GstBuffer* buffer, std::vector<lowrank::Rectangle>& hints);

}  // namespace gst_lowrank
