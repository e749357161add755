// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gst/gst.h>

/// What a camera's file says: FOLDER/NAME.conf, whose keys README.md explains.
struct Settings {
  enum class Lines { none, regions, frames };
  struct Output {
    const char* pad;
    std::string elements;  // as for gst-launch-1.0; empty: not linked
  };

  std::string file;
  std::string uri;     // either this
  std::string source;  // or elements as for gst-launch-1.0
  bool recording = false;
  double patience = 20;     // seconds
  double save_every = 600;  // seconds, 0: only at the end
  double heartbeat = 10;    // seconds, 0: none
  Lines lines = Lines::regions;
  std::vector<std::pair<std::string, std::string>> properties;  // of rpcasplit
  std::array<Output, 3> outputs{{{"foreground", {}}, {"background", {}}, {"mask", {}}}};
};

/// A file of settings is not there or wrong; what() names the file, the key and what is the matter.
class WrongSettings : public std::runtime_error {
 public:
  WrongSettings(const std::string& file, const std::string& text)
      : std::runtime_error(file + ": " + text) {}
};

/// Throws WrongSettings.
Settings read_settings(const std::string& folder, const std::string& name);

/// Sets the properties that the file names. Throws WrongSettings.
void apply_properties(const Settings& settings, GstElement* split);
