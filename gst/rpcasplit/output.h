// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <atomic>
#include <optional>
#include <vector>

#include "common/gst_ptr.h"
#include "common/mapped_frame.h"
#include "lowrank/background.h"
#include "rpcasplit/lateness.h"
#include "rpcasplit/output_pool.h"
#include "rpcasplit/settings.h"

namespace gst_lowrank {

/// The stream as its CAPS event described it.
struct Stream {
  CapsPtr caps;
  GstVideoInfo input;           ///< parsed from `caps`
  GstVideoInfo work;            ///< the format handed to the library; `input` when it reads that
  lowrank::ImageFormat format;  ///< the same in the library's words

  /// Whether frames are, or may be, two fields that lie between each other.
  bool interlaced() const { return GST_VIDEO_INFO_IS_INTERLACED(&input); }
};

/// One source pad: negotiates its caps, owns its pool, and renders what the pad shows. Streaming
/// thread only, but for lateness(), set_flushing() and unlinked().
class Output {
 public:
  enum class Role { foreground, background, mask };

  Output(Role role, GstPad* pad) : role_(role), pad_(pad) {}

  GstPad* pad() const { return pad_; }

  /// Settles caps for `stream` and sends them. Without a peer these are the caps liked best.
  GstFlowReturn negotiate(const Stream& stream, const Settings& settings);

  /// Before each frame: negotiates when peer, stream or mode have changed since the last one. A
  /// peer that takes nothing is an error of the element.
  GstFlowReturn prepare(const Stream& stream, const Settings& settings);
  /// Renders `result` into a new buffer with the metadata of `shell`. `input` is the frame as it
  /// came, whose memory the buffer may share, or null when it is gone.
  GstFlowReturn render(const Settings& settings, const lowrank::Separation& result,
                       GstBuffer* shell, GstBuffer* input, BufferPtr& buffer);
  GstFlowReturn push(BufferPtr buffer);
  /// Sends a GAP event in place of the frame whose metadata are in `shell`.
  GstFlowReturn push_gap(GstBuffer* shell);

  Lateness& lateness() { return lateness_; }
  /// Ends waiting for a buffer, which the peer may not give back, or lets it begin again.
  void set_flushing(bool flushing) { pool_.set_flushing(flushing); }

  /// Whether there is a peer that took the last frame.
  bool willing() const {
    return gst_pad_is_linked(pad_) && gst_pad_get_last_flow_return(pad_) == GST_FLOW_OK;
  }

  /// The peer is going: what it takes says nothing of the next.
  void unlinked() { unlinks_++; }

  /// The next frame has to negotiate.
  void invalidate() { negotiated_ = false; }
  /// Back to the state before the first frame.
  void reset();

 private:
  bool shows_alpha(const Settings& settings) const;
  GstVideoInfo content_info(const Stream& stream, bool alpha) const;
  bool note_peer();
  GstFlowReturn settle_caps(const Stream& stream, const Settings& settings);
  GstFlowReturn apply_caps(const Stream& stream, const Settings& settings, CapsPtr caps);
  void post_mismatch(const Stream& stream) const;
  void plan_rendering(const Stream& stream, const Settings& settings);
  GstFlowReturn prepare_pool();
  bool shows_input(const Settings& settings) const;
  void paint_background(const Settings& settings, const lowrank::Separation& result,
                        const lowrank::MutableImageView& target);
  void paint(const Settings& settings, const lowrank::Separation& result, GstVideoFrame& target);
  void paint_foreground(const Settings& settings, const lowrank::Separation& result,
                        const lowrank::MutableImageView& target,
                        const std::optional<lowrank::MutablePlaneView>& alpha);
  void paint_opaque(const lowrank::MutablePlaneView& alpha);

  Role role_;
  GstPad* pad_;
  Lateness lateness_;
  bool after_gap_ = false;
  bool negotiated_ = false;
  std::atomic<unsigned> unlinks_{0};
  unsigned negotiated_after_ = 0;  // of unlinks_
  bool alpha_wanted_ = false;      // shows_alpha() when caps were settled
  bool alpha_ = false;             // the mask becomes alpha
  CapsPtr caps_;
  bool input_caps_ = false;       // caps_ are those of the input
  GstVideoInfo info_;             // of caps_
  lowrank::ImageFormat content_;  // what is painted
  bool interlaced_ = false;       // chroma goes with the rows of its field
  OutputPool pool_;
  // Set when the content is not in the pad's format: paint on scratch_, then convert.
  std::optional<ScratchFrame> scratch_;
  std::optional<Converter> converter_;
  std::vector<guint8> opaque_row_;
};

}  // namespace gst_lowrank
