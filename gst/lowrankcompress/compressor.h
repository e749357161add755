// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/gstvideoencoder.h>

#include <optional>

#include "codec/codec_frame.h"
#include "common/gst_ptr.h"
#include "lowrank/codec.h"

namespace gst_lowrank {

/// What the user asked for.
struct CompressSettings {
  lowrank::EncoderOptions options;
  guint64 revision = 0;  ///< counts the changes
};

/// Everything behind the element lowrankcompress, in ordinary C++.
///
/// Threads: members under "any thread" may be called at any time. Everything else runs under the
/// stream lock of the encoder, or in a state change while the pads are inactive. The object lock of
/// the element guards settings_ and stats_.
class Compressor {
 public:
  explicit Compressor(GstVideoEncoder* element) : element_(element) {}

  // Any thread.
  CompressSettings settings() const;
  template <typename Change>
  void change_settings(Change&& change) {
    const ObjectLocker locker(element_);
    change(settings_.options);
    settings_.revision++;
  }
  lowrank::EncoderStats stats() const;

  // Streaming thread, and state changes.
  void start();
  void stop();
  void flush();
  bool set_format(GstVideoCodecState* state);
  /// Finishes `frame` whatever happens.
  GstFlowReturn handle_frame(GstVideoCodecFrame* frame);

 private:
  void set_output(GstVideoCodecState& state, const lowrank::Encoder& encoder);
  void sync_controlled(const GstVideoCodecFrame& frame);
  void apply_settings();
  bool too_late(GstVideoCodecFrame* frame) const;
  void encode(GstVideoCodecFrame& frame);
  void publish_stats();

  GstVideoEncoder* const element_;

  CompressSettings settings_;
  lowrank::EncoderStats stats_;

  std::optional<lowrank::Encoder> encoder_;  // from the first format on, to stop
  CompressSettings running_;                 // what encoder_ works by
  CodecStatePtr input_;                      // what it is configured for, set when it is there
};

}  // namespace gst_lowrank
