// SPDX-License-Identifier: LGPL-2.1-or-later
#include "camera.h"

#include <csignal>
#include <cstdlib>

#include <glib-unix.h>
#include <unistd.h>

namespace {

constexpr guint tick_ms = 250;
// What the end of the stream may take to get through, and after it the elements to stop.
constexpr guint end_patience_s = 5;
constexpr unsigned stop_patience_s = 20;

guint in_ms(double seconds) {
  return static_cast<guint>(seconds * 1000);
}

std::string region_json(const GstStructure* region) {
  guint x = 0, y = 0, width = 0, height = 0;
  guint64 area = 0;
  gst_structure_get(region, "x", G_TYPE_UINT, &x, "y", G_TYPE_UINT, &y, "width", G_TYPE_UINT,
                    &width, "height", G_TYPE_UINT, &height, "area", G_TYPE_UINT64, &area, nullptr);
  g_autofree char* text = g_strdup_printf(
      "{\"x\":%u,\"y\":%u,\"width\":%u,\"height\":%u,\"area\":%" G_GUINT64_FORMAT "}", x, y, width,
      height, area);
  return text;
}

}  // namespace

Camera::Camera(const std::string& name, const Settings& settings, guint threads)
    : name_(name), settings_(settings), loop_(g_main_loop_new(nullptr, FALSE)) {
  try {
    build(threads);
  } catch (...) {
    g_clear_object(&split_);
    g_clear_object(&pipeline_);
    g_main_loop_unref(loop_);
    throw;
  }
}

Camera::~Camera() {
  g_object_unref(split_);
  g_object_unref(pipeline_);
  g_main_loop_unref(loop_);
}

void Camera::build(guint threads) {
  std::string text = settings_.source.empty() ? "uridecodebin name=source" : settings_.source;
  text += " ! videoconvert ! rpcasplit name=split ";
  bool linked = false;
  for (const Settings::Output& output : settings_.outputs)
    if (!output.elements.empty()) {
      text += std::string(" split.") + output.pad + " ! queue ! " + output.elements;
      linked = true;
    }
  if (!linked)
    text += " split.mask ! fakesink async=false";
  g_autoptr(GError) error = nullptr;
  pipeline_ = gst_parse_launch_full(text.c_str(), nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  if (error)
    throw WrongSettings(settings_.file, std::string(error->message) + "; the pipeline is " + text);
  // What is said as the elements stop is heard afterwards.
  gst_pipeline_set_auto_flush_bus(GST_PIPELINE(pipeline_), FALSE);

  split_ = gst_bin_get_by_name(GST_BIN(pipeline_), "split");
  const std::string model = name_ + ".model";
  g_object_set(split_, "model-location", model.c_str(), "threads", threads, "post-messages",
               settings_.lines != Settings::Lines::none, nullptr);
  apply_properties(settings_, split_);
  if (!settings_.uri.empty()) {
    g_autoptr(GstElement) source = gst_bin_get_by_name(GST_BIN(pipeline_), "source");
    g_object_set(source, "uri", settings_.uri.c_str(), nullptr);
  }
  g_autoptr(GstPad) pad = gst_element_get_static_pad(split_, "sink");
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, on_frame, this, nullptr);
}

int Camera::run() {
  JsonLine line(name_, "start");
  line.add("process", static_cast<guint64>(getpid()));
  print(line);
  play();
  stop();
  JsonLine last(name_, "stop");
  last.add("frames", frames_.load()).add("reason", reason_);
  print(last);
  return status_;
}

void Camera::play() {
  g_autoptr(GstBus) bus = gst_element_get_bus(pipeline_);
  gst_bus_add_watch(bus, on_message, this);
  g_unix_signal_add(SIGINT, on_interrupt, this);
  for (const int number : {SIGTERM, SIGUSR1})
    g_unix_signal_add(number, on_signal, this);
  g_timeout_add(tick_ms, on_tick, this);
  if (settings_.heartbeat > 0)
    g_timeout_add(in_ms(settings_.heartbeat), on_heartbeat, this);
  if (settings_.save_every > 0)
    g_timeout_add(in_ms(settings_.save_every), on_save, this);

  last_progress_ = last_heartbeat_ = g_get_monotonic_time();
  // A failure is on the bus, with its reason.
  gst_element_set_state(pipeline_, GST_STATE_PLAYING);
  if (!ended_)
    g_main_loop_run(loop_);
  gst_bus_remove_watch(bus);
}

