// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/properties/property_group.h"

namespace gst_lowrank {

namespace {

/**
 * GstRpcaSplitUpdate:
 *
 * What #GstRpcaSplit:update can be.
 *
 * Since: 0.1
 */
GType update_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {static_cast<gint>(lowrank::Update::adaptive),
         "Background follows, foreground when it turns out to be background", "adaptive"},
        {static_cast<gint>(lowrank::Update::always), "Every pixel follows at the same rate",
         "always"},
        {static_cast<gint>(lowrank::Update::frozen), "The model is held", "frozen"},
        {0, nullptr, nullptr},
    };
    return g_enum_register_static("GstRpcaSplitUpdate", values);
  }();
  return type;
}

void install(GObjectClass* gobject_class) {
  const Settings defaults;
  /**
   * GstRpcaSplit:update:
   *
   * How the model follows the frames. `adaptive` takes foreground into the background when it turns
   * out to belong there: who stops after 1500 frames at most, a minute at 25 a second; a ghost at
   * once. `always` lets every pixel follow at #GstRpcaSplit:learning-rate, as a plain running
   * background does. `frozen` holds the model: what is not in it is foreground for ever; the light
   * of the frame and a shaking camera are still followed. Where there is no model yet, the first
   * 100 frames are learned first; in the middle of them, a change to `frozen` makes the model of
   * what they have shown so far. For `online`.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_UPDATE,
      g_param_spec_enum("update", "Update", "How the model follows the frames", update_type(),
                        static_cast<gint>(defaults.options.update), live));
  gst_type_mark_as_plugin_api(update_type(), static_cast<GstPluginAPIFlags>(0));
  /**
   * GstRpcaSplit:learn-time:
   *
   * Nanoseconds of running time from the first frame on, after a start, after a reset and after a
   * scene change, for which the model follows the frames; then it is held as with
   * #GstRpcaSplit:update `frozen`. 0 is for ever. Frames without timestamps count with their
   * duration, or with that of the framerate. For `online`.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_LEARN_TIME,
      g_param_spec_uint64("learn-time", "Learn time",
                          "Nanoseconds after which the model is held (0 = never)", 0, G_MAXUINT64,
                          defaults.learn_time, live));
  /**
   * GstRpcaSplit:model-location:
   *
   * File of the model. If it is there at the start, learning goes on from it before the first frame
   * is separated; when the element stops (to READY), the model is saved to it, whole or not at all.
   * A model that does not fit the stream is a warning that says why, and another is learned, and
   * saved in its place. See also #GstRpcaSplit::save-model and #GstRpcaSplit::load-model. For
   * `online`.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_MODEL_LOCATION,
      g_param_spec_string("model-location", "Model location",
                          "File that the model is loaded from at the start and saved to at the end",
                          nullptr, playing));
}

bool write(Settings& settings, guint id, const GValue* value) {
  switch (id) {
    case PROP_UPDATE:
      settings.options.update = static_cast<lowrank::Update>(g_value_get_enum(value));
      return true;
    case PROP_LEARN_TIME:
      settings.learn_time = g_value_get_uint64(value);
      return true;
    case PROP_MODEL_LOCATION: {
      const gchar* location = g_value_get_string(value);
      settings.model_location = location != nullptr ? location : "";
      return true;
    }
    default:
      return false;
  }
}

bool read(const Settings& settings, guint id, GValue* value) {
  switch (id) {
    case PROP_UPDATE:
      g_value_set_enum(value, static_cast<gint>(settings.options.update));
      return true;
    case PROP_LEARN_TIME:
      g_value_set_uint64(value, settings.learn_time);
      return true;
    case PROP_MODEL_LOCATION:
      g_value_set_string(
          value, settings.model_location.empty() ? nullptr : settings.model_location.c_str());
      return true;
    default:
      return false;
  }
}

}  // namespace

const PropertyGroup model_properties = {install, write, read};

}  // namespace gst_lowrank
