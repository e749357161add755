// SPDX-License-Identifier: LGPL-2.1-or-later

// The process around the elements: it forks, ends, and loads the plugin more than once.
#include <sys/wait.h>
#include <unistd.h>

#include "codec_support.h"
#include "leaks.h"
#include "pipeline.h"

namespace {

const std::string caps = raw_caps("I420", 48, 32);

// Frames through each element, by this thread and those that the elements start.
bool work() {
  bool right = true;
  for (const char* properties : {"threads=2", "threads=2 method=svd window=4"}) {
    Split split(properties);
    split.set_caps(caps);
    for (int i = 0; i < 10; i++)
      right = right && split.push(make_frame(parse_caps(caps), i)) == GST_FLOW_OK;
    right = right && split.push_event(gst_event_new_eos()) && split.waiting(Split::mask) == 10;
  }
  Chain chain("lowrankcompress threads=2 ! lowrankparse ! lowrankdecompress threads=2");
  chain.set_caps(caps);
  for (int i = 0; i < 10; i++)
    right = right && chain.push(make_frame(parse_caps(caps), i)) == GST_FLOW_OK;
  return right && chain.finish() && chain.waiting() == 10;
}

// What the child makes of the process that it has inherited: true as its status 0.
template <typename Child>
pid_t start_child(Child&& child) {
  const pid_t process = fork();
  fail_unless(process >= 0);
  if (process == 0) {
    alarm(60);
    _exit(child() ? 0 : 1);
  }
  return process;
}

void fail_unless_well(pid_t process) {
  int status = 0;
  fail_unless(waitpid(process, &status, 0) == process);
  fail_unless(WIFEXITED(status), "signal %d", WTERMSIG(status));
  fail_unless_equals_int(WEXITSTATUS(status), 0);
}

// ThreadSanitizer ends a process that starts threads after a fork of one with threads.
#ifdef __SANITIZE_THREAD__
constexpr bool may_start_threads = false;
#else
constexpr bool may_start_threads = true;
#endif

// Both go on, with elements that were there before as well, whose threads the child does not have.
GST_START_TEST(elements_work_on_both_sides_of_a_fork) {
  fail_unless(work());
  Split before("threads=2");
  before.set_caps(caps);
  push_frames(before, caps, 0, 5);
  for (int i = 0; i < 5; i++) {
    const pid_t child = start_child([] { return !may_start_threads || work(); });
    push_frames(before, caps, 5 + 5 * i, 5);
    fail_unless(work());
    fail_unless_well(child);
  }
  fail_unless_equals_int(static_cast<int>(before.waiting(Split::mask)), 30);
}
GST_END_TEST

GST_START_TEST(a_fork_leaves_what_plays_alone) {
  GstElement* pipeline = launch(
      "videotestsrc num-buffers=400 ! video/x-raw,format=I420,width=48,height=32 ! tee name=t "
      "t. ! queue ! rpcasplit threads=2 ! fakesink name=sink "
      "t. ! queue ! rpcasplit method=svd window=5 threads=2 ! fakesink "
      "t. ! queue ! lowrankcompress threads=2 ! lowrankparse ! lowrankdecompress ! fakesink");
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  for (int i = 0; i < 50; i++) {
    const pid_t child = start_child([] { return true; });
    g_usleep(1000);
    fail_unless_well(child);
  }
  fail_unless_equals_text(wait_for(pipeline, GST_MESSAGE_EOS), "");
  finish(pipeline);
}
GST_END_TEST

// As a program ends that cleans up: nothing is left behind, and nothing waits.
GST_START_TEST(gstreamer_ends_behind_the_elements) {
  gst_task_cleanup_all();
  g_thread_pool_stop_unused_threads();
  fail_unless_well(start_child([] {
    if (!may_start_threads)
      return true;
    const bool right = work();
    GstElement* pipeline = launch(
        "videotestsrc num-buffers=20 ! video/x-raw,format=I420,width=48,height=32 ! "
        "lowrankcompress ! lowrankparse ! lowrankdecompress ! rpcasplit name=s "
        "s.foreground ! queue ! fakesink s.mask ! queue ! fakesink");
    const bool played = play(pipeline).empty();
    finish(pipeline);
    leaks::fail_if_any();
    // The tracer warns of what is left, and the suite makes a failure of it.
    gst_deinit();
    return right && played;
  }));
}
GST_END_TEST

GST_START_TEST(the_plugin_comes_and_goes) {
  GstRegistry* registry = gst_registry_get();
  for (int i = 0; i < 50; i++) {
    GstPlugin* plugin = gst_plugin_load_by_name("lowrank");
    fail_unless(plugin != nullptr && gst_plugin_is_loaded(plugin));
    gchar* folder = g_path_get_dirname(gst_plugin_get_filename(plugin));
    if (i % 10 == 0)
      fail_unless(work());
    gst_registry_remove_plugin(registry, plugin);
    gst_object_unref(plugin);
    fail_unless(gst_registry_find_plugin(registry, "lowrank") == nullptr);
    fail_unless(gst_registry_scan_path(registry, folder));
    g_free(folder);
    for (const char* name : {"rpcasplit", "lowrankcompress", "lowrankparse", "lowrankdecompress"}) {
      GstElement* element = gst_element_factory_make(name, nullptr);
      fail_unless(element != nullptr, "%s is gone", name);
      gst_object_unref(element);
    }
  }
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("life process",
                   {elements_work_on_both_sides_of_a_fork, a_fork_leaves_what_plays_alone,
                    gstreamer_ends_behind_the_elements, the_plugin_comes_and_goes});
}
