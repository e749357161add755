// SPDX-License-Identifier: LGPL-2.1-or-later

// Any subset of the pads, whatever the stream does, and pads that come and go while it plays.
#include <atomic>
#include <mutex>
#include <random>
#include <thread>

#include "pipeline.h"
#include "scale.h"

namespace {

const char* const pad_names[] = {"foreground", "background", "mask"};
constexpr int pads[] = {Split::foreground, Split::background, Split::mask};
const char* const methods[] = {"threads=1", "threads=2 method=svd window=4"};

void push_under(Split& split, const std::string& caps, int first, int count) {
  split.set_caps(caps);
  push_frames(split, caps, first, count);
}

// What came to a linked pad since the last call is frames [first, end).
void check_frames(const Split& split, int pad, int first, int end) {
  for (int i = first; i < end; i++) {
    GstBuffer* buffer = split.pull(pad);
    fail_unless_equals_uint64(GST_BUFFER_OFFSET(buffer), static_cast<guint64>(i));
    gst_buffer_unref(buffer);
  }
  fail_unless_equals_int(static_cast<int>(split.waiting(pad)), 0);
}

void drop_all(const Split& split, int pad) {
  while (split.waiting(pad) > 0)
    gst_buffer_unref(split.pull(pad));
}

// The last sticky event EOS has come.
bool has_ended(const Split& split, int pad) {
  GstEvent* end = gst_pad_get_sticky_event(split.at(pad)->sinkpad, GST_EVENT_EOS, 0);
  if (end == nullptr)
    return false;
  gst_event_unref(end);
  return true;
}

template <typename Check>
void for_linked(int subset, Check&& check) {
  for (const int pad : pads)
    if ((subset & pad) != 0)
      check(pad);
}

// A change of caps, a seek with flush, one without, and the end, with a window half full each time.
GST_START_TEST(any_subset_gets_all) {
  for (const char* method : methods)
    for (int subset = 1; subset <= Split::all; subset++) {
      Split split(method, subset);
      push_under(split, raw_caps("I420", 32, 24), 0, 6);
      push_under(split, raw_caps("BGRx", 40, 30), 6, 3);
      fail_unless(split.push_event(gst_event_new_flush_start()));
      end_flush(split);
      for_linked(subset, [&](int pad) { drop_all(split, pad); });
      push_under(split, raw_caps("BGRx", 40, 30), 20, 6);
      GstSegment segment;
      gst_segment_init(&segment, GST_FORMAT_TIME);
      segment.start = segment.time = GST_SECOND;
      fail_unless(split.push_event(gst_event_new_segment(&segment)));
      for_linked(subset, [&](int pad) { check_frames(split, pad, 20, 26); });
      push_under(split, raw_caps("GRAY8", 24, 32), 30, 5);
      fail_unless(split.push_event(gst_event_new_eos()));
      for_linked(subset, [&](int pad) {
        check_frames(split, pad, 30, 35);
        fail_unless(has_ended(split, pad));
      });
      fail_unless_equals_text(split.error(), "");
    }
}
GST_END_TEST

// videotestsrc through the element to branches that another thread takes off and on.
class Branches {
 public:
  Branches(const std::string& source, const std::string& properties) {
    pipeline_ = launch(source + " ! tee allow-not-linked=true ! rpcasplit name=s " + properties +
                       " queue name=foreground ! fakesink sync=false async=false name=sink0 "
                       "queue name=background ! video/x-raw,format=BGRx ! "
                       "fakesink sync=false async=false name=sink1 "
                       "queue name=mask ! fakesink sync=false async=false name=sink2");
    GstElement* split = gst_bin_get_by_name(GST_BIN(pipeline_), "s");
    for (std::size_t i = 0; i < 3; i++) {
      sources_[i] = gst_element_get_static_pad(split, pad_names[i]);
      GstElement* queue = gst_bin_get_by_name(GST_BIN(pipeline_), pad_names[i]);
      sinks_[i] = gst_element_get_static_pad(queue, "sink");
      gst_object_unref(queue);
    }
    gst_object_unref(split);
  }
  Branches(const Branches&) = delete;
  Branches& operator=(const Branches&) = delete;
  ~Branches() {
    finish(pipeline_);
    for (std::size_t i = 0; i < 3; i++) {
      gst_object_unref(sources_[i]);
      gst_object_unref(sinks_[i]);
    }
  }

