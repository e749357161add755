// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <lowrank/window.h>

#include "factors_file.h"
#include "files.h"
#include "window_plan.h"

namespace batch {

/// Names and values, in the order in which they are written.
using Settings = std::vector<std::pair<std::string, std::string>>;

/// The folder OUT_DIR/.lowrank-batch, which holds what a job has done so far: `job`, the settings
/// that it was begun with; a file of factors for each window and process; what is being written.
/// One process sees to the folder as a whole; each writes factors of its own.
class Checkpoint {
 public:
  explicit Checkpoint(const std::filesystem::path& output);

  const std::filesystem::path& folder() const { return folder_; }

  /// Makes the folder, and keeps other jobs out of it as long as this object is there. Throws
  /// std::runtime_error when another one works there.
  void lock();
  /// Removes all that jobs have left.
  void clear();
  /// Removes the folder.
  void remove();
  /// The job that was begun here; empty if there is none.
  Settings job() const;
  void set_job(const Settings& settings);

  /// Writes the factors of a window, a part of them.
  void write(Index window, const FactorsHeader& header, const lowrank::WindowFactors& factors);
  /// How many parts a window is in, if all of them are there and of the frames; 0 otherwise.
  int parts(Index window, Index first, Index frames) const;
  /// Removes the parts of a window.
  void forget(Index window);
  /// The factors of all rows of a picture. Throws std::runtime_error that names what is missing.
  lowrank::WindowFactors read(Index window, int parts, const lowrank::ImageFormat& format) const;

 private:
  std::filesystem::path path(Index window, int part) const;

  std::filesystem::path folder_;
  std::unique_ptr<Descriptor> lock_;
};

/// Says which setting of a job that was begun is another than that of the one that is to go on;
/// empty if there is none.
std::string difference(const Settings& begun, const Settings& wanted);

/// The value of a setting; empty if it is not there.
std::string value_of(const Settings& settings, const std::string& name);

}  // namespace batch
