// SPDX-License-Identifier: LGPL-2.1-or-later
#include "codec/typefind.h"

#include "codec/stream_caps.h"

namespace gst_lowrank {

namespace {

// Enough for the sequence packet that a stream begins with, and for the header of any packet.
constexpr guint telling_sizes[] = {256, 64, 16};

void find_type(GstTypeFind* find, gpointer) {
  for (const guint size : telling_sizes) {
    const guint8* data = gst_type_find_peek(find, 0, size);
    if (data == nullptr)
      continue;
    const int likelihood = lowrank::PacketParser::likelihood({data, size});
    if (likelihood > 0)
      gst_type_find_suggest_empty_simple(find, static_cast<guint>(likelihood), stream_media_type);
    return;
  }
}

}  // namespace

gboolean register_typefind(GstPlugin* plugin) {
  const CapsPtr caps(gst_caps_new_empty_simple(stream_media_type));
  return gst_type_find_register(plugin, stream_media_type, GST_RANK_PRIMARY, find_type, "lrv",
                                caps.get(), nullptr, nullptr);
}

}  // namespace gst_lowrank
