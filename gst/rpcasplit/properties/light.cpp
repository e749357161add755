// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/properties/property_group.h"

namespace gst_lowrank {

namespace {

/**
 * GstRpcaSplitHoldMask:
 *
 * Masks of #GstRpcaSplit:hold-mask.
 *
 * Since: 0.1
 */
GType hold_mask_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {static_cast<gint>(lowrank::HeldMask::empty), "Nothing", "empty"},
        {static_cast<gint>(lowrank::HeldMask::last), "What it showed before the change", "last"},
        {0, nullptr, nullptr},
    };
    return g_enum_register_static("GstRpcaSplitHoldMask", values);
  }();
  return type;
}

void install(GObjectClass* gobject_class) {
  const Settings defaults;
  /**
   * GstRpcaSplit:hold-mask:
   *
   * What the mask shows while all of the picture changes: when a light is switched or flashes, a
   * camera moves its IR-cut filter, or the video cuts to another scene. Such frames say nothing of
   * what moves. A change that stays is learned within seconds. For `online`; see
   * #GstRpcaSplit:post-messages for how it is told.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_HOLD_MASK,
      g_param_spec_enum("hold-mask", "Hold mask",
                        "What the mask shows while all of the picture changes", hold_mask_type(),
                        static_cast<gint>(defaults.options.held_mask), live));
  gst_type_mark_as_plugin_api(hold_mask_type(), static_cast<GstPluginAPIFlags>(0));
}

bool write(Settings& settings, guint id, const GValue* value) {
  if (id != PROP_HOLD_MASK)
    return false;
  settings.options.held_mask = static_cast<lowrank::HeldMask>(g_value_get_enum(value));
  return true;
}

bool read(const Settings& settings, guint id, GValue* value) {
  if (id != PROP_HOLD_MASK)
    return false;
  g_value_set_enum(value, static_cast<gint>(settings.options.held_mask));
  return true;
}

}  // namespace

const PropertyGroup light_properties = {install, write, read};

}  // namespace gst_lowrank
