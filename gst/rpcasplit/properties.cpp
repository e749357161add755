// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/properties.h"

#include <algorithm>

#include "rpcasplit/properties/property_group.h"

namespace gst_lowrank {

namespace {

constexpr const PropertyGroup* groups[] = {
    &separation_properties, &tuning_properties,  &model_properties,  &light_properties,
    &output_properties,     &quality_properties, &region_properties,
};

}  // namespace

void install_properties(GObjectClass* gobject_class) {
  for (const PropertyGroup* group : groups)
    group->install(gobject_class);
  /**
   * GstRpcaSplit:stats:
   *
   * Figures of the stream so far: `frames` separated, `mean-time` spent on a frame (#guint64, in
   * nanoseconds, downstream elements not counted), `rank` of the background, `foreground-ratio` of
   * the last frame, `resets` of the model, `iterations` of the last factorization, and `dropped`
   * (#guint64), frames that source pads have left out (see #GstRpcaSplit:qos), each counted on each
   * pad.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_STATS,
      g_param_spec_boxed("stats", "Statistics", "Figures of the stream so far", GST_TYPE_STRUCTURE,
                         read_only));
}

bool write_property(Settings& settings, guint id, const GValue* value) {
  return std::any_of(std::begin(groups), std::end(groups),
                     [&](const PropertyGroup* group) { return group->write(settings, id, value); });
}

bool read_property(const Settings& settings, guint id, GValue* value) {
  return std::any_of(std::begin(groups), std::end(groups),
                     [&](const PropertyGroup* group) { return group->read(settings, id, value); });
}

GstStructure* stats_structure(const Figures& figures) {
  const guint64 mean = figures.frames == 0 ? 0 : figures.busy_ns / figures.frames;
  return gst_structure_new("rpcasplit-stats", "frames", G_TYPE_UINT64, figures.frames, "mean-time",
                           G_TYPE_UINT64, mean, "rank", G_TYPE_UINT,
                           static_cast<guint>(figures.engine.rank), "foreground-ratio",
                           G_TYPE_DOUBLE, figures.engine.foreground_ratio, "resets", G_TYPE_UINT64,
                           static_cast<guint64>(figures.engine.resets), "iterations", G_TYPE_UINT,
                           static_cast<guint>(figures.engine.iterations), "dropped", G_TYPE_UINT64,
                           figures.dropped, nullptr);
}

}  // namespace gst_lowrank
