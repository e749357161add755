// SPDX-License-Identifier: LGPL-2.1-or-later
#include "codec/limits.h"

#include <gst/gst.h>

#include "common/guarded.h"
#include "common/property_flags.h"
#include "common/video_format.h"

namespace gst_lowrank {

void install_limits(GObjectClass* gobject_class) {
  const lowrank::CodecLimits defaults;
  g_object_class_install_property(
      gobject_class, PROP_MAX_SIDE,
      g_param_spec_uint("max-side", "Maximum side",
                        "Pixels of width and of height that a stream may ask for", 1, max_size,
                        static_cast<guint>(defaults.side), fixed));
  g_object_class_install_property(
      gobject_class, PROP_MAX_PIXELS,
      g_param_spec_uint64("max-pixels", "Maximum pixels",
                          "Pixels, width times height, that a stream may ask for", 1,
                          static_cast<guint64>(max_size) * max_size,
                          static_cast<guint64>(defaults.pixels), fixed));
  g_object_class_install_property(
      gobject_class, PROP_MAX_PAYLOAD,
      g_param_spec_uint64("max-payload", "Maximum payload",
                          "Bytes of a picture that are taken (0 = 64 KiB and 8 bytes a pixel)", 0,
                          G_MAXUINT32, static_cast<guint64>(defaults.payload), fixed));
}

bool write_limit(lowrank::CodecLimits& limits, guint id, const GValue* value) {
  switch (id) {
    case PROP_MAX_SIDE:
      limits.side = static_cast<int>(g_value_get_uint(value));
      return true;
    case PROP_MAX_PIXELS:
      limits.pixels = static_cast<std::int64_t>(g_value_get_uint64(value));
      return true;
    case PROP_MAX_PAYLOAD:
      limits.payload = g_value_get_uint64(value);
      return true;
    default:
      return false;
  }
}

bool read_limit(const lowrank::CodecLimits& limits, guint id, GValue* value) {
  switch (id) {
    case PROP_MAX_SIDE:
      g_value_set_uint(value, static_cast<guint>(limits.side));
      return true;
    case PROP_MAX_PIXELS:
      g_value_set_uint64(value, static_cast<guint64>(limits.pixels));
      return true;
    case PROP_MAX_PAYLOAD:
      g_value_set_uint64(value, limits.payload);
      return true;
    default:
      return false;
  }
}

void refuse(const lowrank::StreamError& error) {
  using Kind = lowrank::StreamError::Kind;
  if (error.kind == Kind::over_limit)
    throw ElementError(
        GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE,
        error.message + " (the properties max-side, max-pixels and max-payload are the limits)");
  if (error.kind == Kind::unsupported_version)
    throw ElementError(GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE, error.message);
}

}  // namespace gst_lowrank
