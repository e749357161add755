// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <mutex>

#include "rpcasplit/frame_times.h"

namespace gst_lowrank {

/// What the sink behind one source pad has said of its lateness (QOS events), and which frames come
/// too late for it therefore. A sink that is late has to be caught up with: the next frame is worth
/// its time twice that far on, as GstVideoDecoder has it. Thread-safe.
class Lateness {
 public:
  /// Takes a QOS event of the sink.
  void report(GstEvent* qos);

  /// Counts a frame of the pad, as sent or as skipped; true when it is to be skipped. `length` is
  /// the time from one frame to the next, 0 when it is not known.
  bool skips(const FrameTimes& frame, GstClockTime length);

  /// The QOS message about a frame that skips() has just refused.
  GstMessage* message(GstPad* pad, const FrameTimes& frame) const;

  /// Forgets what the sink has said: running time begins anew, or the sink does.
  void forget();
  /// Forgets the counts as well.
  void reset();

 private:
  mutable std::mutex mutex_;
  // The last event.
  GstQOSType type_ = GST_QOS_TYPE_UNDERFLOW;
  gdouble proportion_ = 1;
  GstClockTimeDiff jitter_ = 0;
  GstClockTime reported_ = GST_CLOCK_TIME_NONE;  // running time
  GstClockTime earliest_ = GST_CLOCK_TIME_NONE;  // of the last frame asked about
  guint64 processed_ = 0;
  guint64 skipped_ = 0;
};

}  // namespace gst_lowrank
