// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "support.h"

inline GstElement* launch(const std::string& line) {
  GError* problem = nullptr;
  GstElement* pipeline = gst_parse_launch(line.c_str(), &problem);
  fail_unless(pipeline != nullptr && problem == nullptr, "%s", problem ? problem->message : "");
  return pipeline;
}

// Threads of this process.
inline int tasks_of_process() {
  GDir* tasks = g_dir_open("/proc/self/task", 0, nullptr);
  fail_unless(tasks != nullptr);
  int count = 0;
  while (g_dir_read_name(tasks) != nullptr)
    count++;
  g_dir_close(tasks);
  return count;
}

// The next message of a kind, or an error: its text, and nothing where there was none. `what` is
// said where neither comes.
inline std::string wait_for(GstElement* pipeline, int types, const std::string& what = "") {
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus, 60 * GST_SECOND, static_cast<GstMessageType>(types | GST_MESSAGE_ERROR));
  gst_object_unref(bus);
  fail_unless(message != nullptr, "neither %s nor error within a minute%s",
              gst_message_type_get_name(static_cast<GstMessageType>(types)), what.c_str());
  std::string text;
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    GError* error = nullptr;
    gst_message_parse_error(message, &error, nullptr);
    text = error->message;
    g_error_free(error);
  }
  gst_message_unref(message);
  return text;
}

// Plays to the end; gives the text of the error, if there was one.
inline std::string play(GstElement* pipeline, const std::string& what = "") {
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  return wait_for(pipeline, GST_MESSAGE_EOS, what);
}

inline void finish(GstElement* pipeline) {
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
}
