// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include "lowrank/image.h"

namespace lowrank {

/// Elements that a row of `width` takes with its padding: whole vectors of 64 in pairs, for kernels
/// that read luma by pairs along a padded row of chroma.
constexpr int padded_width(int width) {
  return (width + 127) / 128 * 128;
}

/// A row of bytes for kernels, `extra` more of them than its padding.
inline std::vector<std::uint8_t> padded_row(int width, int extra = 0) {
  return std::vector<std::uint8_t>(static_cast<std::size_t>(padded_width(width) + extra));
}

/// Says that a raster need not be zero when it is made.
struct Unset {};
constexpr Unset unset;

/// A width × height plane of the engine's own, zero when made. Rows are padded, so kernels may read
/// and write whole vectors past a row's end.
template <typename T>
class Raster {
 public:
  Raster() = default;
  Raster(int width, int height) : Raster(width, height, unset) { fill(T{}); }
  Raster(int width, int height, Unset)
      : width_(width), height_(height), stride_(padded_width(width)) {
    const std::size_t bytes = static_cast<std::size_t>(stride_) * height * sizeof(T);
    data_ = static_cast<T*>(::operator new(bytes, alignment));
  }
  Raster(const Raster&) = delete;
  Raster(Raster&& other) noexcept { swap(other); }
  Raster& operator=(Raster other) noexcept {
    swap(other);
    return *this;
  }
  ~Raster() { ::operator delete(data_, alignment); }

  void swap(Raster& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(width_, other.width_);
    std::swap(height_, other.height_);
    std::swap(stride_, other.stride_);
  }

  int width() const { return width_; }
  int height() const { return height_; }
  std::ptrdiff_t stride() const { return stride_; }
  bool empty() const { return !data_; }
  T* row(int y) { return data_ + y * stride_; }
  const T* row(int y) const { return data_ + y * stride_; }
  T& at(int x, int y) { return row(y)[x]; }
  T at(int x, int y) const { return row(y)[x]; }
  void fill(T value) { std::fill_n(data_, stride_ * height_, value); }

  Plane<T> plane() { return {data_, stride_, 1, width_, height_}; }
  Plane<const T> plane() const { return {data_, stride_, 1, width_, height_}; }

 private:
  static constexpr std::align_val_t alignment{64};
  T* data_ = nullptr;
  int width_ = 0;
  int height_ = 0;
  std::ptrdiff_t stride_ = 0;
};

/// An image of the engine's own, each component in a plane; samples of a byte.
struct OwnedImage {
  ImageFormat format;
  Raster<std::uint8_t> planes[3];

  OwnedImage() = default;
  explicit OwnedImage(const ImageFormat& image_format) : format(image_format) {
    for (int p = 0; p < format.planes(); p++)
      planes[p] = Raster<std::uint8_t>(format.plane_width(p), format.plane_height(p));
  }
  bool empty() const { return planes[0].empty(); }
  MutableImageView view() {
    return {format, {planes[0].plane(), planes[1].plane(), planes[2].plane()}};
  }
  ImageView view() const {
    return {format, {planes[0].plane(), planes[1].plane(), planes[2].plane()}};
  }
};

/// The same with samples of two bytes.
struct OwnedDeepImage {
  ImageFormat format;
  Raster<std::uint16_t> planes[3];

  OwnedDeepImage() = default;
  explicit OwnedDeepImage(const ImageFormat& image_format) : format(image_format) {
    for (int p = 0; p < format.planes(); p++)
      planes[p] = Raster<std::uint16_t>(format.plane_width(p), format.plane_height(p));
  }
  bool empty() const { return planes[0].empty(); }
  ImageView view() const {
    ImageView image{format, {}};
    for (int p = 0; p < format.planes(); p++)
      image.planes[static_cast<std::size_t>(p)] = {
          reinterpret_cast<const std::uint8_t*>(planes[p].row(0)), 2 * planes[p].stride(), 2,
          format.plane_width(p), format.plane_height(p)};
    return image;
  }
};

}  // namespace lowrank
