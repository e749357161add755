// SPDX-License-Identifier: LGPL-2.1-or-later

// A thousand times from NULL to PLAYING and back: neither threads nor memory add up.
#include <malloc.h>

#include <algorithm>

#include "leaks.h"
#include "pipeline.h"
#include "scale.h"

namespace {

int threads() {
  gst_task_cleanup_all();
  g_thread_pool_stop_unused_threads();
  return tasks_of_process();
}

// A thread that was joined may be listed for a moment.
void fail_if_more_threads_than(int before) {
  int now = threads();
  for (int i = 0; i < 500 && now > before; i++) {
    g_usleep(10000);
    now = threads();
  }
  fail_unless(now <= before, "%d threads, of %d at the beginning", now, before);
}

std::size_t allocated() {
  return mallinfo2().uordblks;
}

void forget_messages(GstElement* pipeline) {
  GstBus* bus = gst_element_get_bus(pipeline);
  gst_bus_set_flushing(bus, TRUE);
  gst_bus_set_flushing(bus, FALSE);
  gst_object_unref(bus);
}

// Every second time it plays to the end, otherwise it is stopped where it happens to be.
void cycle(GstElement* pipeline, int count) {
  for (int i = 0; i < count; i++) {
    if (i % 2 == 0)
      fail_unless_equals_text(play(pipeline), "");
    else
      fail_unless(gst_element_set_state(pipeline, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE);
    fail_unless_equals_int(gst_element_set_state(pipeline, GST_STATE_NULL),
                           GST_STATE_CHANGE_SUCCESS);
    forget_messages(pipeline);
  }
}

std::size_t objects() {
  std::size_t count = 0;
  if (leaks::are_traced()) {
    const std::string names = leaks::live_objects();
    count = static_cast<std::size_t>(std::count(names.begin(), names.end(), ' '));
  }
  return count;
}

void repeat(const std::string& rest) {
  const int before = threads();
  GstElement* pipeline =
      launch("videotestsrc num-buffers=4 ! video/x-raw,format=I420,width=16,height=16 ! " + rest);
  // What is made once is made by then.
  constexpr int first = 100;
  cycle(pipeline, first);
  fail_if_more_threads_than(before);
  const std::size_t known = objects();
  const std::size_t bytes = allocated();
  const int more = scale::scaled(1000) - first;
  cycle(pipeline, more);
  fail_if_more_threads_than(before);
  fail_unless(objects() <= known, "%zu objects, of %zu", objects(), known);
  const std::size_t now = allocated();
  fail_unless(now < bytes + static_cast<std::size_t>(more) * 16 + 100000,
              "%zu bytes more after %d cycles", now - bytes, more);
  finish(pipeline);
}

GST_START_TEST(online_cycles_leave_nothing_behind) {
  repeat("rpcasplit threads=2 ! fakesink");
}
GST_END_TEST

GST_START_TEST(window_cycles_leave_nothing_behind) {
  repeat("rpcasplit method=svd window=3 threads=2 ! fakesink");
}
GST_END_TEST

GST_START_TEST(codec_cycles_leave_nothing_behind) {
  repeat("lowrankcompress threads=2 ! lowrankparse ! lowrankdecompress threads=2 ! fakesink");
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("life cycles",
                   {online_cycles_leave_nothing_behind, window_cycles_leave_nothing_behind,
                    codec_cycles_leave_nothing_behind});
}
