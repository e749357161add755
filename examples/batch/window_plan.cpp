// SPDX-License-Identifier: LGPL-2.1-or-later
#include "window_plan.h"

#include <algorithm>

#include <lowrank/window.h>

namespace batch {

WindowPlan::WindowPlan(Index window, Index frames)
    : window_(window),
      frames_(frames),
      overlap_(lowrank::overlap_of_windows(static_cast<int>(window))) {
  const Index step = window_ - overlap_;
  windows_ = frames_ <= window_ ? 1 : 1 + (frames_ - window_ + step - 1) / step;
}

Index WindowPlan::first(Index window) const {
  return std::min(window * (window_ - overlap_), std::max<Index>(0, frames_ - window_));
}

Index WindowPlan::count(Index window) const {
  return std::min(window_, frames_ - first(window));
}

WindowPlan::Place WindowPlan::place(Index frame) const {
  // The last frames of a window go over into the next one's.
  const Index window = std::min(frame / (window_ - overlap_), windows_ - 1);
  if (window == 0)
    return {};
  const Index faded = frame - (end(window - 1) - overlap_);
  if (faded >= overlap_)
    return {window};
  return {window, true, lowrank::fade_weight(faded, overlap_)};
}

}  // namespace batch
