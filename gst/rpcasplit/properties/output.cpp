// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/properties/property_group.h"

namespace gst_lowrank {

namespace {

/**
 * GstRpcaSplitForegroundMode:
 *
 * Pictures of #GstRpcaSplit:foreground-mode.
 *
 * Since: 0.1
 */
GType foreground_mode_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {static_cast<gint>(ForegroundMode::masked), "Input where the mask is set, black elsewhere",
         "masked"},
        {static_cast<gint>(ForegroundMode::alpha),
         "Matte with soft edges as alpha, the background taken out of the colours", "alpha"},
        {static_cast<gint>(ForegroundMode::residual), "Input minus background plus 128",
         "residual"},
        {static_cast<gint>(ForegroundMode::absolute), "Magnitude of input minus background",
         "absolute"},
        {static_cast<gint>(ForegroundMode::input), "The input itself", "input"},
        {0, nullptr, nullptr},
    };
    return g_enum_register_static("GstRpcaSplitForegroundMode", values);
  }();
  return type;
}

void install(GObjectClass* gobject_class) {
  const Settings defaults;
  /**
   * GstRpcaSplit:foreground-mode:
   *
   * What the pad `foreground` shows. `alpha` is a matte around the mask, whose edges are soft, over
   * the colours of what moves alone. It changes the pad's format to one with alpha (AYUV or RGBA,
   * or what the peer takes); a peer that takes none gets `masked`.
   *
   * With `residual`, background + foreground - 128 is the input, in each sample. Where the
   * foreground has no room for the difference (more than 127, or half the range of deeper samples)
   * the pad `background` gives way: there it shows input - foreground + 128. Formats of RGB with
   * more than 8 bits are exact in their high 8, and RGB8P in steps of its palette.
   *
   * With `input`, the frame itself, with the metadata that the other modes send. Its memory is that
   * of the input, not a copy, when the peer takes the input's caps and #GstRpcaSplit:method is
   * `online`.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_FOREGROUND_MODE,
      g_param_spec_enum("foreground-mode", "Foreground mode", "What the foreground pad shows",
                        foreground_mode_type(), static_cast<gint>(defaults.foreground_mode), live));
  /**
   * GstRpcaSplit:plate-location:
   *
   * PNG file that the last background becomes at the end of the stream: 8 bits of RGB, or of gray
   * for gray video, replaced as a whole. Then an element message `rpcasplit-plate` is posted, with
   * the #gchararray `location`; a file that cannot be written, or a stream without a frame, is a
   * warning. Set it before the last frame.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_PLATE_LOCATION,
      g_param_spec_string("plate-location", "Plate location",
                          "PNG file for the background at the end of the stream", nullptr,
                          playing));
  gst_type_mark_as_plugin_api(foreground_mode_type(), static_cast<GstPluginAPIFlags>(0));
}

bool write(Settings& settings, guint id, const GValue* value) {
  switch (id) {
    case PROP_FOREGROUND_MODE:
      settings.foreground_mode = static_cast<ForegroundMode>(g_value_get_enum(value));
      return true;
    case PROP_PLATE_LOCATION: {
      const gchar* location = g_value_get_string(value);
      settings.plate_location = location != nullptr ? location : "";
      return true;
    }
    default:
      return false;
  }
}

bool read(const Settings& settings, guint id, GValue* value) {
  switch (id) {
    case PROP_FOREGROUND_MODE:
      g_value_set_enum(value, static_cast<gint>(settings.foreground_mode));
      return true;
    case PROP_PLATE_LOCATION:
      g_value_set_string(
          value, settings.plate_location.empty() ? nullptr : settings.plate_location.c_str());
      return true;
    default:
      return false;
  }
}

}  // namespace

const PropertyGroup output_properties = {install, write, read};

}  // namespace gst_lowrank
