// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "lowrank/codec.h"

namespace gst_lowrank {

/// Makes one line of the times of streams that were joined: where a key begins before what comes
/// before it, the times from there on are shifted so that it follows.
class Timeline {
 public:
  explicit Timeline(std::uint64_t shift = 0) : shift_(shift) {}

  /// The time of the next picture, in the order of the stream. A picture without a time follows the
  /// one before it; nothing when that has no end.
  std::optional<std::uint64_t> place(const lowrank::PictureInfo& info, bool key) {
    if (!info.time) {
      last_ = end_;
      end_ = last_ && info.duration ? std::optional(*last_ + *info.duration) : std::nullopt;
      return last_;
    }
    if (key && last_ && *info.time + shift_ < *last_)
      shift_ = end_.value_or(*last_) - *info.time;
    last_ = *info.time + shift_;
    end_ = *last_ + info.duration.value_or(0);
    return last_;
  }

  std::uint64_t shift() const { return shift_; }
  /// When the last picture ends.
  std::optional<std::uint64_t> end() const { return end_; }

 private:
  std::uint64_t shift_;
  std::optional<std::uint64_t> last_;
  std::optional<std::uint64_t> end_;
};

}  // namespace gst_lowrank