  GstElement* pipeline() const { return pipeline_; }
  void link(std::size_t i) {
    if (!gst_pad_is_linked(sources_[i]))
      fail_unless_equals_int(gst_pad_link(sources_[i], sinks_[i]), GST_PAD_LINK_OK);
  }
  void turn(std::size_t i) {
    if (gst_pad_is_linked(sources_[i]))
      fail_unless(gst_pad_unlink(sources_[i], sinks_[i]));
    else
      link(i);
  }
  guint64 rendered(int i) const {
    GstElement* sink =
        gst_bin_get_by_name(GST_BIN(pipeline_), ("sink" + std::to_string(i)).c_str());
    GstStructure* stats = nullptr;
    g_object_get(sink, "stats", &stats, nullptr);
    guint64 count = 0;
    fail_unless(gst_structure_get_uint64(stats, "rendered", &count));
    gst_structure_free(stats);
    gst_object_unref(sink);
    return count;
  }

 private:
  GstElement* pipeline_;
  GstPad* sources_[3];
  GstPad* sinks_[3];
};

const std::string source = "videotestsrc name=source ! video/x-raw,format=I420,width=32,height=24";

// No link comes or goes meanwhile where GStreamer itself cannot have it: a bin that looks at its
// links takes that for a loop, and a branch that comes in the middle of a flush gets FLUSH_STOP
// alone, which waits for a sink that nothing has woken.
std::mutex links_mutex;

// Other states, and flushing seeks. Only while it plays: a branch that has gone in PAUSED is not
// flushed, and may hold the streaming thread, for which the seek waits.
void disturb(GstElement* pipeline, std::mt19937& random) {
  static constexpr GstState states[] = {GST_STATE_PLAYING, GST_STATE_PAUSED, GST_STATE_PLAYING,
                                        GST_STATE_READY,   GST_STATE_NULL,   GST_STATE_PLAYING};
  const GstState state = states[random() % 6];
  {
    const std::lock_guard lock(links_mutex);
    fail_unless(gst_element_set_state(pipeline, state) != GST_STATE_CHANGE_FAILURE);
  }
  if (state == GST_STATE_PLAYING && random() % 2 == 0) {
    const std::lock_guard lock(links_mutex);
    gst_element_seek_simple(pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH,
                            static_cast<gint64>(random() % 10) * GST_SECOND);
  }
  g_usleep(random() % 3000);
}

GST_START_TEST(pads_come_and_go_while_playing) {
  const unsigned seed = scale::seed();
  for (const char* method : methods)
    for (const bool disturbed : {false, true}) {
      Branches branches(source, method);
      fail_unless(gst_element_set_state(branches.pipeline(), GST_STATE_PLAYING) !=
                  GST_STATE_CHANGE_FAILURE);
      std::atomic<bool> done{false};
      std::thread linker([&] {
        std::mt19937 random(seed);
        for (int i = 0; i < scale::scaled(1000); i++) {
          {
            const std::lock_guard lock(links_mutex);
            branches.turn(random() % 3);
          }
          g_usleep(random() % 500);
        }
        done = true;
      });
      std::mt19937 random(seed + 1);
      while (!done)
        disturbed ? disturb(branches.pipeline(), random) : g_usleep(1000);
      linker.join();
      gst_element_set_state(branches.pipeline(), GST_STATE_NULL);
      GstBus* bus = gst_element_get_bus(branches.pipeline());
      fail_unless(gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR) == nullptr, "seed %u", seed);
      gst_object_unref(bus);
    }
}
GST_END_TEST

