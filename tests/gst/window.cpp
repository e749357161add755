// SPDX-License-Identifier: LGPL-2.1-or-later

// Windows: latency, draining, limits, cancelling, and changes while playing.
#include <thread>

#include "support.h"

namespace {

constexpr GstClockTime frame_time = GST_SECOND / 25;

void push_frames(Split& split, const std::string& caps, int first, int count) {
  for (int i = first; i < first + count; i++)
    fail_unless(split.push(make_frame(parse_caps(caps), i)) == GST_FLOW_OK, "%s",
                split.error().c_str());
}

// 2 * window - window / 4 - 1 frames.
GST_START_TEST(latency_is_that_of_two_windows) {
  struct Case {
    const char* properties;
    const char* rate;
    GstClockTime expected;
  };
  for (const Case& c :
       {Case{"method=online window=9", "25/1", 0}, Case{"method=svd window=1", "25/1", frame_time},
        Case{"method=svd window=10", "25/1", 17 * frame_time},
        Case{"method=pcp window=4", "50/1", 6 * frame_time / 2},
        Case{"method=pcp window=4", "0/1", 6 * frame_time},
        Case{"method=svd window=0", "25/1", 0}}) {
    Split split(c.properties);
    gst_harness_set_upstream_latency(split.input(), 7 * GST_MSECOND);
    split.set_caps(std::string("video/x-raw,format=I420,width=16,height=16,framerate=") + c.rate);
    fail_unless(split.has_message(GST_MESSAGE_LATENCY) ==
                    (c.expected != 0 || g_str_has_suffix(c.properties, "window=0")),
                "%s", c.properties);
    for (const int pad : {Split::foreground, Split::background, Split::mask}) {
      GstQuery* query = gst_query_new_latency();
      fail_unless(gst_pad_peer_query(split.at(pad)->sinkpad, query));
      GstClockTime min = 0, max = 0;
      gst_query_parse_latency(query, nullptr, &min, &max);
      fail_unless_equals_uint64(min, c.expected + 7 * GST_MSECOND);
      fail_unless(!GST_CLOCK_TIME_IS_VALID(max) || max >= min);
      gst_query_unref(query);
    }
  }
}
GST_END_TEST

GST_START_TEST(a_frame_comes_out_for_each_that_goes_in) {
  for (const char* properties :
       {"method=svd window=8", "method=pcp window=8", "method=nmf window=8"}) {
    Split split(properties, Split::background | Split::mask);
    const std::string caps = raw_caps("I420", 24, 16);
    split.set_caps(caps);
    for (int i = 0; i < 50; i++) {
      push_frames(split, caps, i, 1);
      fail_unless_equals_int(static_cast<int>(split.waiting(Split::background)), MAX(0, i - 12));
      fail_unless_equals_int(static_cast<int>(split.waiting(Split::mask)), MAX(0, i - 12));
    }
  }
}
GST_END_TEST

GST_START_TEST(method_nmf_is_one_of_the_enum) {
  Split split("method=nmf window=5", Split::mask);
  GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(split.element()), "method");
  GEnumClass* methods = G_PARAM_SPEC_ENUM(spec)->enum_class;
  gint method = -1;
  g_object_get(split.element(), "method", &method, nullptr);
  const GEnumValue* value = g_enum_get_value(methods, method);
  fail_unless(value != nullptr);
  fail_unless_equals_string(value->value_nick, "nmf");
  const std::string caps = raw_caps("I420", 24, 16);
  split.set_caps(caps);
  push_frames(split, caps, 0, 5);
  split.push_event(gst_event_new_eos());
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::mask)), 5);
  fail_unless_equals_uint64(split.stat("rank"), 2);
}
GST_END_TEST

