// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <glib.h>
#include <gst/gst.h>

#include <memory>

namespace gst_lowrank {

struct MiniObjectUnref {
  void operator()(auto* object) const noexcept {
    gst_mini_object_unref(GST_MINI_OBJECT_CAST(object));
  }
};
struct ObjectUnref {
  void operator()(gpointer object) const noexcept { gst_object_unref(object); }
};
struct GFree {
  void operator()(gpointer memory) const noexcept { g_free(memory); }
};

using BufferPtr = std::unique_ptr<GstBuffer, MiniObjectUnref>;
using CapsPtr = std::unique_ptr<GstCaps, MiniObjectUnref>;
using EventPtr = std::unique_ptr<GstEvent, MiniObjectUnref>;
using QueryPtr = std::unique_ptr<GstQuery, MiniObjectUnref>;
using PoolPtr = std::unique_ptr<GstBufferPool, ObjectUnref>;
using AllocatorPtr = std::unique_ptr<GstAllocator, ObjectUnref>;
using CharPtr = std::unique_ptr<gchar, GFree>;

/// Holds the lock of a GstObject. Nothing may be pushed, posted or computed meanwhile.
class ObjectLocker {
 public:
  explicit ObjectLocker(gpointer object) : object_(GST_OBJECT_CAST(object)) {
    GST_OBJECT_LOCK(object_);
  }
  ObjectLocker(const ObjectLocker&) = delete;
  ObjectLocker& operator=(const ObjectLocker&) = delete;
  ~ObjectLocker() { GST_OBJECT_UNLOCK(object_); }

 private:
  GstObject* object_;
};

}  // namespace gst_lowrank
