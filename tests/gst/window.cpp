// SPDX-License-Identifier: LGPL-2.1-or-later

// Windows: latency, draining, limits, and changes while playing.
#include "support.h"

namespace {

constexpr GstClockTime frame_time = GST_SECOND / 25;

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
        Case{"method=svd window=100", "1/2147483647", G_MAXINT64},
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

// And that does.
GST_START_TEST(window_over_max_memory_says_what_fits) {
  const std::string caps = raw_caps("I420", 320, 240);
  const auto error_with = [&](const std::string& method, int window) {
    Split split(method + " threads=1 max-memory=64000000 window=" + std::to_string(window));
    split.set_caps(caps);
    const GstFlowReturn flow = split.push(make_frame(parse_caps(caps), 0));
    const std::string error = split.error();
    fail_unless(flow == (error.empty() ? GST_FLOW_OK : GST_FLOW_ERROR));
    return error;
  };
  for (const char* method : {"method=pcp", "method=svd", "method=nmf", "method=fixed-rank"}) {
    const std::string error = error_with(method, 1000);
    fail_unless(error.find("gst-resource-error") == 0, "%s", error.c_str());
    fail_unless(error.find("a window of 1000 frames of 320x240") != std::string::npos, "%s",
                error.c_str());
    const auto at = error.find("window=");
    fail_unless(at != std::string::npos, "%s", error.c_str());
    const int fitting = std::stoi(error.substr(at + 7));
    fail_unless_equals_text(error_with(method, fitting), "");
    fail_unless(!error_with(method, fitting + 1).empty());
  }
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

}  // namespace

int main() {
  return run_suite("window",
                   {latency_is_that_of_two_windows, a_frame_comes_out_for_each_that_goes_in,
                    method_nmf_is_one_of_the_enum, window_change_while_playing_drains,
                    noise_chooses_stable_or_exact_pcp, partial_window_is_drained_at_eos,
                    reset_in_a_window_loses_no_frame, window_over_max_memory_says_what_fits,
                    stream_over_max_memory_is_an_error, rank_above_window_is_an_error});
}