GST_START_TEST(window_change_while_playing_drains) {
  Split split("method=svd window=6", Split::background);
  const std::string caps = raw_caps("I420", 24, 16);
  split.set_caps(caps);
  push_frames(split, caps, 0, 4);
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::background)), 0);
  while (split.has_message(GST_MESSAGE_LATENCY)) {
  }
  split.set("window", "3");
  push_frames(split, caps, 4, 1);
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::background)), 4);
  fail_unless(split.has_message(GST_MESSAGE_LATENCY));
  fail_unless_equals_uint64(gst_harness_query_latency(split.input()), 5 * frame_time);
  push_frames(split, caps, 5, 6);
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::background)), 6);
  split.set("method", "online");
  push_frames(split, caps, 11, 1);
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::background)), 12);
  fail_unless(split.has_message(GST_MESSAGE_LATENCY));
}
GST_END_TEST

// Exact PCP takes a rank of many for the noise of the video, stable PCP one for the still scene.
GST_START_TEST(noise_chooses_stable_or_exact_pcp) {
  Split split("method=pcp window=0", Split::mask);
  gdouble noise = 0;
  g_object_get(split.element(), "noise", &noise, nullptr);
  fail_unless_equals_float(noise, -1);
  const std::string caps = raw_caps("GRAY8", 48, 32);
  const GstVideoInfo info = parse_caps(caps);
  split.set_caps(caps);
  const auto push_noisy = [&](int first) {
    for (int i = first; i < first + 30; i++)
      fail_unless(split.push(make_noise_frame(info, i, 120, 140)) == GST_FLOW_OK);
  };
  const auto end_stream = [&] {
    split.push_event(gst_event_new_segment_done(GST_FORMAT_TIME, 0));
    return split.stat("rank");
  };
  push_noisy(0);
  fail_unless_equals_uint64(end_stream(), 1);
  push_noisy(30);
  // A change sends what waits.
  split.set("noise", "0");
  push_noisy(60);
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::mask)), 60);
  fail_unless(end_stream() > 5);
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::mask)), 90);
}
GST_END_TEST

GST_START_TEST(partial_window_is_drained_at_eos) {
  for (const char* properties :
       {"method=svd window=5", "method=pcp window=5", "method=nmf window=5", "method=svd window=0",
        "method=pcp window=0", "method=nmf window=0"})
    for (const int frames : {1, 4, 5, 7}) {
      Split split(properties);
      const std::string caps = raw_caps("NV12", 24, 16);
      split.set_caps(caps);
      push_frames(split, caps, 0, frames);
      split.push_event(gst_event_new_eos());
      for (const int pad : {Split::foreground, Split::background, Split::mask})
        fail_unless_equals_int(static_cast<int>(split.waiting(pad)), frames);
    }
}
GST_END_TEST

GST_START_TEST(reset_in_a_window_loses_no_frame) {
  Split split("method=svd window=4", Split::mask);
  const std::string caps = raw_caps("I420", 24, 16);
  split.set_caps(caps);
  push_frames(split, caps, 0, 2);
  g_signal_emit_by_name(split.element(), "reset");
  push_frames(split, caps, 2, 4);
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::mask)), 2);
  split.push_event(gst_event_new_eos());
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::mask)), 6);
}
GST_END_TEST

GST_START_TEST(window_over_max_memory_says_what_fits) {
  Split split("method=pcp window=1000 max-memory=20000000");
  const std::string caps = raw_caps("I420", 320, 240);
  split.set_caps(caps);
  fail_unless_equals_int(split.push(make_frame(parse_caps(caps), 0)), GST_FLOW_ERROR);
  const std::string error = split.error();
  fail_unless(error.find("gst-resource-error") == 0, "%s", error.c_str());
  fail_unless(error.find("1000") != std::string::npos, "%s", error.c_str());
  fail_unless(error.find("window") != std::string::npos, "%s", error.c_str());
}
GST_END_TEST

