// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include "common/gst_ptr.h"

namespace gst_lowrank {

/// Where the buffers of a source pad come from: the peer's pool, or one of our own.
class OutputPool {
 public:
  OutputPool() = default;
  OutputPool(const OutputPool&) = delete;
  OutputPool& operator=(const OutputPool&) = delete;
  ~OutputPool() { reset(); }

  /// Asks the peer of `pad` what it offers for `caps` and activates a pool for frames of `info`.
  /// False when there is none.
  bool negotiate(GstPad* pad, GstCaps* caps, const GstVideoInfo& info);
  GstFlowReturn acquire(BufferPtr& buffer);
  bool active() const { return pool_ != nullptr; }
  void reset();

 private:
  PoolPtr pool_;
};

}  // namespace gst_lowrank
