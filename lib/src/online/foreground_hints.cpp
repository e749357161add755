// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/foreground_hints.h"

#include <algorithm>
#include <cmath>

#include "lowrank/composite.h"

namespace lowrank {
namespace {

struct Span {
  int first, last;
};

// [start, start + length) moved by −by and cut off at [0, end); no sum overflows.
Span moved(int start, int length, float by, int end) {
  const double first = std::floor(static_cast<double>(start) - by);
  const double last = std::ceil(static_cast<double>(start) + length - by);
  return {static_cast<int>(std::clamp(first, 0.0, static_cast<double>(end))),
          static_cast<int>(std::clamp(last, 0.0, static_cast<double>(end)))};
}

// The samples of a plane that the rectangle touches.
Rectangle in_plane(const Rectangle& luma, int plane, const ImageFormat& format) {
  const int shift_x = plane ? format.chroma_shift_x : 0;
  const int shift_y = plane ? format.chroma_shift_y : 0;
  const int x = luma.x >> shift_x;
  const int y = luma.y >> shift_y;
  const auto end = [](int last, int shift) { return (last + (1 << shift) - 1) >> shift; };
  return {x, y, end(luma.x + luma.width, shift_x) - x, end(luma.y + luma.height, shift_y) - y};
}

// Calls `words(raster, rectangle)` and `bytes(raster, rectangle)` for each part of the model that
// learning changes.
template <typename Model, typename Words, typename Bytes>
void for_each_part(Model& model, const Rectangle& luma, const Words& words, const Bytes& bytes) {
  for (int p = 0; p < model.format.planes(); p++) {
    const Rectangle rectangle = in_plane(luma, p, model.format);
    words(model.components[p].plate, rectangle);
    words(model.components[p].noise, rectangle);
    bytes(model.components[p].weight, rectangle);
  }
  words(model.still, luma);
  bytes(model.last_value, luma);
  bytes(model.evidence, luma);
}

template <typename T>
void append(const Raster<T>& raster, const Rectangle& r, std::vector<T>& out) {
  for (int y = r.y; y < r.y + r.height; y++)
    out.insert(out.end(), raster.row(y) + r.x, raster.row(y) + r.x + r.width);
}

template <typename T>
void put_back(typename std::vector<T>::const_iterator& from, const Rectangle& r,
              Raster<T>& raster) {
  for (int y = r.y; y < r.y + r.height; y++, from += r.width)
    std::copy_n(from, r.width, raster.row(y) + r.x);
}

}  // namespace

void ForegroundHints::set(std::span<const Rectangle> hints, Shift shift,
                          const ImageFormat& format) {
  rectangles_.clear();
  for (const Rectangle& hint : hints) {
    const Span across = moved(hint.x, hint.width, shift.dx, format.width);
    const Span down = moved(hint.y, hint.height, shift.dy, format.height);
    if (hint.width > 0 && hint.height > 0 && across.first < across.last && down.first < down.last)
      rectangles_.push_back(
          {across.first, down.first, across.last - across.first, down.last - down.first});
  }
}

void ForegroundHints::mark(Raster<std::uint8_t>& mask, std::vector<std::uint8_t>& rows) const {
  for (const Rectangle& r : rectangles_) {
    for (int y = r.y; y < r.y + r.height; y++) {
      std::fill_n(mask.row(y) + r.x, r.width, std::uint8_t{255});
      rows[static_cast<std::size_t>(y)] = 1;
    }
  }
}

void ForegroundHints::save(const PlateModel& model) {
  saved_.resize(rectangles_.size());
  for (std::size_t i = 0; i < rectangles_.size(); i++) {
    Saved& saved = saved_[i];
    saved.words.clear();
    saved.bytes.clear();
    for_each_part(
        model, rectangles_[i],
        [&](const auto& raster, const Rectangle& r) { append(raster, r, saved.words); },
        [&](const auto& raster, const Rectangle& r) { append(raster, r, saved.bytes); });
  }
}

void ForegroundHints::restore(PlateModel& model) const {
  for (std::size_t i = 0; i < rectangles_.size(); i++) {
    auto words = saved_[i].words.begin();
    auto bytes = saved_[i].bytes.begin();
    for_each_part(
        model, rectangles_[i],
        [&](auto& raster, const Rectangle& r) { put_back<std::uint16_t>(words, r, raster); },
        [&](auto& raster, const Rectangle& r) { put_back<std::uint8_t>(bytes, r, raster); });
  }
}

ImageView ForegroundHints::without_foreground(const ImageView& frame, const ImageView& predicted) {
  if (rectangles_.empty())
    return frame;
  if (cleared_.empty())
    cleared_ = OwnedImage(frame.format);
  copy_image(frame, cleared_.view());
  for (const Rectangle& luma : rectangles_) {
    for (int p = 0; p < frame.format.planes(); p++) {
      const Rectangle r = in_plane(luma, p, frame.format);
      for (int y = r.y; y < r.y + r.height; y++)
        std::copy_n(predicted.planes[static_cast<std::size_t>(p)].row(y) + r.x, r.width,
                    cleared_.planes[p].row(y) + r.x);
    }
  }
  return static_cast<const OwnedImage&>(cleared_).view();
}

}  // namespace lowrank
