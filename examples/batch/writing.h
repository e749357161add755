// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <lowrank/window.h>

#include "job.h"
#include "video_writer.h"
#include "window_plan.h"

namespace batch {

/// The second half of a job: reads the video again, separates each frame by the factors of its
/// windows, and writes the three videos. The processes share them out; what is there already, of
/// the same settings, is left.
class Writing {
 public:
  /// `parts` are those that the factors of each window are in.
  Writing(const Job& job, Processes& processes, Checkpoint& checkpoint, Progress& progress,
          std::vector<int> parts);

  void run();

 private:
  struct Output;

  std::vector<Output> open_outputs(Index piece, const GstVideoInfo& info) const;
  bool is_done(const std::string& name) const;
  Index first_of(Index piece) const { return job_.frames * piece / job_.options.pieces; }
  bool is_mine(std::size_t kind, Index piece) const;
  std::string name_of_piece(std::size_t kind, Index piece) const;
  void write_outputs();
  void write_piece(Index piece, VideoReader& video, lowrank::WindowRenderer& renderer);
  void next_frame(VideoReader& video);
  lowrank::Separation separate(lowrank::WindowRenderer& renderer, const lowrank::ImageView& frame,
                               Index number);
  const lowrank::WindowFactors& factors(Index window);
  std::filesystem::path final_path(const std::string& name) const;
  std::filesystem::path marker(const std::string& name) const;
  std::string settings() const;

  const Job& job_;
  Processes& processes_;
  Checkpoint& checkpoint_;
  Progress& progress_;
  std::vector<int> parts_;
  WindowPlan plan_;
  std::map<Index, lowrank::WindowFactors> loaded_;
  Index read_ = 0;  ///< frames of the video so far
};

}  // namespace batch
