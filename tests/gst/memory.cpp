// SPDX-License-Identifier: LGPL-2.1-or-later

// Memory runs out at each allocation of C++ code in turn: the element says so, leaks nothing, and
// goes on after a flush. GLib's own allocations never fail; it ends the process instead.
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <new>

#include "support.h"

namespace {

std::atomic<long> live{0};    // allocations not given back
std::atomic<long> until{-1};  // allocations until the one that fails, if not negative

void* allocate(std::size_t size, std::size_t alignment) {
  if (until >= 0 && until-- == 0)
    throw std::bad_alloc();
  void* memory = std::aligned_alloc(alignment, (size + alignment) / alignment * alignment);
  if (memory == nullptr)
    throw std::bad_alloc();
  live++;
  return memory;
}

void give_back(void* memory) {
  live -= memory != nullptr;
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
  return allocate(size, alignof(std::max_align_t));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept {
  give_back(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  give_back(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  give_back(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  give_back(memory);
}

namespace {

constexpr int frames = 5;
const char* const caps = "video/x-raw,format=I420,width=16,height=16,framerate=25/1";

// The stream, of which allocation `number` fails, from 0. False when there were fewer.
bool stream(Split& split, long number) {
  GstBuffer* buffers[frames];
  const GstVideoInfo info = parse_caps(caps);
  for (int i = 0; i < frames; i++)
    buffers[i] = make_frame(info, i);
  until = number;
  for (GstBuffer* buffer : buffers)
    split.push(buffer);
  split.push_event(gst_event_new_eos());
  return until.exchange(-1) < 0;
}

void flush(Split& split) {
  split.push_event(gst_event_new_flush_start());
  split.push_event(gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  split.push_event(gst_event_new_segment(&segment));
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
  stream(split, std::numeric_limits<long>::max());
  fail_unless_equals_text(split.error(), "");
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::mask)), frames);
  return failed;
}

GST_START_TEST(out_of_memory_is_an_error_of_the_element) {
  for (const char* properties :
       {"method=online threads=1", "method=svd window=3 threads=1", "method=svd window=0 threads=2",
        "method=pcp window=0 threads=1"}) {
    try_without_memory(properties, std::numeric_limits<long>::max());  // makes what stays
    long number = 0;
    bool more = true;
    for (; more; number++) {
      const long before = live;
      more = try_without_memory(properties, number);
      fail_unless(live == before, "%s: allocation %ld leaves %ld", properties, number,
                  live - before);
    }
    fail_unless(number > 20, "%s: %ld", properties, number);
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
  int refused = 0;
  for (bool more = true; more;) {
    const long before = live;
    until = refused;
    GstElement* element = make();
    more = until.exchange(-1) < 0;
    const GstStateChangeReturn result = gst_element_set_state(element, GST_STATE_PLAYING);
    fail_unless((result == GST_STATE_CHANGE_FAILURE) == more);
    refused += more;
    g_object_set(element, "method", 1, nullptr);
    gst_element_set_state(element, GST_STATE_NULL);
    gst_object_unref(element);
    fail_unless(live == before);
  }
  fail_unless(refused > 1);
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite(
      "memory", {out_of_memory_is_an_error_of_the_element, an_element_may_be_made_without_memory});
}
