// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

namespace gst_lowrank {

/// For how long a model has been learning: the running time that has passed since its first frame.
/// Where running time is unknown, or goes back as after a seek, the frame before counts with its
/// duration.
class LearnClock {
 public:
  /// The next frame is the first.
  void restart() { *this = {}; }

  /// `running` may be GST_CLOCK_TIME_NONE.
  void frame(GstClockTime running, GstClockTime duration) {
    if (started_) {
      const bool known = GST_CLOCK_TIME_IS_VALID(running) && GST_CLOCK_TIME_IS_VALID(last_);
      elapsed_ += known && running >= last_ ? running - last_ : duration_;
    }
    started_ = true;
    last_ = running;
    duration_ = duration;
  }

  GstClockTime elapsed() const { return elapsed_; }

 private:
  bool started_ = false;
  GstClockTime last_ = GST_CLOCK_TIME_NONE;
  GstClockTime duration_ = 0;
  GstClockTime elapsed_ = 0;
};

}  // namespace gst_lowrank
