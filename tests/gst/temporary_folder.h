// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <glib.h>
#include <glib/gstdio.h>

#include <string>

/// A folder for the files of a test, which goes with them.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(g_dir_make_tmp("lowrank-XXXXXX", nullptr)) {}
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    GDir* folder = g_dir_open(path_, 0, nullptr);
    while (const gchar* name = g_dir_read_name(folder))
      g_remove(file(name).c_str());
    g_dir_close(folder);
    g_rmdir(path_);
    g_free(path_);
  }

  std::string path() const { return path_; }
  std::string file(const std::string& name) const { return path() + "/" + name; }
  /// The path of a file with these bytes.
  std::string write(const std::string& name, const std::string& bytes) const {
    g_file_set_contents(file(name).c_str(), bytes.data(), static_cast<gssize>(bytes.size()),
                        nullptr);
    return file(name);
  }

 private:
  gchar* path_;
};
