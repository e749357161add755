// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/hints.h"

#include <algorithm>

#include "common/video_format.h"
#include "rpcasplit/debug.h"

namespace gst_lowrank {

namespace {

constexpr std::size_t most_hints = 1024;  // what downstream may have going at a time

// Cut off at what no picture exceeds.
lowrank::Rectangle rectangle_of(guint x, guint y, guint width, guint height) {
  const auto within = [](guint v) { return static_cast<int>(std::min<guint>(v, max_size)); };
  return {within(x), within(y), within(width), within(height)};
}

}  // namespace

bool Hints::take(GstPad* pad, GstEvent* event) {
  if (GST_EVENT_TYPE(event) != GST_EVENT_CUSTOM_UPSTREAM ||
      !gst_event_has_name(event, "rpcasplit-foreground"))
    return false;
  const GstStructure* fields = gst_event_get_structure(event);
  guint x = 0;
  guint y = 0;
  guint width = 0;
  guint height = 0;
  if (!gst_structure_get_uint(fields, "x", &x) || !gst_structure_get_uint(fields, "y", &y) ||
      !gst_structure_get_uint(fields, "width", &width) ||
      !gst_structure_get_uint(fields, "height", &height)) {
    GST_WARNING_OBJECT(pad, "x, y, width and height (uint) have to be in %" GST_PTR_FORMAT,
                       static_cast<const void*>(fields));
    return true;
  }
  GstClockTime duration = GST_SECOND;
  gst_structure_get_clock_time(fields, "duration", &duration);
  const std::lock_guard lock(mutex_);
  if (width == 0 || height == 0)
    hints_.clear();
  else if (hints_.size() < most_hints)
    hints_.push_back({rectangle_of(x, y, width, height), duration});
  else
    GST_WARNING_OBJECT(pad, "too many hints at a time, one is left out");
  return true;
}

std::vector<lowrank::Rectangle> Hints::of_downstream(GstClockTime stream_time) {
  const std::lock_guard lock(mutex_);
  std::vector<lowrank::Rectangle> rectangles;
  std::erase_if(hints_, [&](Hint& hint) {
    if (!GST_CLOCK_TIME_IS_VALID(stream_time)) {
      rectangles.push_back(hint.rectangle);
      return true;
    }
    if (!GST_CLOCK_TIME_IS_VALID(hint.since))
      hint.since = stream_time;
    // Another time than one since then is one of another place in the stream.
    if (stream_time < hint.since || stream_time - hint.since >= hint.duration)
      return true;
    rectangles.push_back(hint.rectangle);
    return false;
  });
  return rectangles;
}

void Hints::clear() {
  const std::lock_guard lock(mutex_);
  hints_.clear();
}

void add_region_hints(GstBuffer* buffer, std::vector<lowrank::Rectangle>& hints) {
  gpointer state = nullptr;
  while (GstMeta* meta = gst_buffer_iterate_meta_filtered(
             buffer, &state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE)) {
    const auto* region = reinterpret_cast<GstVideoRegionOfInterestMeta*>(meta);
    hints.push_back(rectangle_of(region->x, region->y, region->w, region->h));
  }
}

}  // namespace gst_lowrank
