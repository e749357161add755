// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "band.h"

namespace batch {

/// The windows of a video, as rpcasplit has them: each shares its last quarter with the next one,
/// and the last one has the last frames, as many as a window takes.
class WindowPlan {
 public:
  /// Of a video of so many frames, at least 1.
  WindowPlan(Index window, Index frames);

  Index windows() const { return windows_; }
  Index frames() const { return frames_; }
  Index first(Index window) const;  ///< its first frame
  Index count(Index window) const;  ///< of its frames
  Index end(Index window) const { return first(window) + count(window); }

  struct Place {
    Index window = 0;
    bool fades = false;  ///< the frame is the window's before as well
    float weight = 1;    ///< of `window` then
  };
  /// The window that a frame is shown by.
  Place place(Index frame) const;

 private:
  Index window_;
  Index frames_;
  Index overlap_;
  Index windows_;
};

}  // namespace batch
