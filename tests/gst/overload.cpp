// SPDX-License-Identifier: LGPL-2.1-or-later

// Sinks that cannot keep up, sources that are too fast: what is left out is counted and told, what
// waits is bounded, and nothing is kept beyond it. Time is counted, not measured.
#include <atomic>
#include <cstdio>
#include <string>

#include "codec_support.h"
#include "pipeline.h"
#include "scale.h"

namespace {

constexpr GstClockTime frame = GST_SECOND / 25;
const std::string caps = raw_caps("GRAY8", 16, 16);

// Memories that are alive, of buffers made by counted_frame().
std::atomic<int> alive{0};

GstBuffer* counted_frame(int index) {
  const GstVideoInfo info = parse_caps(caps);
  GstBuffer* buffer = make_frame(info, index);
  gst_mini_object_weak_ref(
      GST_MINI_OBJECT(gst_buffer_peek_memory(buffer, 0)), [](gpointer, GstMiniObject*) { alive--; },
      nullptr);
  alive++;
  return buffer;
}

guint64 messages_of_quality(GstBus* bus) {
  guint64 count = 0;
  while (GstMessage* message = gst_bus_pop_filtered(bus, GST_MESSAGE_QOS)) {
    count++;
    gst_message_unref(message);
  }
  return count;
}

// A sink that takes three frames' time for each frame: of its pad two of three frames or more are
// left out, the others are late by a bounded time, and every one is accounted for.
GST_START_TEST(slow_sink_gets_what_it_can_show) {
  constexpr GstClockTime cost = 3 * frame;
  constexpr GstClockTime latency = 8 * frame;  // of the pipeline
  const int count = scale::scaled(300);
  for (const char* method : {"", "method=svd window=4", "method=nmf window=4"}) {
    Split split(method, Split::background | Split::mask);
    split.set_caps(caps);
    GstClockTime now = 0;
    guint64 shown = 0;
    GstClockTimeDiff worst = 0;
    for (int i = 0; i < count; i++) {
      // The source is live: a frame comes when it is due, or when the chain is free.
      now = MAX(now, static_cast<GstClockTime>(i) * frame);
      fail_unless_equals_int(split.push(counted_frame(i)), GST_FLOW_OK);
      fail_unless_equals_int(alive, 0);
      while (GstBuffer* buffer = gst_harness_try_pull(split.at(Split::mask))) {
        const GstClockTime time = GST_BUFFER_PTS(buffer);
        gst_buffer_unref(buffer);
        const auto late = MAX(GST_CLOCK_DIFF(time + latency, now), -GST_CLOCK_DIFF(0, time));
        worst = MAX(worst, late);
        gst_pad_push_event(
            split.at(Split::mask)->sinkpad,
            gst_event_new_qos(late > 0 ? GST_QOS_TYPE_UNDERFLOW : GST_QOS_TYPE_OVERFLOW, 3, late,
                              time));
        now += cost;
        shown++;
      }
    }
    split.push_event(gst_event_new_eos());
    shown += split.waiting(Split::mask);
    fail_unless_equals_uint64(split.stat("frames"), static_cast<guint64>(count));
    fail_unless_equals_uint64(shown + split.stat("dropped"), static_cast<guint64>(count));
    fail_unless_equals_uint64(messages_of_quality(split.bus()), split.stat("dropped"));
    fail_unless_equals_int(static_cast<int>(split.waiting(Split::background)), count);
    fail_unless(
        shown <= static_cast<guint64>(count) / 2 && shown >= static_cast<guint64>(count) / 12,
        "%s: %" G_GUINT64_FORMAT " shown", method, shown);
    fail_unless(worst < GST_CLOCK_DIFF(0, 12 * cost), "%s: late by %" GST_TIME_FORMAT, method,
                GST_TIME_ARGS(static_cast<GstClockTime>(worst)));
  }
}
GST_END_TEST

// Of any number of frames the element holds those of its windows at most, and none of the input's
// memory; and none of what it sent.
GST_START_TEST(nothing_is_kept_beyond_the_windows) {
  const int count = scale::scaled(400);
  for (const int window : {0, 1, 2, 5, 8}) {
    const bool online = window == 0;
    Split split(online ? std::string() : "method=svd window=" + std::to_string(window));
    split.set_caps(caps);
    const int delay = online ? 0 : 2 * window - window / 4 - 1;
    int came = 0;
    for (int i = 0; i < count; i++) {
      fail_unless_equals_int(split.push(counted_frame(i)), GST_FLOW_OK);
      fail_unless_equals_int(alive, 0);
      for (const int pad : {Split::foreground, Split::background, Split::mask})
        while (GstBuffer* buffer = gst_harness_try_pull(split.at(pad))) {
          came += pad == Split::mask;
          gst_buffer_unref(buffer);
        }
      fail_unless(i + 1 - came <= delay, "window %d: %d frames are held", window, i + 1 - came);
    }
  }
}
GST_END_TEST

GST_START_TEST(codec_keeps_no_frame) {
  Chain chain("lowrankcompress ! lowrankparse ! lowrankdecompress");
  chain.set_caps(caps);
  for (int i = 0; i < scale::scaled(200); i++) {
    fail_unless_equals_int(chain.push(counted_frame(i)), GST_FLOW_OK);
    fail_unless_equals_int(alive, 0);
    gst_buffer_unref(chain.pull());
  }
}
GST_END_TEST

struct Counts {
  std::atomic<int> entered{0}, left{0};
};

GstPadProbeReturn on_frame(GstPad* pad, GstPadProbeInfo*, gpointer data) {
  auto* counts = static_cast<Counts*>(data);
  (GST_PAD_IS_SINK(pad) ? counts->entered : counts->left)++;
  return GST_PAD_PROBE_OK;
}

void watch(GstElement* element, const char* name, Counts* counts) {
  GstPad* pad = gst_element_get_static_pad(element, name);
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, on_frame, counts, nullptr);
  gst_object_unref(pad);
}

