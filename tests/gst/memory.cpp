// SPDX-License-Identifier: LGPL-2.1-or-later

// Memory runs out at each allocation of C++ code in turn: the element says so, leaks nothing, and
// goes on after a flush. GLib's own allocations never fail; it ends the process instead.
#include "allocations.h"
#include "support.h"
#include "temporary_folder.h"

namespace {

using namespace allocations;

constexpr int frames = 5;
const char* const caps = "video/x-raw,format=I420,width=16,height=16,framerate=25/1";

// The stream, of which allocation `number` fails, from 1. False when there were fewer.
bool stream(Split& split, long number) {
  GstBuffer* buffers[frames];
  const GstVideoInfo info = parse_caps(caps);
  for (int i = 0; i < frames; i++)
    buffers[i] = make_frame(info, i);
  fail_from(number, number);
  for (GstBuffer* buffer : buffers)
    split.push(buffer);
  split.push_event(gst_event_new_eos());
  fail_never();
  return refused > 0;
}

void flush(Split& split) {
  split.push_event(gst_event_new_flush_start());
  end_flush(split);
  while (split.waiting(Split::mask) > 0)
    gst_buffer_unref(split.pull(Split::mask));
}

// False when the stream makes fewer allocations than that.
bool try_without_memory(const char* properties, long number) {
  Split split(properties, Split::background | Split::mask);
  split.set_caps(caps);
  const bool failed = stream(split, number);
  const std::string error = split.error();
  // A thread that cannot be had is done without.
  if (failed && split.waiting(Split::mask) < frames)
    fail_unless(
        error.find("gst-resource-error") == 0 && error.find("Out of memory") != std::string::npos,
        "%s: allocation %ld: \"%s\"", properties, number, error.c_str());
  else
    fail_unless(error.empty(), "%s: %s", properties, error.c_str());
  flush(split);
  stream(split, never);
  fail_unless_equals_text(split.error(), "");
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::mask)), frames);
  return failed;
}

GST_START_TEST(out_of_memory_is_an_error_of_the_element) {
  for (const char* properties :
       {"method=online threads=1", "method=svd window=3 threads=1", "method=svd window=0 threads=2",
        "method=pcp window=0 threads=1"}) {
    try_without_memory(properties, never);  // makes what stays
    long number = 1;
    bool more = true;
    for (; more; number++) {
      const long before = live;
      more = try_without_memory(properties, number);
      fail_unless(live == before, "%s: allocation %ld leaves %ld", properties, number,
                  live - before);
    }
    fail_unless(number > 21, "%s: %ld", properties, number);
  }
}
GST_END_TEST

// An element that has no memory for itself refuses to leave NULL.
GST_START_TEST(an_element_may_be_made_without_memory) {
  const auto make = [] {
    GstElement* element = gst_element_factory_make("rpcasplit", nullptr);
    fail_unless(element != nullptr);
    return element;
  };
  gst_object_unref(make());
  int number = 1;
  for (bool more = true; more; number++) {
    const long before = live;
    fail_from(number, number);
    GstElement* element = make();
    fail_never();
    more = refused > 0;
    for (const char* name : {"sink", "mask"}) {
      GstPad* pad = gst_element_get_static_pad(element, name);
      gst_caps_unref(gst_pad_query_caps(pad, nullptr));
      gst_object_unref(pad);
    }
    const GstStateChangeReturn result = gst_element_set_state(element, GST_STATE_PLAYING);
    fail_unless((result == GST_STATE_CHANGE_FAILURE) == more);
    g_object_set(element, "method", 1, nullptr);
    gst_element_set_state(element, GST_STATE_NULL);
    gst_object_unref(element);
    fail_unless(live == before);
  }
  fail_unless(number > 3);
}
GST_END_TEST

// What a start and a stop leave of an element's memory.
long left_by_a_cycle(const char* region_mask) {
  GstElement* element = gst_element_factory_make("rpcasplit", nullptr);
  g_object_set(element, "region-mask", region_mask, nullptr);
  const long before = live;
  fail_unless(gst_element_set_state(element, GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE);
  gst_element_set_state(element, GST_STATE_NULL);
  const long left = live - before;
  gst_object_unref(element);
  return left;
}

GST_START_TEST(a_stopped_element_keeps_no_region_mask) {
  const TemporaryFolder folder;
  const std::string mask =
      folder.write("zones.pgm", "P5 128 128 255 " + std::string(128 * 128, 'z'));
  left_by_a_cycle(mask.c_str());  // makes what stays
  fail_unless_equals_int(static_cast<int>(left_by_a_cycle(mask.c_str())),
                         static_cast<int>(left_by_a_cycle(nullptr)));
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("memory",
                   {out_of_memory_is_an_error_of_the_element, an_element_may_be_made_without_memory,
                    a_stopped_element_keeps_no_region_mask});
}
