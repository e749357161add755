// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <mutex>

#include "common/gst_ptr.h"

namespace gst_lowrank {

/// Where the buffers of a source pad come from: the peer's pool, or one of our own. Streaming
/// thread only, but for set_flushing().
class OutputPool {
 public:
  OutputPool() = default;
  OutputPool(const OutputPool&) = delete;
  OutputPool& operator=(const OutputPool&) = delete;
  ~OutputPool() { reset(); }

  /// Asks the peer of `pad` what it offers for `caps` and activates a pool for frames of `info`.
  /// False when there is none.
  bool negotiate(GstPad* pad, GstCaps* caps, const GstVideoInfo& info);
  /// Waits for a buffer where the pool has a limit; flushing while set_flushing() says so.
  GstFlowReturn acquire(BufferPtr& buffer);
  /// Any thread: ends the waiting of acquire(), or lets it wait again.
  void set_flushing(bool flushing);
  bool active() const { return pool_ != nullptr; }
  void reset();

 private:
  std::mutex mutex_;  // of both; pool_ is written by the streaming thread alone
  PoolPtr pool_;
  bool flushing_ = false;
};

}  // namespace gst_lowrank
