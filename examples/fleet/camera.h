// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include <gst/gst.h>

#include "json_line.h"
#include "service_manager.h"
#include "settings.h"

/// The pipeline of one camera, from its start to its end.
class Camera {
 public:
  /// Throws WrongSettings.
  Camera(const std::string& name, const Settings& settings, guint threads);
  Camera(const Camera&) = delete;
  Camera& operator=(const Camera&) = delete;
  ~Camera();

  /// Plays until a signal ends it, a recording has ended, or something fails: the exit status.
  int run();

 private:
  static gboolean on_message(GstBus*, GstMessage* message, gpointer camera);
  static GstPadProbeReturn on_frame(GstPad*, GstPadProbeInfo*, gpointer camera);
  static gboolean on_tick(gpointer camera);
  static gboolean on_heartbeat(gpointer camera);
  static gboolean on_save(gpointer camera);
  static gboolean on_signal(gpointer camera);
  static gboolean on_interrupt(gpointer camera);
  static gboolean on_impatience(gpointer camera);

  void build(guint threads);
  void play();
  void stop();
  void take(GstMessage* message);
  void tell_frame(const GstStructure* frame);
  void print(JsonLine& line);
  void end(int status, const std::string& reason);

  const std::string name_;
  const Settings& settings_;
  const ServiceManager manager_;
  GMainLoop* loop_;
  GstElement* pipeline_ = nullptr;
  GstElement* split_ = nullptr;

  std::atomic<guint64> frames_{0};  // that have come to rpcasplit
  guint64 frames_seen_ = 0;         // by the last tick
  gint64 last_progress_ = 0;        // monotonic time, microseconds
  guint64 frames_told_ = 0;         // by the last heartbeat
  gint64 last_heartbeat_ = 0;
  bool ready_ = false;
  bool stopping_ = false;
  bool ended_ = false;
  int status_ = 0;
  std::string reason_;
};
