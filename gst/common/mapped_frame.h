// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include "common/gst_ptr.h"

namespace gst_lowrank {

/// A mapped video frame, unmapped when it goes. The buffer has to live as long.
class MappedFrame {
 public:
  /// Maps `buffer`, which holds a frame of `info`. Throws ElementError when the buffer is smaller
  /// than the caps or its GstVideoMeta say, naming both sizes.
  MappedFrame(GstBuffer* buffer, const GstVideoInfo& info, GstMapFlags flags);
  MappedFrame(const MappedFrame&) = delete;
  MappedFrame& operator=(const MappedFrame&) = delete;
  ~MappedFrame() { gst_video_frame_unmap(&frame_); }

  GstVideoFrame& operator*() { return frame_; }

 private:
  GstVideoFrame frame_;
};

/// A frame of our own to convert from or to, mapped for good.
class ScratchFrame {
 public:
  explicit ScratchFrame(const GstVideoInfo& info);
  GstVideoFrame& operator*() { return *mapped_; }

 private:
  BufferPtr buffer_;
  MappedFrame mapped_;
};

/// GstVideoConverter between two formats of the same size.
class Converter {
 public:
  /// How samples that `to` has fewer bits or fewer chroma samples for are made: with dithering and
  /// a filter, for the eye; or the high bits, and each chroma sample repeated or the first one
  /// taken, so that the way back to a format gives the samples that it came with.
  enum class Rounding { dithered, plain };

  /// `threads` 0 is one a core.
  Converter(const GstVideoInfo& from, const GstVideoInfo& to, unsigned threads, Rounding rounding);
  void convert(const GstVideoFrame& from, GstVideoFrame& to);

 private:
  struct Free {
    void operator()(GstVideoConverter* converter) const noexcept {
      gst_video_converter_free(converter);
    }
  };
  std::unique_ptr<GstVideoConverter, Free> converter_;
};

}  // namespace gst_lowrank
