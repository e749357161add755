// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "support.h"

/// Small gray scenes in which something shows, walks or stays, and what masks say of them.
namespace region_scenes {

constexpr int width = 64;
constexpr int height = 48;
inline const std::string caps = raw_caps("GRAY8", width, height);
constexpr GstClockTime frame_time = GST_SECOND / 25;

inline GstBuffer* gray_frame(int index, int (*level)(int index, int x, int y)) {
  GstBuffer* buffer = make_flat_frame(parse_caps(caps), 0, index);
  GstMapInfo map;
  fail_unless(gst_buffer_map(buffer, &map, GST_MAP_WRITE));
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      map.data[y * width + x] = static_cast<guint8>(level(index, x, y));
  gst_buffer_unmap(buffer, &map);
  return buffer;
}

inline int scene(int x, int y) {
  return 40 + (x / 5 * 37 + y / 4 * 53) % 70;
}

constexpr int shows_from = 20;

// From a frame on: a box to the left, one to the right, a larger one below, and specks.
inline int boxes(int index, int x, int y) {
  const bool box = (x >= 6 && x < 18 && y >= 6 && y < 18) ||
                   (x >= 42 && x < 56 && y >= 8 && y < 20) ||
                   (x >= 8 && x < 60 && y >= 28 && y < 44);
  return index >= shows_from && box ? 230 : scene(x, y);
}

// Somebody who walks through the picture again and again.
inline int walker(int index, int x, int y) {
  const int left = index * 5 % width;
  return x >= left && x < left + 10 && y >= 14 && y < 34 ? 230 : scene(x, y);
}

// Somebody who comes and stays.
constexpr int stays_from = 60;
inline int stopped(int index, int x, int y) {
  const bool there = index >= stays_from && x >= 20 && x < 36 && y >= 14 && y < 30;
  return there ? 220 : scene(x, y);
}

inline std::vector<std::uint8_t> mask_of(GstBuffer* buffer) {
  const std::vector<int> values = samples(buffer, parse_caps(caps), 0);
  return {values.begin(), values.end()};
}

inline std::vector<std::uint8_t> pull_mask(const Split& split) {
  GstBuffer* buffer = split.pull(Split::mask);
  const auto mask = mask_of(buffer);
  gst_buffer_unref(buffer);
  return mask;
}

// Pixels of columns [first, last) that are set.
inline int set_in(const std::vector<std::uint8_t>& mask, int first, int last) {
  int count = 0;
  for (int y = 0; y < height; y++)
    for (int x = first; x < last; x++)
      count += mask[static_cast<std::size_t>(y * width + x)] != 0;
  return count;
}

// Frames [first, last) of boxes(); the mask of the last one.
inline std::vector<std::uint8_t> watch(Split& split, int first, int last) {
  std::vector<std::uint8_t> mask;
  for (int i = first; i < last; i++) {
    fail_unless_equals_int(split.push(gray_frame(i, boxes)), GST_FLOW_OK);
    mask = pull_mask(split);
  }
  return mask;
}

}  // namespace region_scenes
