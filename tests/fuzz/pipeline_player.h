// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include "stream_input.h"

namespace lowrank::fuzz {

/// What came out of the pipeline.
struct Played {
  std::uint64_t samples = 0;  ///< a hash of all buffers
  unsigned buffers = 0;
  bool failed = false;  ///< with an error, not at the end of the stream
  bool operator==(const Played&) const = default;
};

/// `appsrc ! lowrankparse ! lowrankdecompress ! fakesink`, made once and used for input after
/// input.
class PipelinePlayer {
 public:
  PipelinePlayer();
  PipelinePlayer(const PipelinePlayer&) = delete;
  PipelinePlayer& operator=(const PipelinePlayer&) = delete;

  /// Plays the stream in its pieces, to the end or to an error. Half way there may be a flush, or
  /// another `max-rank`.
  Played play(const StreamInput& input);

  /// Whether the same input gives the same again: a flush comes at any moment.
  static bool repeats(const StreamInput& input) { return !input.flushes && !input.rank_changes; }

 private:
  void begin(const StreamInput& input);
  void push(ByteSpan piece);
  void change_half_way(const StreamInput& input);
  bool wait();

  GstElement* pipeline_;
  GstElement* source_;
  GstElement* parser_;
  GstElement* decoder_;
  GstBus* bus_;
  Played played_;
};

/// The one of the program.
PipelinePlayer& player();

}  // namespace lowrank::fuzz
