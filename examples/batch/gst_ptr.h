// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <glib.h>
#include <gst/gst.h>

#include <memory>

namespace batch {

struct ObjectUnref {
  void operator()(gpointer object) const noexcept { gst_object_unref(object); }
};
struct MiniObjectUnref {
  void operator()(auto* object) const noexcept {
    gst_mini_object_unref(GST_MINI_OBJECT_CAST(object));
  }
};
struct GFree {
  void operator()(gpointer memory) const noexcept { g_free(memory); }
};
struct ErrorFree {
  void operator()(GError* error) const noexcept { g_error_free(error); }
};

using ElementPtr = std::unique_ptr<GstElement, ObjectUnref>;
using PadPtr = std::unique_ptr<GstPad, ObjectUnref>;
using BusPtr = std::unique_ptr<GstBus, ObjectUnref>;
using CapsPtr = std::unique_ptr<GstCaps, MiniObjectUnref>;
using BufferPtr = std::unique_ptr<GstBuffer, MiniObjectUnref>;
using SamplePtr = std::unique_ptr<GstSample, MiniObjectUnref>;
using MessagePtr = std::unique_ptr<GstMessage, MiniObjectUnref>;
using CharPtr = std::unique_ptr<gchar, GFree>;
using ErrorPtr = std::unique_ptr<GError, ErrorFree>;

}  // namespace batch
