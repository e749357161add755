// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include <glib.h>

/// An object of JSON on a line of its own: {"camera":"door","time":"…","event":"heartbeat",…}.
class JsonLine {
 public:
  JsonLine(const std::string& camera, const char* event);

  JsonLine& add(const char* key, const std::string& text);
  JsonLine& add(const char* key, const char* text);
  JsonLine& add(const char* key, double number);  // null where it is not finite
  JsonLine& add(const char* key, guint64 number);
  JsonLine& add(const char* key, bool flag);
  /// `json` is a value as it shall stand there.
  JsonLine& add_json(const char* key, const std::string& json);

  /// Writes it to standard output; false if that is gone.
  bool print();

 private:
  std::string text_ = "{";
};
