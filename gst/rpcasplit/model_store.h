// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lowrank/background.h"

namespace gst_lowrank {

/// Takes the model of an engine to files and back, whichever thread asks for it, and says so on the
/// bus: with element messages `rpcasplit-model`, or warnings where it cannot be done.
///
/// A mutex is held while the streaming thread changes the engine, and while another copies the
/// model out of it; nothing is posted, pushed, read or written meanwhile, so that neither waits for
/// long, and none for ever. The windowed methods have no model: their engine is worked with
/// unlocked.
class ModelStore {
 public:
  ModelStore(GstElement* element, lowrank::BackgroundEngine& engine)
      : element_(element), engine_(engine) {}

  // Any thread.
  void save(const std::string& location);
  /// Reads the file; the model is put in place by the next apply().
  void load(const std::string& location);

  // Streaming thread, and state changes.

  /// To be held around all that changes the engine.
  [[nodiscard]] std::unique_lock<std::mutex> use();
  /// No other thread may have the model from here on: before configure() and before the end.
  void close();
  /// Others may have it, after configure().
  void open();
  /// Puts a model that was read in place of that of the engine, which has been opened.
  void apply();
  /// The same with the file of `location`, if there is one.
  void apply_at_start(const std::string& location);
  /// Drops what waits for apply().
  void forget();

 private:
  struct Model {
    std::string location;
    std::vector<guint8> bytes;
  };

  std::optional<std::vector<guint8>> copy();
  std::optional<Model> take_waiting();
  void put(const Model& model, const char* otherwise);
  std::optional<Model> read(const std::string& location, bool must_exist) const;
  void post(const char* action, const std::string& location) const;

  GstElement* element_;
  lowrank::BackgroundEngine& engine_;
  std::mutex mutex_;
  bool open_ = false;  // written under the mutex, by the streaming thread
  std::mutex waiting_mutex_;
  std::optional<Model> waiting_;
};

}  // namespace gst_lowrank
