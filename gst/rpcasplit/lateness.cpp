// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/lateness.h"

#include "common/gst_ptr.h"

namespace gst_lowrank {

void Lateness::report(GstEvent* qos) {
  const std::lock_guard lock(mutex_);
  gst_event_parse_qos(qos, &type_, &proportion_, &jitter_, &reported_);
}

bool Lateness::skips(const FrameTimes& frame, GstClockTime length) {
  const std::lock_guard lock(mutex_);
  earliest_ = GST_CLOCK_TIME_NONE;
  if (GST_CLOCK_TIME_IS_VALID(reported_)) {
    const bool late = jitter_ > 0 && type_ != GST_QOS_TYPE_THROTTLE;
    const auto reported = static_cast<GstClockTimeDiff>(reported_);
    const GstClockTimeDiff earliest =
        late ? reported + 2 * jitter_ + static_cast<GstClockTimeDiff>(length) : reported + jitter_;
    earliest_ = static_cast<GstClockTime>(MAX(earliest, 0));
  }
  const bool skip = GST_CLOCK_TIME_IS_VALID(earliest_) &&
                    GST_CLOCK_TIME_IS_VALID(frame.running_time) && frame.running_time < earliest_;
  (skip ? skipped_ : processed_)++;
  return skip;
}

GstMessage* Lateness::message(GstPad* pad, const FrameTimes& frame) const {
  constexpr gint full_quality = 1000000;
  const std::lock_guard lock(mutex_);
  GstMessage* message = gst_message_new_qos(GST_OBJECT_PARENT(pad), FALSE, frame.running_time,
                                            frame.stream_time, frame.timestamp, frame.duration);
  gst_message_set_qos_values(message, GST_CLOCK_DIFF(frame.running_time, earliest_), proportion_,
                             full_quality);
  gst_message_set_qos_stats(message, GST_FORMAT_BUFFERS, processed_, skipped_);
  // The counts are those of one pad.
  const CharPtr name(gst_pad_get_name(pad));
  gst_structure_set(gst_message_writable_structure(message), "pad", G_TYPE_STRING, name.get(),
                    nullptr);
  return message;
}

void Lateness::forget() {
  const std::lock_guard lock(mutex_);
  proportion_ = 1;
  jitter_ = 0;
  reported_ = GST_CLOCK_TIME_NONE;
  earliest_ = GST_CLOCK_TIME_NONE;
}

void Lateness::reset() {
  forget();
  const std::lock_guard lock(mutex_);
  processed_ = 0;
  skipped_ = 0;
}

}  // namespace gst_lowrank