// Once nothing comes and goes any more, each branch gets all.
GST_START_TEST(branches_get_all_in_the_end) {
  for (const char* method : methods) {
    Branches branches(source, method);
    for (int round = 0; round < 3; round++) {
      gst_element_set_state(branches.pipeline(), GST_STATE_PLAYING);
      for (std::size_t i = 0; i < 100; i++) {
        branches.turn(i % 3);
        g_usleep(200);
      }
      gst_element_set_state(branches.pipeline(), GST_STATE_READY);
      for (std::size_t i = 0; i < 3; i++)
        branches.link(i);
      GstElement* test = gst_bin_get_by_name(GST_BIN(branches.pipeline()), "source");
      g_object_set(test, "num-buffers", 30, nullptr);
      fail_unless_equals_text(play(branches.pipeline()), "");
      for (int i = 0; i < 3; i++)
        fail_unless_equals_uint64(branches.rendered(i), 30);
      gst_element_set_state(branches.pipeline(), GST_STATE_NULL);
      g_object_set(test, "num-buffers", -1, nullptr);
      gst_object_unref(test);
    }
  }
}
GST_END_TEST

// Gives a pad of the element another peer, which takes BGRx only, in the middle of something.
class PeerChange {
 public:
  PeerChange(Split& split, const char* pad) {
    source_ = gst_element_get_static_pad(split.element(), pad);
    next_ = gst_harness_new("capsfilter");
    GstCaps* caps = gst_caps_from_string("video/x-raw,format=BGRx");
    g_object_set(next_->element, "caps", caps, nullptr);
    gst_caps_unref(caps);
    sink_ = gst_element_get_static_pad(next_->element, "sink");
    fail_unless(gst_pad_unlink(next_->srcpad, sink_));
  }
  PeerChange(const PeerChange&) = delete;
  PeerChange& operator=(const PeerChange&) = delete;
  ~PeerChange() {
    gst_pad_unlink(source_, sink_);
    gst_object_unref(source_);
    gst_object_unref(sink_);
    gst_harness_teardown(next_);
  }
  guint taken() const { return gst_harness_buffers_in_queue(next_); }

  // When the next buffer leaves by a pad.
  void with_buffer(Split& split, const char* pad) { add(split, pad, GST_PAD_PROBE_TYPE_BUFFER); }
  // When a pad has asked what its peer takes.
  void with_query(Split& split, const char* pad) {
    add(split, pad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM | GST_PAD_PROBE_TYPE_PULL);
  }

 private:
  void add(Split& split, const char* pad, int type) {
    GstPad* at = gst_element_get_static_pad(split.element(), pad);
    gst_pad_add_probe(at, static_cast<GstPadProbeType>(type), change, this, nullptr);
    gst_object_unref(at);
  }
  static GstPadProbeReturn change(GstPad*, GstPadProbeInfo* info, gpointer data) {
    const auto* self = static_cast<PeerChange*>(data);
    if ((info->type & GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM) != 0 &&
        GST_QUERY_TYPE(GST_PAD_PROBE_INFO_QUERY(info)) != GST_QUERY_CAPS)
      return GST_PAD_PROBE_OK;
    GstPad* peer = gst_pad_get_peer(self->source_);
    fail_unless(gst_pad_unlink(self->source_, peer));
    gst_object_unref(peer);
    fail_unless_equals_int(gst_pad_link(self->source_, self->sink_), GST_PAD_LINK_OK);
    return GST_PAD_PROBE_REMOVE;
  }

  GstPad* source_;
  GstHarness* next_;
  GstPad* sink_;
};

// What the old peer took is no matter to the new one: at most the frame on its way is lost.
GST_START_TEST(peer_changes_within_a_frame) {
  const std::string caps = raw_caps("I420", 32, 24);
  Split split("threads=1");
  PeerChange change(split, "background");
  push_under(split, caps, 0, 3);
  change.with_buffer(split, "foreground");
  push_frames(split, caps, 3, 3);
  fail_unless_equals_text(split.error(), "");
  fail_unless_equals_int(static_cast<int>(change.taken()), 2);
}
GST_END_TEST

GST_START_TEST(peer_changes_within_negotiation) {
  const std::string caps = raw_caps("I420", 32, 24);
  Split split("threads=1");
  PeerChange change(split, "foreground");
  push_under(split, caps, 0, 3);
  change.with_query(split, "foreground");
  split.set("foreground-mode", "alpha");
  push_frames(split, caps, 3, 3);
  fail_unless_equals_text(split.error(), "");
  fail_unless_equals_int(static_cast<int>(change.taken()), 3);
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("life links", {any_subset_gets_all, pads_come_and_go_while_playing,
                                  branches_get_all_in_the_end, peer_changes_within_a_frame,
                                  peer_changes_within_negotiation});
}
