// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <vector>

#include "job.h"
#include "spool.h"

namespace batch {

/// The first half of a job: factorizes window after window of the video, and leaves the factors in
/// the checkpoint. Windows that are there are passed over.
class Factorizing {
 public:
  Factorizing(Job& job, Processes& processes, Checkpoint& checkpoint, Progress& progress,
              VideoReader& video);

  /// Sets job.frames. Gives the number of parts that the factors of each window are in.
  std::vector<int> run();

 private:
  struct Times {
    double reading = 0;
    double factorizing = 0;
    double computing = 0;  ///< processor time of this, without what is exchanged
    double writing = 0;
  };

  bool all_done();
  Index windows_done();
  bool fill(Index end);
  void take_window(Index window, Index first, Index frames);
  lowrank::WindowFactors factorize(Index first, Times& times);
  void show(Index window, double part);
  void report(Index window, Index first, const lowrank::WindowFactors& factors, const Times& times,
              const MpiReduction::Traffic& exchanged) const;

  Job& job_;
  Processes& processes_;
  Checkpoint& checkpoint_;
  Progress& progress_;
  VideoReader& video_;
  std::unique_ptr<Spool> spool_;
  std::vector<int> parts_;
  Index step_;              ///< frames from a window to the next
  Index kept_from_ = 0;     ///< frames before are of no window that is still to be factorized
  Index read_ = 0;          ///< frames of the video so far
  Index begun_ = 0;         ///< of these, those of windows that were there
  double expected_ = 0;     ///< frames of the video, about; 0 when not even that is known
  double fill_share_ = .1;  ///< of the time of a window, to read its frames
  double reading_ = 0;      ///< seconds that these took for this window
  Index window_ = 0;
};

}  // namespace batch