// A live source of 2,000 frames a second, which no sink of a screen shows: whatever part of them
// the sink gets, all are accounted for.
GST_START_TEST(live_source_that_is_too_fast) {
  for (const char* method : {"", "method=pcp window=4"}) {
    const std::string line =
        std::string(
            "videotestsrc is-live=true num-buffers=300 ! "
            "video/x-raw,format=GRAY8,width=64,height=48,framerate=2000/1 ! "
            "rpcasplit name=s ") +
        method + " s.mask ! identity sleep-time=2000 ! fakesink sync=true qos=true max-lateness=0";
    GstElement* pipeline = launch(line);
    GstElement* element = gst_bin_get_by_name(GST_BIN(pipeline), "s");
    Counts counts;
    watch(element, "sink", &counts);
    watch(element, "mask", &counts);
    fail_unless_equals_text(play(pipeline), "");
    GstStructure* stats = nullptr;
    g_object_get(element, "stats", &stats, nullptr);
    guint64 frames = 0, dropped = 0;
    gst_structure_get(stats, "frames", G_TYPE_UINT64, &frames, "dropped", G_TYPE_UINT64, &dropped,
                      nullptr);
    gst_structure_free(stats);
    std::printf("%s: %d entered, %d left, %" G_GUINT64_FORMAT " left out\n", method,
                counts.entered.load(), counts.left.load(), dropped);
    fail_unless_equals_uint64(frames, static_cast<guint64>(counts.entered));
    fail_unless_equals_uint64(dropped + static_cast<guint64>(counts.left), frames);
    gst_object_unref(element);
    finish(pipeline);
  }
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("overload", {slow_sink_gets_what_it_can_show, nothing_is_kept_beyond_the_windows,
                                codec_keeps_no_frame, live_source_that_is_too_fast});
}
