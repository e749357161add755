// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/size_limit.h"
#include "rpcasplit/properties/property_group.h"

namespace gst_lowrank {

namespace {

constexpr guint max_region = guint{max_size} * guint{max_size};

void install_what_counts(GObjectClass* gobject_class) {
  const Settings defaults;
  /**
   * GstRpcaSplit:region-mask:
   *
   * A PNG or PGM file whose grey levels say how much each pixel counts: 255 in full, 0 not at all,
   * and at s its difference to the background has to exceed 255/s times the threshold. Pixels of
   * 0 are never foreground, and what changes there is no change of the scene. The transparent
   * parts of a PNG are black. A picture of another size than the video is resized, with a warning.
   * A file that cannot be read is an error when the element starts; while it plays it is a warning,
   * and what held before goes on to hold. Naming a file again reads it again.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_REGION_MASK,
      g_param_spec_string("region-mask", "Region mask",
                          "PNG or PGM whose grey levels say how much each pixel counts", nullptr,
                          playing));
  /**
   * GstRpcaSplit:min-region-size:
   *
   * Pixels that a connected region of the mask must have to stay in it; 0 is no bound. To the model
   * it is foreground all the same.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_MIN_REGION_SIZE,
      g_param_spec_uint("min-region-size", "Minimum region size",
                        "Pixels that a region of the mask has at least (0 = no bound)", 0,
                        max_region, static_cast<guint>(defaults.options.min_region_size), live));
  /**
   * GstRpcaSplit:max-region-size:
   *
   * Pixels that a connected region of the mask may have to stay in it; 0 is no bound.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_MAX_REGION_SIZE,
      g_param_spec_uint("max-region-size", "Maximum region size",
                        "Pixels that a region of the mask has at most (0 = no bound)", 0,
                        max_region, static_cast<guint>(defaults.options.max_region_size), live));
  /**
   * GstRpcaSplit:roi-hints:
   *
   * Whether each GstVideoRegionOfInterestMeta on a buffer that comes in is a hint that there is
   * foreground: the model of `online` learns nothing there from that frame. The mask is what the
   * frame says. Events of downstream, `rpcasplit-foreground`, are hints in any case.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_ROI_HINTS,
      g_param_spec_boolean("roi-hints", "Hints by regions of interest",
                           "Learn nothing where buffers carry regions of interest",
                           defaults.roi_hints, live));
}

void install_reports(GObjectClass* gobject_class) {
  const Settings defaults;
  /**
   * GstRpcaSplit:roi-meta:
   *
   * Whether each buffer that is sent carries a GstVideoRegionOfInterestMeta for each connected
   * region of the mask, the largest first: of the type `foreground`, with its index as id, and in a
   * param structure `foreground` its `area` (#guint64, pixels) and the `share` (#gdouble) of its
   * box that it fills. Built against GStreamer 1.24 or later, buffers carry them as detected
   * objects of GstAnalytics as well. Regions that buffers bring along stay.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_ROI_META,
      g_param_spec_boolean("roi-meta", "Region metadata",
                           "Attach the regions of the mask to buffers", defaults.roi_meta, live));
  /**
   * GstRpcaSplit:post-messages:
   *
   * Whether each frame posts an element message `rpcasplit` before it is sent, with `timestamp`,
   * `stream-time`, `running-time` and `duration` (#guint64, nanoseconds), `foreground-ratio`
   * (#gdouble), `regions` (a #GST_TYPE_LIST of structures `region` with `x`, `y`, `width`,
   * `height` (#guint), `area` (#guint64) and `share` (#gdouble), the largest first), `rank`
   * (#guint), `scene-change` (#gboolean, whether the model was learned afresh), and of `online`
   * `global-change` (a string: `none`, `light` or `scene`, the change of all of the picture that is
   * under way), `mask-held` (#gboolean, see #GstRpcaSplit:hold-mask), `light-gain` and
   * `light-offset` (#gdouble, the frame's light over that of the background).
   *
   * Since: 0.1
   */
  g_object_class_install_property(gobject_class, PROP_POST_MESSAGES,
                                  g_param_spec_boolean("post-messages", "Post messages",
                                                       "Post what each frame shows as a message",
                                                       defaults.post_messages, live));
  /**
   * GstRpcaSplit:max-regions:
   *
   * Regions that #GstRpcaSplit:roi-meta and #GstRpcaSplit:post-messages tell of at most, the
   * largest; 0 is no bound. The mask keeps them all.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_MAX_REGIONS,
      g_param_spec_uint("max-regions", "Maximum number of regions",
                        "Regions of a frame that metadata and messages tell of (0 = all)", 0,
                        G_MAXUINT, defaults.max_regions, live));
}

void install(GObjectClass* gobject_class) {
  install_what_counts(gobject_class);
  install_reports(gobject_class);
}

bool write(Settings& settings, guint id, const GValue* value) {
  switch (id) {
    case PROP_REGION_MASK: {
      const gchar* path = g_value_get_string(value);
      settings.region_mask.path = path != nullptr ? path : "";
      settings.region_mask.times_set++;
      return true;
    }
    case PROP_MIN_REGION_SIZE:
      settings.options.min_region_size = static_cast<int>(g_value_get_uint(value));
      return true;
    case PROP_MAX_REGION_SIZE:
      settings.options.max_region_size = static_cast<int>(g_value_get_uint(value));
      return true;
    case PROP_ROI_HINTS:
      settings.roi_hints = g_value_get_boolean(value) != FALSE;
      return true;
    case PROP_ROI_META:
      settings.roi_meta = g_value_get_boolean(value) != FALSE;
      return true;
    case PROP_POST_MESSAGES:
      settings.post_messages = g_value_get_boolean(value) != FALSE;
      return true;
    case PROP_MAX_REGIONS:
      settings.max_regions = g_value_get_uint(value);
      return true;
    default:
      return false;
  }
}

bool read(const Settings& settings, guint id, GValue* value) {
  switch (id) {
    case PROP_REGION_MASK:
      g_value_set_string(
          value, settings.region_mask.path.empty() ? nullptr : settings.region_mask.path.c_str());
      return true;
    case PROP_MIN_REGION_SIZE:
      g_value_set_uint(value, static_cast<guint>(settings.options.min_region_size));
      return true;
    case PROP_MAX_REGION_SIZE:
      g_value_set_uint(value, static_cast<guint>(settings.options.max_region_size));
      return true;
    case PROP_ROI_HINTS:
      g_value_set_boolean(value, settings.roi_hints);
      return true;
    case PROP_ROI_META:
      g_value_set_boolean(value, settings.roi_meta);
      return true;
    case PROP_POST_MESSAGES:
      g_value_set_boolean(value, settings.post_messages);
      return true;
    case PROP_MAX_REGIONS:
      g_value_set_uint(value, settings.max_regions);
      return true;
    default:
      return false;
  }
}

}  // namespace

const PropertyGroup region_properties = {install, write, read};

}  // namespace gst_lowrank
