// SPDX-License-Identifier: LGPL-2.1-or-later
#include "window/frame_matrix.h"

#include <algorithm>

#include "lowrank/composite.h"

namespace lowrank {

namespace {

template <typename T>
Image<T> column_image(const ImageFormat& format, T* data) {
  Image<T> image{format, {}};
  for (int p = 0; p < format.planes(); p++) {
    const int width = format.plane_width(p);
    const int height = format.plane_height(p);
    image.planes[static_cast<std::size_t>(p)] = {data, width, 1, width, height};
    data += static_cast<Index>(width) * height;
  }
  return image;
}

}  // namespace

MutableImageView image_of_column(const ImageFormat& format, std::uint8_t* data) {
  return column_image(format, data);
}

ImageView image_of_column(const ImageFormat& format, const std::uint8_t* data) {
  return column_image(format, data);
}

FrameMatrix::FrameMatrix(const ImageFormat& format) : format_(format), rows_(format.samples()) {}

void FrameMatrix::reserve(Index frames) {
  if (frames <= capacity_)
    return;
  data_.grow(static_cast<std::size_t>(frames * rows_));
  capacity_ = frames;
}

std::uint8_t* FrameMatrix::next() {
  if (frames_ == capacity_)
    reserve(std::max<Index>(16, capacity_ + capacity_ / 2));
  return data_.data() + column(frames_) * rows_;
}

void FrameMatrix::append(const ImageView& frame) {
  copy_image(frame, image_of_column(format_, next()));
  frames_++;
}

void FrameMatrix::append(const std::uint8_t* frame) {
  std::copy_n(frame, rows_, next());
  frames_++;
}

void FrameMatrix::clear(Index begin) {
  begin_ = begin;
  frames_ = 0;
}

void FrameMatrix::exchange_oldest(Index count, FrameMatrix& other, Index first) {
  for (Index i = 0; i < count; i++) {
    std::uint8_t* oldest = data_.data() + column(i) * rows_;
    std::swap_ranges(oldest, oldest + rows_, other.data_.data() + other.column(first + i) * rows_);
  }
  begin_ = column(count);
}

}  // namespace lowrank