// rpcasplit saves its model as it stops.
void Camera::stop() {
  manager_.tell("STOPPING=1");
  // A driver or a network file system that hangs must not keep the camera from being started again.
  alarm(stop_patience_s);
  gst_element_set_state(pipeline_, GST_STATE_NULL);
  alarm(0);
  g_autoptr(GstBus) bus = gst_element_get_bus(pipeline_);
  while (GstMessage* message = gst_bus_pop(bus)) {
    take(message);
    gst_message_unref(message);
  }
}

// The first reason counts: what fails after it fails because of it.
void Camera::end(int status, const std::string& reason) {
  if (!ended_) {
    status_ = status;
    reason_ = reason;
  }
  ended_ = true;
  g_main_loop_quit(loop_);
}

void Camera::print(JsonLine& line) {
  if (line.print() || ended_)
    return;
  g_printerr("%s: standard output cannot be written\n", name_.c_str());
  end(EXIT_FAILURE, "output");
}

gboolean Camera::on_message(GstBus*, GstMessage* message, gpointer camera) {
  static_cast<Camera*>(camera)->take(message);
  return G_SOURCE_CONTINUE;
}

void Camera::take(GstMessage* message) {
  g_autoptr(GError) error = nullptr;
  const GstStructure* fields = gst_message_get_structure(message);
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ERROR:
      gst_message_parse_error(message, &error, nullptr);
      g_printerr("%s: error: %s: %s\n", name_.c_str(), GST_MESSAGE_SRC_NAME(message),
                 error->message);
      end(EXIT_FAILURE, "error");
      break;
    case GST_MESSAGE_WARNING:
      gst_message_parse_warning(message, &error, nullptr);
      g_printerr("%s: warning: %s: %s\n", name_.c_str(), GST_MESSAGE_SRC_NAME(message),
                 error->message);
      break;
    case GST_MESSAGE_EOS:
      if (!stopping_ && !settings_.recording)
        g_printerr("%s: error: the stream has ended\n", name_.c_str());
      end(stopping_ || settings_.recording ? EXIT_SUCCESS : EXIT_FAILURE,
          stopping_ ? "signal" : "end of stream");
      break;
    case GST_MESSAGE_ELEMENT:
      if (gst_structure_has_name(fields, "rpcasplit")) {
        tell_frame(fields);
      } else if (gst_structure_has_name(fields, "rpcasplit-model")) {
        JsonLine line(name_, "model");
        line.add("action", gst_structure_get_string(fields, "action"))
            .add("location", gst_structure_get_string(fields, "location"));
        print(line);
      }
      break;
    default:
      break;
  }
}

void Camera::tell_frame(const GstStructure* frame) {
  const GValue* regions = gst_structure_get_value(frame, "regions");
  const guint count = gst_value_list_get_size(regions);
  if (count == 0 && settings_.lines != Settings::Lines::frames)
    return;
  guint64 time = GST_CLOCK_TIME_NONE;
  double ratio = 0;
  gboolean change = FALSE;
  gst_structure_get(frame, "stream-time", G_TYPE_UINT64, &time, "foreground-ratio", G_TYPE_DOUBLE,
                    &ratio, "scene-change", G_TYPE_BOOLEAN, &change, nullptr);
  std::string list = "[";
  for (guint i = 0; i < count; i++) {
    list += i > 0 ? "," : "";
    list += region_json(gst_value_get_structure(gst_value_list_get_value(regions, i)));
  }
  list += ']';
  JsonLine line(name_, "frame");
  if (GST_CLOCK_TIME_IS_VALID(time))
    line.add("stream_time", static_cast<double>(time) / GST_SECOND);
  line.add("foreground_ratio", ratio).add("scene_change", change == TRUE).add_json("regions", list);
  print(line);
}

