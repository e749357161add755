// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/region_report.h"

#include <utility>

namespace gst_lowrank {

namespace {

constexpr const char* region_type = "foreground";

const char* name_of(lowrank::GlobalChange change) {
  switch (change) {
    case lowrank::GlobalChange::light:
      return "light";
    case lowrank::GlobalChange::scene:
      return "scene";
    default:
      return "none";
  }
}

void append_region(GValue& list, const lowrank::Region& region) {
  GstStructure* fields = gst_structure_new(
      "region", "x", G_TYPE_UINT, static_cast<guint>(region.x), "y", G_TYPE_UINT,
      static_cast<guint>(region.y), "width", G_TYPE_UINT, static_cast<guint>(region.width),
      "height", G_TYPE_UINT, static_cast<guint>(region.height), "area", G_TYPE_UINT64,
      static_cast<guint64>(region.area), "share", G_TYPE_DOUBLE, region.share(), nullptr);
  GValue value = G_VALUE_INIT;
  g_value_init(&value, GST_TYPE_STRUCTURE);
  g_value_take_boxed(&value, fields);
  gst_value_list_append_and_take_value(&list, &value);
}

}  // namespace

void add_region_metas(const lowrank::Separation& result, GstBuffer* buffer) {
  gint id = 0;
  for (const lowrank::Region& region : result.regions) {
    GstVideoRegionOfInterestMeta* meta = gst_buffer_add_video_region_of_interest_meta(
        buffer, region_type, static_cast<guint>(region.x), static_cast<guint>(region.y),
        static_cast<guint>(region.width), static_cast<guint>(region.height));
    meta->id = id++;
    meta->parent_id = -1;
    gst_video_region_of_interest_meta_add_param(
        meta,
        gst_structure_new(region_type, "area", G_TYPE_UINT64, static_cast<guint64>(region.area),
                          "share", G_TYPE_DOUBLE, region.share(), nullptr));
  }
}

GstMessage* RegionMessages::message(const FrameTimes& times, const lowrank::Separation& result,
                                    const lowrank::BackgroundStats& stats) {
  // Counted from 0 again once the engine is configured afresh.
  const bool afresh = stats.resets > resets_;
  resets_ = stats.resets;
  GstStructure* fields = gst_structure_new(
      "rpcasplit", "timestamp", G_TYPE_UINT64, times.timestamp, "stream-time", G_TYPE_UINT64,
      times.stream_time, "running-time", G_TYPE_UINT64, times.running_time, "duration",
      G_TYPE_UINT64, times.duration, "foreground-ratio", G_TYPE_DOUBLE, result.foreground_ratio,
      "rank", G_TYPE_UINT, static_cast<guint>(stats.rank), "scene-change", G_TYPE_BOOLEAN, afresh,
      "global-change", G_TYPE_STRING, name_of(result.change), "mask-held", G_TYPE_BOOLEAN,
      result.mask_held, "light-gain", G_TYPE_DOUBLE, result.light_gain, "light-offset",
      G_TYPE_DOUBLE, result.light_offset, nullptr);
  GValue regions = G_VALUE_INIT;
  g_value_init(&regions, GST_TYPE_LIST);
  for (const lowrank::Region& region : result.regions)
    append_region(regions, region);
  gst_structure_take_value(fields, "regions", &regions);
  return gst_message_new_element(GST_OBJECT(element_), fields);
}

}  // namespace gst_lowrank
