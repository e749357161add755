// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <mutex>
#include <string>

#include "codec_support.h"
#include "pipeline.h"

inline constexpr int rate = 25;

inline GstClockTime time_of(int frame) {
  return static_cast<GstClockTime>(frame) * GST_SECOND / rate;
}

// A pipeline that ends in an element "sink", which remembers the frames that come to it.
class Player {
 public:
  explicit Player(const std::string& line) : pipeline_(launch(line)) {
    bus_ = gst_element_get_bus(pipeline_);
    GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline_), "sink");
    if (sink == nullptr)  // playbin takes it in later
      g_object_get(pipeline_, "video-sink", &sink, nullptr);
    GstPad* pad = gst_element_get_static_pad(sink, "sink");
    gst_pad_add_probe(
        pad,
        static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_BOTH |
                                     GST_PAD_PROBE_TYPE_EVENT_FLUSH),
        on_item, this, nullptr);
    gst_object_unref(pad);
    gst_object_unref(sink);
  }
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;
  ~Player() {
    gst_element_set_state(pipeline_, GST_STATE_NULL);
    gst_object_unref(bus_);
    gst_object_unref(pipeline_);
  }

  GstElement* pipeline() const { return pipeline_; }

  void preroll() {
    gst_element_set_state(pipeline_, GST_STATE_PAUSED);
    fail_unless_equals_int(gst_element_get_state(pipeline_, nullptr, nullptr, 20 * GST_SECOND),
                           GST_STATE_CHANGE_SUCCESS);
  }

  // Plays to the end; gives the text of the error, if there was one.
  std::string play() {
    gst_element_set_state(pipeline_, GST_STATE_PLAYING);
    return wait_for(pipeline_, GST_MESSAGE_EOS);
  }

  void seek(double speed, int flags, GstClockTime start, GstClockTime stop = GST_CLOCK_TIME_NONE) {
    fail_unless(gst_element_seek(pipeline_, speed, GST_FORMAT_TIME,
                                 static_cast<GstSeekFlags>(GST_SEEK_FLAG_FLUSH | flags),
                                 GST_SEEK_TYPE_SET, static_cast<gint64>(start), GST_SEEK_TYPE_SET,
                                 static_cast<gint64>(stop)));
  }

  // Numbers of the frames since the last flush, in their order.
  std::string frames() {
    const std::lock_guard lock(mutex_);
    return frames_;
  }
  int count() {
    const std::lock_guard lock(mutex_);
    return count_;
  }
  // Of the first and last frame.
  GstClockTime first_running_time() {
    const std::lock_guard lock(mutex_);
    return first_;
  }
  GstClockTime last_running_time() {
    const std::lock_guard lock(mutex_);
    return last_;
  }
  GstClockTime duration() const {
    gint64 duration = -1;
    fail_unless(gst_element_query_duration(pipeline_, GST_FORMAT_TIME, &duration));
    return static_cast<GstClockTime>(duration);
  }
  GstClockTime position() const {
    gint64 position = -1;
    fail_unless(gst_element_query_position(pipeline_, GST_FORMAT_TIME, &position));
    return static_cast<GstClockTime>(position);
  }

 private:
  static GstPadProbeReturn on_item(GstPad*, GstPadProbeInfo* info, gpointer data) {
    auto* self = static_cast<Player*>(data);
    const std::lock_guard lock(self->mutex_);
    if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
      const GstClockTime pts = GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(info));
      self->frames_ += std::to_string((pts + time_of(1) / 2) / time_of(1)) + " ";
      self->last_ = gst_segment_to_running_time(&self->segment_, GST_FORMAT_TIME, pts);
      if (self->count_++ == 0)
        self->first_ = self->last_;
      return GST_PAD_PROBE_OK;
    }
    GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
    if (GST_EVENT_TYPE(event) == GST_EVENT_SEGMENT)
      gst_event_copy_segment(event, &self->segment_);
    if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_STOP) {
      self->frames_.clear();
      self->count_ = 0;
    }
    return GST_PAD_PROBE_OK;
  }

  GstElement* pipeline_;
  GstBus* bus_;
  std::mutex mutex_;
  std::string frames_;
  int count_ = 0;
  GstClockTime first_ = GST_CLOCK_TIME_NONE;
  GstClockTime last_ = GST_CLOCK_TIME_NONE;
  GstSegment segment_;
};
