// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>

#include <lowrank/background.h>

#include "band.h"
#include "checkpoint.h"
#include "options.h"
#include "processes.h"
#include "progress.h"
#include "video_reader.h"
#include "window_plan.h"

namespace batch {

/// What all steps of a job go by; but for `band`, the same in all processes.
struct Job {
  Options options;
  lowrank::BackgroundOptions background;
  lowrank::ImageFormat format;
  Band band;              ///< of this process
  Index tile = 0;         ///< rows of M in a tile
  Index window = 0;       ///< frames of one
  Index frames = 0;       ///< of the video; 0 while that is not known
  bool in_file = false;   ///< whether the frames of this process's band do not fit memory
  std::uint64_t run = 0;  ///< a number for this run
  Settings settings;      ///< what a run that goes on with this one's work has to agree in
};

/// Opens the video and looks at what was done in the output folder. The video is at its beginning
/// then. Throws Told or Interrupted.
Job prepare(const Options& options, Processes& processes, Checkpoint& checkpoint,
            Progress& progress, std::unique_ptr<VideoReader>& video);

/// Notes how many frames the video has.
void set_frames(Job& job, Index frames, Processes& processes, Checkpoint& checkpoint);

}  // namespace batch
