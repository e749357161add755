// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

namespace gst_lowrank {

/// What a SEEK event asks for, to ask for something else by one that takes its place.
struct Seek {
  explicit Seek(GstEvent* event) : seqnum(gst_event_get_seqnum(event)) {
    gst_event_parse_seek(event, &rate, &format, &flags, &start_type, &start, &stop_type, &stop);
  }

  /// Passes for the event that it comes from.
  GstEvent* event() const {
    GstEvent* event = gst_event_new_seek(rate, format, flags, start_type, start, stop_type, stop);
    gst_event_set_seqnum(event, seqnum);
    return event;
  }

  gdouble rate = 1;
  GstFormat format = GST_FORMAT_UNDEFINED;
  GstSeekFlags flags = GST_SEEK_FLAG_NONE;
  GstSeekType start_type = GST_SEEK_TYPE_NONE;
  gint64 start = 0;
  GstSeekType stop_type = GST_SEEK_TYPE_NONE;
  gint64 stop = 0;
  guint32 seqnum;
};

}  // namespace gst_lowrank
