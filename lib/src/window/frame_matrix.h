// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "lowrank/image.h"
#include "lowrank/matrix_view.h"
#include "window/growing_bytes.h"

namespace lowrank {

/// The data matrix M of a window: a column a frame, all components of the frame below each other,
/// each row of pixels after the other. The frames may begin at any column and go on from the first
/// after the last one, so that a window takes the columns that an earlier one leaves, in the order
/// in which it leaves them.
class FrameMatrix {
 public:
  explicit FrameMatrix(const ImageFormat& format);

  Index frames() const { return frames_; }
  /// The columns in the order of memory. Frames that do not begin at column 0 have to fill it.
  ByteView view() const { return {data_.data(), rows_, frames_}; }
  /// Where the frame lies that was the `position`-th appended, from 0.
  Index column(Index position) const { return (begin_ + position) % capacity_; }
  const std::uint8_t* frame(Index position) const {
    return data_.data() + column(position) * rows_;
  }

  void append(const ImageView& frame);
  /// A column of another matrix of the format.
  void append(const std::uint8_t* frame);
  /// Empty; the next frame goes to that column.
  void clear(Index begin = 0);
  /// Exchanges the oldest `count` frames with those of `other` from position `first` on: here these
  /// become the newest.
  void exchange_oldest(Index count, FrameMatrix& other, Index first);

  /// Makes room for that many frames, so that append() need not. All begin at column 0.
  void reserve(Index frames);

 private:
  std::uint8_t* next();

  ImageFormat format_;
  Index rows_;
  Index begin_ = 0;
  Index frames_ = 0;
  Index capacity_ = 0;
  GrowingBytes data_;
};

/// The image whose components lie packed below each other from `data` on.
MutableImageView image_of_column(const ImageFormat& format, std::uint8_t* data);
ImageView image_of_column(const ImageFormat& format, const std::uint8_t* data);

}  // namespace lowrank
