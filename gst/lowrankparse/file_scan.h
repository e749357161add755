// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "lowrank/codec.h"
#include "lowrankparse/timeline.h"

namespace gst_lowrank {

/// A picture that decoding can begin at.
struct KeyPlace {
  std::uint64_t position = 0;  ///< byte of the file
  std::uint64_t time = 0;      ///< on the timeline of the file
  std::uint64_t shift = 0;     ///< Timeline::shift there
};

/// Knows the keys of a file: those it is told of, and those it finds by the headers of the packets,
/// without reading the rest. Goes as far as it is asked to, and goes on from there the next time.
/// Thread-safe.
class FileScan {
 public:
  /// `pad` pulls from the file.
  explicit FileScan(GstPad* pad) : pad_(pad) {}

  void reset(const lowrank::CodecLimits& limits);

  struct Neighbors {
    std::optional<KeyPlace> before;  ///< the last key at or before a time
    std::optional<KeyPlace> after;   ///< the first one behind it
  };
  /// Goes through the file for them if `may_read`.
  Neighbors find(std::uint64_t time, bool may_read);
  void add(const KeyPlace& key);

  /// Timeline::shift of the key at `position`, as far as it is known.
  std::uint64_t shift_at(std::uint64_t position) const;

  struct End {
    std::optional<std::uint64_t> time;  ///< if it is to be found
    bool on_timeline = false;           ///< or by the last picture's own time, without a shift
    bool interrupted = false;           ///< by a flush: it may be found another time
  };
  /// When the last picture of the file ends. Goes through all of a file that is not too large, and
  /// looks at the last bytes of others; `sequence` is a sequence packet that holds for them.
  End end(lowrank::ByteSpan sequence);

 private:
  bool read(std::uint64_t position, std::size_t size, std::vector<std::uint8_t>& bytes);
  lowrank::ByteSpan header_at(std::uint64_t position);
  void insert(const KeyPlace& key);
  bool step();
  bool advance();
  bool find_next_picture();
  End end_of_tail(std::uint64_t size, lowrank::ByteSpan sequence);

  GstPad* const pad_;
  mutable std::mutex mutex_;  // guards all below; nothing is pushed or posted under it
  lowrank::CodecLimits limits_;
  std::uint64_t position_ = 0;    // of the next picture
  std::size_t picture_size_ = 0;  // of the last one
  bool at_end_ = false;
  bool interrupted_ = false;  // the last reading, by something else than the end
  lowrank::StreamInfo stream_;
  Timeline timeline_;
  std::vector<KeyPlace> keys_;  // ascending
  std::uint64_t block_position_ = 0;
  std::vector<std::uint8_t> block_;
};

}  // namespace gst_lowrank
