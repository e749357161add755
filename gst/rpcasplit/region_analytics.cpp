// SPDX-License-Identifier: LGPL-2.1-or-later

// Compiled where GStreamer has GstAnalytics, from 1.24 on.
#include <gst/analytics/analytics.h>

#include "rpcasplit/region_report.h"

namespace gst_lowrank {

void add_analytics(const lowrank::Separation& result, GstBuffer* buffer) {
  if (result.regions.empty())
    return;
  GstAnalyticsRelationMeta* relations = gst_buffer_get_analytics_relation_meta(buffer);
  if (relations == nullptr)
    relations = gst_buffer_add_analytics_relation_meta(buffer);
  if (relations == nullptr)
    return;
  const GQuark type = g_quark_from_static_string("foreground");
  for (const lowrank::Region& region : result.regions) {
    GstAnalyticsODMtd detection;
    gst_analytics_relation_meta_add_od_mtd(relations, type, region.x, region.y, region.width,
                                           region.height, static_cast<gfloat>(region.share()),
                                           &detection);
  }
}

}  // namespace gst_lowrank
