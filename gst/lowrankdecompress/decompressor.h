// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/gstvideodecoder.h>

#include <optional>

#include "codec/codec_frame.h"
#include "common/gst_ptr.h"
#include "lowrank/codec.h"

namespace gst_lowrank {

/// Everything behind the element lowrankdecompress, in ordinary C++.
///
/// Threads: members under "any thread" may be called at any time. Everything else runs under the
/// stream lock of the decoder, or in a state change while the pads are inactive. The object lock of
/// the element guards settings_.
class Decompressor {
 public:
  explicit Decompressor(GstVideoDecoder* element) : element_(element) {}

  // Any thread.
  lowrank::DecoderOptions settings() const;
  template <typename Change>
  void change_settings(Change&& change) {
    const ObjectLocker locker(element_);
    change(settings_);
  }

  // Streaming thread, and state changes.
  void start();
  void stop();
  void flush();
  bool set_format(GstVideoCodecState* state);
  GstFlowReturn handle_frame(CodecFramePtr frame);

 private:
  lowrank::StreamError push(GstBuffer* buffer);
  GstFlowReturn count_error(const lowrank::StreamError& error);
  void ask_for_key(GstVideoCodecFrame& frame);
  // These two leave `frame` as it is, to be released, or give it to the base class.
  GstFlowReturn decode(CodecFramePtr& frame);
  GstFlowReturn show(CodecFramePtr& frame, const lowrank::DecodedPicture& picture);
  GstVideoInfo output_info(const lowrank::StreamInfo& stream) const;
  bool negotiate(const lowrank::StreamInfo& stream);

  GstVideoDecoder* const element_;

  lowrank::DecoderOptions settings_;

  std::optional<lowrank::Decoder> decoder_;  // from start to stop
  CodecStatePtr input_;
  std::optional<lowrank::StreamInfo> shown_;  // what output_ was made for
  GstVideoInfo output_;
  bool key_asked_for_ = false;
};

}  // namespace gst_lowrank
