// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/properties/property_group.h"

namespace gst_lowrank {

namespace {

void install(GObjectClass* gobject_class) {
  const Settings defaults;
  /**
   * GstRpcaSplit:qos:
   *
   * Whether a source pad whose sink says that it is late leaves out frames until the sink has
   * caught up. The model learns from each frame all the same, and other pads send it. In place of
   * a frame that is left out the pad sends a GAP event, and the element posts a QOS message whose
   * structure names the `pad`.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_QOS,
      g_param_spec_boolean("qos", "Quality of service",
                           "Leave out frames that come too late for the sink of their pad",
                           defaults.qos, live));
}

bool write(Settings& settings, guint id, const GValue* value) {
  switch (id) {
    case PROP_QOS:
      settings.qos = g_value_get_boolean(value) != FALSE;
      return true;
    default:
      return false;
  }
}

bool read(const Settings& settings, guint id, GValue* value) {
  switch (id) {
    case PROP_QOS:
      g_value_set_boolean(value, settings.qos);
      return true;
    default:
      return false;
  }
}

}  // namespace

const PropertyGroup quality_properties = {install, write, read};

}  // namespace gst_lowrank