GstPadProbeReturn Camera::on_frame(GstPad*, GstPadProbeInfo*, gpointer camera) {
  static_cast<Camera*>(camera)->frames_++;
  return GST_PAD_PROBE_OK;
}

gboolean Camera::on_tick(gpointer data) {
  auto* camera = static_cast<Camera*>(data);
  const gint64 now = g_get_monotonic_time();
  const guint64 frames = camera->frames_;
  if (frames != camera->frames_seen_)
    camera->last_progress_ = now;
  camera->frames_seen_ = frames;
  if (frames > 0 && !camera->ready_) {
    camera->ready_ = true;
    camera->manager_.tell("READY=1");
  }
  const double idle = static_cast<double>(now - camera->last_progress_) / G_USEC_PER_SEC;
  if (idle > camera->settings_.patience && !camera->stopping_) {
    g_printerr("%s: error: no frame for %.0f seconds\n", camera->name_.c_str(), idle);
    camera->end(EXIT_FAILURE, "no frames");
  } else {
    camera->manager_.tell("WATCHDOG=1");
  }
  return G_SOURCE_CONTINUE;
}

gboolean Camera::on_heartbeat(gpointer data) {
  auto* camera = static_cast<Camera*>(data);
  const gint64 now = g_get_monotonic_time();
  const guint64 frames = camera->frames_;
  const double seconds = static_cast<double>(now - camera->last_heartbeat_) / G_USEC_PER_SEC;
  const double rate = static_cast<double>(frames - camera->frames_told_) / seconds;
  camera->frames_told_ = frames;
  camera->last_heartbeat_ = now;

  GstStructure* stats = nullptr;
  g_object_get(camera->split_, "stats", &stats, nullptr);
  double ratio = 0;
  guint64 resets = 0, mean_ns = 0;
  gst_structure_get(stats, "foreground-ratio", G_TYPE_DOUBLE, &ratio, "resets", G_TYPE_UINT64,
                    &resets, "mean-time", G_TYPE_UINT64, &mean_ns, nullptr);
  gst_structure_free(stats);
  JsonLine line(camera->name_, "heartbeat");
  line.add("frames", frames)
      .add("frames_per_second", rate)
      .add("foreground_ratio", ratio)
      .add("resets", resets)
      .add("mean_ms", static_cast<double>(mean_ns) / 1e6);
  camera->print(line);

  g_autofree char* status =
      g_strdup_printf("STATUS=%" G_GUINT64_FORMAT " frames, %.1f a second, %.2f %% of them moves",
                      frames, rate, 100 * ratio);
  camera->manager_.tell(status);
  return G_SOURCE_CONTINUE;
}

gboolean Camera::on_save(gpointer camera) {
  g_signal_emit_by_name(static_cast<Camera*>(camera)->split_, "save-model");
  return G_SOURCE_CONTINUE;
}

// End of stream lets encoders and muxers complete what they write. A supervisor may say it twice,
// to this process and to all of its group.
gboolean Camera::on_signal(gpointer data) {
  auto* camera = static_cast<Camera*>(data);
  if (camera->stopping_)
    return G_SOURCE_CONTINUE;
  camera->stopping_ = true;
  if (gst_element_send_event(camera->pipeline_, gst_event_new_eos()))
    g_timeout_add_seconds(end_patience_s, on_impatience, camera);
  else
    camera->end(EXIT_SUCCESS, "signal");
  return G_SOURCE_CONTINUE;
}

// Who cannot wait for it presses Ctrl-C again.
gboolean Camera::on_interrupt(gpointer data) {
  auto* camera = static_cast<Camera*>(data);
  if (camera->stopping_)
    camera->end(EXIT_SUCCESS, "signal");
  return on_signal(camera);
}

gboolean Camera::on_impatience(gpointer camera) {
  static_cast<Camera*>(camera)->end(EXIT_SUCCESS, "signal");
  return G_SOURCE_REMOVE;
}
