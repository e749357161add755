// SPDX-License-Identifier: LGPL-2.1-or-later

// How many threads the element starts. This program's pthread_create() serves all libraries, so
// that none escapes the count.
#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>

#include "pipeline.h"

namespace {

// Threads by who starts them: GLib, C++ code of the library, and anybody else, a BLAS for one.
struct Counts {
  std::atomic<int> alive{0};
  std::atomic<int> most{0};  // that were alive at once
  std::atomic<int> started{0};

  void begin() {
    started++;
    const int now = ++alive;
    int before = most;
    while (before < now && !most.compare_exchange_weak(before, now)) {
    }
  }
};
Counts of_glib, of_cpp, of_others;

Counts& counts_of(void* (*routine)(void*)) {
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(routine), &info) == 0)
    return of_others;
  if (std::strstr(info.dli_fname, "libstdc++") != nullptr)
    return of_cpp;
  return std::strstr(info.dli_fname, "libglib") != nullptr ? of_glib : of_others;
}

// Holds threads of C++ until so many are there.
class Gate {
 public:
  void expect(int count) {
    const std::lock_guard lock(mutex_);
    missing_ = count;
  }
  void pass() {
    std::unique_lock lock(mutex_);
    missing_--;
    changed_.notify_all();
    changed_.wait_for(lock, std::chrono::seconds(60), [this] { return missing_ <= 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int missing_ = 0;
};
Gate gate;

struct Start {
  void* (*routine)(void*);
  void* argument;
  Counts* counts;
};

void* run(void* data) {
  const Start start = *std::unique_ptr<Start>(static_cast<Start*>(data));
  if (start.counts == &of_cpp)
    gate.pass();
  void* result = start.routine(start.argument);
  start.counts->alive--;
  return result;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int pthread_create(
    pthread_t* thread, const pthread_attr_t* attributes, void* (*routine)(void*),
    void* argument) noexcept {
  using Function = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "pthread_create"));
  Counts& counts = counts_of(routine);
  auto start = std::make_unique<Start>(Start{routine, argument, &counts});
  counts.begin();
  const int problem = real(thread, attributes, run, start.get());
  if (problem == 0)
    static_cast<void>(start.release());
  else
    counts.alive--;
  return problem;
}

namespace {

GST_START_TEST(loading_starts_no_thread) {
  fail_unless_equals_int(tasks_of_process(), 1);
  GstPlugin* plugin = gst_plugin_load_by_name("lowrank");
  fail_unless(plugin != nullptr && gst_plugin_is_loaded(plugin));
  GstElement* element = gst_element_factory_make("rpcasplit", nullptr);
  fail_unless(element != nullptr);
  fail_unless_equals_int(tasks_of_process(), 1);
  gst_object_unref(element);
  gst_object_unref(plugin);
}
GST_END_TEST

gpointer nothing(gpointer) {
  return nullptr;
}

GST_START_TEST(threads_are_counted_by_who_starts_them) {
  g_thread_join(g_thread_new("of GLib", nothing, nullptr));
  fail_unless_equals_int(of_glib.started, 1);
  pthread_t thread;
  fail_unless_equals_int(pthread_create(&thread, nullptr, nothing, nullptr), 0);
  pthread_join(thread, nullptr);
  fail_unless_equals_int(of_others.started, 1);
  fail_unless_equals_int(of_others.most, 1);
  fail_unless_equals_int(of_others.alive + of_glib.alive, 0);
}
GST_END_TEST

// Windows of an element of its own. Returns how many frames came out.
gpointer separate(gpointer properties) {
  Split split(static_cast<const char*>(properties), Split::mask);
  const std::string caps = raw_caps("GRAY8", 64, 48);
  const GstVideoInfo info = parse_caps(caps);
  split.set_caps(caps);
  for (int i = 0; i < 30; i++)
    split.push(make_noise_frame(info, i, 100, 120));
  split.push_event(gst_event_new_eos());
  return GUINT_TO_POINTER(split.waiting(Split::mask));
}

// Each needs a thread that solves windows beside the one that streams, and no more.
GST_START_TEST(two_elements_of_one_thread_have_one_solver_each) {
  for (const char* properties :
       {"method=pcp window=6 threads=1", "method=pcp noise=0 window=6 threads=1",
        "method=svd window=6 threads=1", "method=nmf window=6 threads=1",
        "method=fixed-rank rank=1 window=6 threads=1"}) {
    of_cpp.most = 0;
    gate.expect(2);
    GThread* elements[2];
    for (GThread*& element : elements)
      element = g_thread_new("streaming", separate, const_cast<char*>(properties));
    for (GThread* element : elements)
      fail_unless_equals_int(GPOINTER_TO_INT(g_thread_join(element)), 30);
    fail_unless_equals_int(of_cpp.most, 2);
    fail_unless_equals_int(of_cpp.alive, 0);
  }
  fail_unless_equals_int(of_others.started, 0);
}
GST_END_TEST

// Which also shows that the pools of solvers are counted.
GST_START_TEST(threads_are_as_many_as_asked_for) {
  for (const char* properties :
       {"method=pcp window=6 threads=3", "method=pcp noise=0 window=6 threads=3",
        "method=svd window=6 threads=3", "method=nmf window=6 threads=3",
        "method=fixed-rank rank=1 window=6 threads=3"}) {
    of_cpp.most = 0;
    fail_unless_equals_int(GPOINTER_TO_INT(separate(const_cast<char*>(properties))), 30);
    fail_unless(of_cpp.most == 3, "%d threads with %s", of_cpp.most.load(), properties);
  }
  // The streaming thread works along.
  for (const char* properties : {"threads=3", "method=pcp window=0 threads=3"}) {
    of_cpp.most = 0;
    fail_unless_equals_int(GPOINTER_TO_INT(separate(const_cast<char*>(properties))), 30);
    fail_unless(of_cpp.most == 2, "%d threads with %s", of_cpp.most.load(), properties);
  }
  fail_unless_equals_int(of_cpp.alive, 0);
  fail_unless_equals_int(of_others.started, 0);
}
GST_END_TEST

GST_START_TEST(one_thread_online_is_that_of_the_stream) {
  const int before = of_cpp.started;
  fail_unless_equals_int(GPOINTER_TO_INT(separate(const_cast<char*>("threads=1"))), 30);
  fail_unless_equals_int(of_cpp.started, before);
  fail_unless_equals_int(of_others.started, 0);
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite(
      "threads", {loading_starts_no_thread, threads_are_counted_by_who_starts_them,
                  two_elements_of_one_thread_have_one_solver_each, threads_are_as_many_as_asked_for,
                  one_thread_online_is_that_of_the_stream});
}
