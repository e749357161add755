// SPDX-License-Identifier: LGPL-2.1-or-later
//
// GLib's locks are made of futexes and GStreamer's counts of references of atomic instructions, in
// libraries that are not instrumented: ThreadSanitizer sees none of them, and takes for races what
// they keep apart. As a part of a program these functions come before those of the libraries, and
// say what is ordered by them.
#include <dlfcn.h>
#include <glib-object.h>
#include <gst/gst.h>
#include <sanitizer/tsan_interface.h>

namespace {

// The function of that name and type behind this program's.
template <typename Function>
Function* behind(Function*, const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

// What happens before the one call happens before what comes after the other.
void order(void* what) {
  __tsan_release(what);
  __tsan_acquire(what);
}

}  // namespace

#define BEHIND(function) static auto* const library_function = behind(&function, #function)

#pragma GCC visibility push(default)
extern "C" {

void g_mutex_lock(GMutex* mutex) {
  BEHIND(g_mutex_lock);
  library_function(mutex);
  __tsan_acquire(mutex);
}

gboolean g_mutex_trylock(GMutex* mutex) {
  BEHIND(g_mutex_trylock);
  const gboolean locked = library_function(mutex);
  if (locked)
    __tsan_acquire(mutex);
  return locked;
}

void g_mutex_unlock(GMutex* mutex) {
  BEHIND(g_mutex_unlock);
  __tsan_release(mutex);
  library_function(mutex);
}

void g_cond_wait(GCond* condition, GMutex* mutex) {
  BEHIND(g_cond_wait);
  __tsan_release(mutex);
  library_function(condition, mutex);
  __tsan_acquire(mutex);
}

gboolean g_cond_wait_until(GCond* condition, GMutex* mutex, gint64 end_time) {
  BEHIND(g_cond_wait_until);
  __tsan_release(mutex);
  const gboolean signalled = library_function(condition, mutex, end_time);
  __tsan_acquire(mutex);
  return signalled;
}

void g_object_unref(gpointer object) {
  BEHIND(g_object_unref);
  order(object);
  library_function(object);
}

void gst_object_unref(gpointer object) {
  BEHIND(gst_object_unref);
  order(object);
  library_function(object);
}

void gst_mini_object_unref(GstMiniObject* object) {
  BEHIND(gst_mini_object_unref);
  order(object);
  library_function(object);
}

gboolean gst_bus_post(GstBus* bus, GstMessage* message) {
  BEHIND(gst_bus_post);
  __tsan_release(bus);
  return library_function(bus, message);
}

GstMessage* gst_bus_timed_pop_filtered(GstBus* bus, GstClockTime timeout, GstMessageType types) {
  BEHIND(gst_bus_timed_pop_filtered);
  GstMessage* message = library_function(bus, timeout, types);
  __tsan_acquire(bus);
  return message;
}

void g_async_queue_push(GAsyncQueue* queue, gpointer data) {
  BEHIND(g_async_queue_push);
  __tsan_release(queue);
  library_function(queue, data);
}

gpointer g_async_queue_try_pop(GAsyncQueue* queue) {
  BEHIND(g_async_queue_try_pop);
  gpointer data = library_function(queue);
  __tsan_acquire(queue);
  return data;
}

gpointer g_async_queue_timeout_pop(GAsyncQueue* queue, guint64 timeout) {
  BEHIND(g_async_queue_timeout_pop);
  gpointer data = library_function(queue, timeout);
  __tsan_acquire(queue);
  return data;
}

}  // extern "C"
#pragma GCC visibility pop