GST_START_TEST(stream_over_max_memory_is_an_error) {
  Split split("method=svd window=0 max-memory=3000000");
  const std::string caps = raw_caps("I420", 160, 120);
  split.set_caps(caps);
  GstFlowReturn flow = GST_FLOW_OK;
  for (int i = 0; i < 1000 && flow == GST_FLOW_OK; i++)
    flow = split.push(make_frame(parse_caps(caps), i));
  fail_unless_equals_int(flow, GST_FLOW_ERROR);
  fail_unless(split.error().find("gst-resource-error") == 0);
}
GST_END_TEST

GST_START_TEST(rank_above_window_is_an_error) {
  for (const char* properties : {"method=svd window=3 rank=4", "method=online rank=17"}) {
    Split split(properties);
    const std::string caps = raw_caps("I420", 24, 16);
    split.set_caps(caps);
    fail_unless_equals_int(split.push(make_frame(parse_caps(caps), 0)), GST_FLOW_ERROR);
    const std::string error = split.error();
    fail_unless(error.find("gst-library-error") == 0 && error.find("rank") != std::string::npos,
                "%s", error.c_str());
  }
}
GST_END_TEST

// The flush ends the factorization that the last push waits for; without it that would come back as
// OK.
GST_START_TEST(flush_cancels_a_factorization) {
  Split split("method=pcp window=40 max-memory=4000000000", Split::mask);
  const std::string caps = raw_caps("GRAY8", 640, 480);
  const GstVideoInfo info = parse_caps(caps);
  split.set_caps(caps);
  for (int i = 0; i < 69; i++)
    fail_unless(split.push(make_noise_frame(info, i)) == GST_FLOW_OK, "%s", split.error().c_str());
  GstFlowReturn flow = GST_FLOW_OK;
  GstBuffer* last = make_noise_frame(info, 69);
  std::thread streaming([&] { flow = split.push(last); });
  g_usleep(100000);
  const gint64 begun = g_get_monotonic_time();
  split.push_event(gst_event_new_flush_start());
  streaming.join();
  fail_unless_equals_int(flow, GST_FLOW_FLUSHING);
  fail_unless(g_get_monotonic_time() - begun < 5 * G_USEC_PER_SEC);
  split.push_event(gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  split.push_event(gst_event_new_segment(&segment));
  fail_unless_equals_int(split.push(make_noise_frame(info, 70)), GST_FLOW_OK);
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::mask)), 0);
}
GST_END_TEST

// What the bus has of progress: a letter for each message's type.
std::string progress_messages(const Split& split) {
  std::string letters;
  gdouble before = 0;
  while (GstMessage* message = gst_bus_pop_filtered(split.bus(), GST_MESSAGE_PROGRESS)) {
    GstProgressType type = GST_PROGRESS_TYPE_ERROR;
    gchar* code = nullptr;
    gchar* text = nullptr;
    gst_message_parse_progress(message, &type, &code, &text);
    fail_unless_equals_string(code, "factorize");
    fail_unless(g_str_has_prefix(text, "principal component pursuit of "), "%s", text);
    gdouble done = 0;
    fail_unless(
        gst_structure_get_double(gst_message_get_structure(message), "percent-complete", &done));
    fail_unless(done >= before && done <= 100);
    before = done;
    letters += type == GST_PROGRESS_TYPE_START      ? 's'
               : type == GST_PROGRESS_TYPE_CONTINUE ? 'c'
               : type == GST_PROGRESS_TYPE_COMPLETE ? 'C'
               : type == GST_PROGRESS_TYPE_CANCELED ? 'X'
                                                    : '?';
    g_free(code);
    g_free(text);
    gst_message_unref(message);
  }
  return letters;
}

// Frames of noise, whose pursuit takes seconds.
void push_long_window(Split& split, int frames) {
  const std::string caps = raw_caps("GRAY8", 640, 480);
  const GstVideoInfo info = parse_caps(caps);
  split.set_caps(caps);
  for (int i = 0; i < frames; i++)
    fail_unless(split.push(make_noise_frame(info, i)) == GST_FLOW_OK, "%s", split.error().c_str());
}

