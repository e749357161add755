// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>

#include "lowrank/image.h"
#include "lowrank/matrix_view.h"

namespace lowrank {

/// The data matrix M of a window: a column a frame, all components of the frame below each other,
/// each row of pixels after the other.
class FrameMatrix {
 public:
  explicit FrameMatrix(const ImageFormat& format);

  Index frames() const { return frames_; }
  ByteView view() const { return {data_.get(), rows_, frames_}; }
  void append(const ImageView& frame);
  void clear() { frames_ = 0; }

  /// Makes room for that many frames, so that append() need not.
  void reserve(Index frames);

 private:
  struct Free {
    void operator()(std::uint8_t* memory) const { std::free(memory); }
  };

  ImageFormat format_;
  Index rows_;
  Index frames_ = 0;
  Index capacity_ = 0;
  std::unique_ptr<std::uint8_t[], Free> data_;
};

/// The image whose components lie packed below each other from `data` on.
MutableImageView image_of_column(const ImageFormat& format, std::uint8_t* data);
ImageView image_of_column(const ImageFormat& format, const std::uint8_t* data);

}  // namespace lowrank
