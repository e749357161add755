// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "rpcasplit/properties/property_group.h"

namespace gst_lowrank {

namespace {

constexpr double max_threshold = 1000;
constexpr guint max_cleanup = 15;
constexpr guint automatic_cleanup = G_MAXUINT;

void install(GObjectClass* gobject_class) {
  const Settings defaults;
  /**
   * GstRpcaSplit:learning-rate:
   *
   * Share of its difference to the frame by which the background follows in each frame, 0 to 1;
   * negative is automatic, 0 holds the background. For `online`.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_LEARNING_RATE,
      g_param_spec_double("learning-rate", "Learning rate",
                          "How fast the background follows (-1 = automatic)", -1, 1,
                          defaults.options.learning_rate, live));
  /**
   * GstRpcaSplit:threshold:
   *
   * A pixel is foreground when it differs from the background by more than this many standard
   * deviations of its own noise; negative is automatic, 0 marks every pixel that differs.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_THRESHOLD,
      g_param_spec_double("threshold", "Threshold",
                          "Threshold of the mask in units of the pixel's noise (-1 = automatic)",
                          -1, max_threshold, defaults.options.threshold, live));
  /**
   * GstRpcaSplit:mask-cleanup:
   *
   * Radius in pixels of the spatial regularisation of the mask, 0 (none) to 15. Above that, the
   * largest value (-1 on a gst-launch-1.0 line) is automatic, and any other counts as 15. Automatic
   * is 2 pixels up to 562 lines, 3 up to 1102 (720 and 1080), 4 up to 1822, and 5 above (2160).
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_MASK_CLEANUP,
      g_param_spec_uint("mask-cleanup", "Mask cleanup",
                        "Radius of the mask's regularisation, 0 to 15 (-1 = automatic)", 0,
                        G_MAXUINT, automatic_cleanup, live));
}

bool write(Settings& settings, guint id, const GValue* value) {
  lowrank::BackgroundOptions& options = settings.options;
  switch (id) {
    case PROP_LEARNING_RATE:
      options.learning_rate = g_value_get_double(value);
      return true;
    case PROP_THRESHOLD:
      options.threshold = g_value_get_double(value);
      return true;
    case PROP_MASK_CLEANUP: {
      const guint radius = g_value_get_uint(value);
      options.mask_cleanup =
          radius == automatic_cleanup ? -1 : static_cast<int>(std::min(radius, max_cleanup));
      return true;
    }
    default:
      return false;
  }
}

bool read(const Settings& settings, guint id, GValue* value) {
  const lowrank::BackgroundOptions& options = settings.options;
  switch (id) {
    case PROP_LEARNING_RATE:
      g_value_set_double(value, options.learning_rate);
      return true;
    case PROP_THRESHOLD:
      g_value_set_double(value, options.threshold);
      return true;
    case PROP_MASK_CLEANUP:
      g_value_set_uint(value, options.mask_cleanup < 0 ? automatic_cleanup
                                                       : static_cast<guint>(options.mask_cleanup));
      return true;
    default:
      return false;
  }
}

}  // namespace

const PropertyGroup tuning_properties = {install, write, read};

}  // namespace gst_lowrank