void wait_for_progress(const Split& split) {
  GstMessage* message =
      gst_bus_timed_pop_filtered(split.bus(), 60 * GST_SECOND, GST_MESSAGE_PROGRESS);
  fail_unless(message != nullptr);
  gst_message_unref(message);
}

GST_START_TEST(long_factorizations_tell_their_progress) {
  Split split("method=pcp noise=1 window=0 threads=1", Split::mask);
  push_long_window(split, 25);
  const gint64 begun = g_get_monotonic_time();
  split.push_event(gst_event_new_eos());
  const gint64 took = g_get_monotonic_time() - begun;
  const std::string messages = progress_messages(split);
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::mask)), 25);
  fail_unless(messages.size() >= 2, "%s after %d ms", messages.c_str(),
              static_cast<int>(took / 1000));
  fail_unless(messages.front() == 's' && messages.back() == 'C', "%s", messages.c_str());
  fail_unless(messages.find_first_not_of('c', 1) == messages.size() - 1, "%s", messages.c_str());
  fail_unless(static_cast<gint64>(messages.size()) <= 2 + took / (G_USEC_PER_SEC / 4));
}
GST_END_TEST

GST_START_TEST(short_factorizations_are_not_worth_a_message) {
  Split split("method=pcp window=5", Split::mask);
  const std::string caps = raw_caps("I420", 24, 16);
  split.set_caps(caps);
  push_frames(split, caps, 0, 20);
  split.push_event(gst_event_new_eos());
  fail_unless_equals_text(progress_messages(split), "");
}
GST_END_TEST

GST_START_TEST(flush_cancels_the_factorization_of_a_stream) {
  Split split("method=pcp noise=1 window=0 threads=1", Split::mask);
  push_long_window(split, 40);
  std::thread streaming([&] { split.push_event(gst_event_new_eos()); });
  wait_for_progress(split);
  split.push_event(gst_event_new_flush_start());
  streaming.join();
  const std::string messages = progress_messages(split);
  fail_unless(!messages.empty() && messages.back() == 'X', "%s", messages.c_str());
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::mask)), 0);
}
GST_END_TEST

GST_START_TEST(state_change_ends_a_factorization) {
  for (const int window : {0, 40}) {
    const std::string properties = "method=pcp noise=1 threads=1 window=" + std::to_string(window);
    Split split(properties, Split::mask);
    push_long_window(split, 40);
    // With a window its own thread is at work already, and the stream waits for frames.
    std::thread streaming;
    if (window == 0)
      streaming = std::thread([&] { split.push_event(gst_event_new_eos()); });
    wait_for_progress(split);
    const gint64 begun = g_get_monotonic_time();
    fail_unless_equals_int(gst_element_set_state(split.element(), GST_STATE_READY),
                           GST_STATE_CHANGE_SUCCESS);
    fail_unless(g_get_monotonic_time() - begun < 5 * G_USEC_PER_SEC);
    if (streaming.joinable())
      streaming.join();
    const std::string messages = progress_messages(split);
    fail_unless(!messages.empty() && messages.back() == 'X', "%s", messages.c_str());
  }
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite(
      "window", {latency_is_that_of_two_windows, a_frame_comes_out_for_each_that_goes_in,
                 method_nmf_is_one_of_the_enum, window_change_while_playing_drains,
                 noise_chooses_stable_or_exact_pcp, partial_window_is_drained_at_eos,
                 reset_in_a_window_loses_no_frame, window_over_max_memory_says_what_fits,
                 stream_over_max_memory_is_an_error, rank_above_window_is_an_error,
                 flush_cancels_a_factorization, long_factorizations_tell_their_progress,
                 short_factorizations_are_not_worth_a_message,
                 flush_cancels_the_factorization_of_a_stream, state_change_ends_a_factorization});
}
