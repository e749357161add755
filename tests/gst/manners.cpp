// SPDX-License-Identifier: LGPL-2.1-or-later

// What neighbours expect of an element: quality of service, gaps, events and queries that it does
// not know, memory that it cannot read.
#include <algorithm>

#include "support.h"

namespace {

constexpr GstClockTime frame = GST_SECOND / 25;
const std::string caps = raw_caps("I420", 32, 24);

void push_frame(Split& split, int index) {
  fail_unless_equals_int(split.push(make_frame(parse_caps(caps), index)), GST_FLOW_OK);
}

// The sink of a pad says that a frame was late by `diff`, or early by -diff.
void send_qos(const Split& split, int pad, GstClockTime timestamp, GstClockTimeDiff diff,
              GstQOSType type = GST_QOS_TYPE_UNDERFLOW) {
  gst_pad_push_event(split.at(pad)->sinkpad, gst_event_new_qos(type, 1.5, diff, timestamp));
}

// Indices of the frames that wait on a pad.
std::vector<int> received(const Split& split, int pad) {
  std::vector<int> indices;
  while (GstBuffer* buffer = gst_harness_try_pull(split.at(pad))) {
    indices.push_back(static_cast<int>(GST_BUFFER_OFFSET(buffer)));
    gst_buffer_unref(buffer);
  }
  return indices;
}

// Frame 0 came three frames late: those before twice that and one are due no more, 1 to 6.
GST_START_TEST(late_pad_leaves_out_frames) {
  Split split;
  const Items* items = record(split.element(), "mask");
  split.set_caps(caps);
  push_frame(split, 0);
  send_qos(split, Split::mask, 0, 3 * frame);
  for (int i = 1; i < 9; i++)
    push_frame(split, i);
  fail_unless(received(split, Split::mask) == std::vector<int>({0, 7, 8}));
  check_items(*items, "stream-start caps segment buffer gap gap gap gap gap gap buffer buffer ");
  // Others are on time, and the model has seen all.
  for (const int pad : {Split::foreground, Split::background})
    fail_unless_equals_int(static_cast<int>(split.waiting(pad)), 9);
  fail_unless_equals_uint64(split.stat("frames"), 9);
  fail_unless_equals_uint64(split.stat("dropped"), 6);
}
GST_END_TEST

GST_START_TEST(each_frame_left_out_is_told) {
  Split split("", Split::background | Split::mask);
  split.set_caps(caps);
  push_frame(split, 0);
  push_frame(split, 1);
  send_qos(split, Split::mask, frame, frame);
  for (int i = 2; i < 6; i++)
    push_frame(split, i);
  for (guint64 dropped = 1; dropped <= 2; dropped++) {
    GstMessage* message = gst_bus_pop_filtered(split.bus(), GST_MESSAGE_QOS);
    fail_unless(message != nullptr && GST_MESSAGE_SRC(message) == GST_OBJECT(split.element()));
    gboolean live = TRUE;
    guint64 running = 0, stream = 0, timestamp = 0, duration = 0;
    gst_message_parse_qos(message, &live, &running, &stream, &timestamp, &duration);
    const GstClockTime due = (dropped + 1) * frame;
    fail_unless(!live && running == due && stream == due && timestamp == due && duration == frame);
    gint64 jitter = 0;
    gdouble proportion = 0;
    gint quality = 0;
    gst_message_parse_qos_values(message, &jitter, &proportion, &quality);
    fail_unless_equals_int64(jitter, static_cast<gint64>(4 * frame - due));
    fail_unless(proportion == 1.5 && quality == 1000000);
    GstFormat format = GST_FORMAT_UNDEFINED;
    guint64 processed = 0, counted = 0;
    gst_message_parse_qos_stats(message, &format, &processed, &counted);
    fail_unless(format == GST_FORMAT_BUFFERS && processed == 2 && counted == dropped);
    fail_unless_equals_string(gst_structure_get_string(gst_message_get_structure(message), "pad"),
                              "mask");
    gst_message_unref(message);
  }
  fail_if(split.has_message(GST_MESSAGE_QOS));
}
GST_END_TEST

// What is left out leaves the time of the frame, and a mark on the next one that is sent.
GST_START_TEST(gaps_have_the_times_of_their_frames) {
  Split split("", Split::mask);
  split.set_caps(caps);
  push_frame(split, 0);
  fail_unless_equals_int(static_cast<int>(received(split, Split::mask).size()), 1);
  while (GstEvent* event = gst_harness_try_pull_event(split.input()))
    gst_event_unref(event);
  send_qos(split, Split::mask, 0, 1);  // the least that is late: up to the frame after
  push_frame(split, 1);
  GstEvent* gap = gst_harness_try_pull_event(split.input());
  fail_unless(gap != nullptr && GST_EVENT_TYPE(gap) == GST_EVENT_GAP);
  GstClockTime timestamp = 0, duration = 0;
  gst_event_parse_gap(gap, &timestamp, &duration);
  fail_unless(timestamp == frame && duration == frame);
  gst_event_unref(gap);
  for (const bool discont : {true, false}) {
    push_frame(split, discont ? 2 : 3);
    GstBuffer* buffer = split.pull(Split::mask);
    fail_unless(GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DISCONT) == discont);
    gst_buffer_unref(buffer);
  }
}
GST_END_TEST

GST_START_TEST(pads_on_time_lose_no_frame) {
  Split split;
  split.set_caps(caps);
  for (int i = 0; i < 8; i++) {
    push_frame(split, i);
    const auto due = static_cast<GstClockTime>(i) * frame;
    send_qos(split, Split::mask, due, 0);
    send_qos(split, Split::foreground, due, -static_cast<GstClockTimeDiff>(std::min(due, frame)));
    send_qos(split, Split::background, GST_CLOCK_TIME_NONE, GST_SECOND);
  }
  for (const int pad : {Split::foreground, Split::background, Split::mask})
    fail_unless_equals_int(static_cast<int>(split.waiting(pad)), 8);
  fail_unless_equals_uint64(split.stat("dropped"), 0);
}
GST_END_TEST

// A throttling sink says how long it wants nothing, no more.
GST_START_TEST(throttled_pad_rests_as_long_as_asked) {
  Split split("", Split::mask);
  split.set_caps(caps);
  push_frame(split, 0);
  send_qos(split, Split::mask, 0, 3 * frame, GST_QOS_TYPE_THROTTLE);
  for (int i = 1; i < 6; i++)
    push_frame(split, i);
  fail_unless(received(split, Split::mask) == std::vector<int>({0, 3, 4, 5}));
}
GST_END_TEST

GST_START_TEST(qos_can_be_turned_off) {
  Split split("qos=false", Split::mask);
  split.set_caps(caps);
  push_frame(split, 0);
  send_qos(split, Split::mask, 0, GST_SECOND);
  push_frame(split, 1);
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::mask)), 2);
  // What was said meanwhile is forgotten.
  split.set("qos", "true");
  push_frame(split, 2);
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::mask)), 3);
  send_qos(split, Split::mask, 0, GST_SECOND);
  push_frame(split, 3);
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::mask)), 3);
  fail_if(split.has_message(GST_MESSAGE_ERROR));
}
GST_END_TEST

GST_START_TEST(lateness_ends_with_flush_segment_and_start) {
  const auto late = [](Split& split) { send_qos(split, Split::mask, 0, 100 * GST_SECOND); };
  Split split("", Split::mask);
  split.set_caps(caps);
  push_frame(split, 0);
  late(split);
  push_frame(split, 1);
  fail_unless(received(split, Split::mask) == std::vector<int>({0}));
  fail_unless(split.push_event(gst_event_new_flush_start()));
  end_flush(split);
  push_frame(split, 2);
  fail_unless(received(split, Split::mask) == std::vector<int>({2}));
  late(split);
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.base = GST_SECOND;
  fail_unless(split.push_event(gst_event_new_segment(&segment)));
  push_frame(split, 3);
  fail_unless(received(split, Split::mask) == std::vector<int>({3}));
  late(split);
  gst_element_set_state(split.element(), GST_STATE_READY);
  gst_element_set_state(split.element(), GST_STATE_PLAYING);
  fail_unless_equals_uint64(split.stat("dropped"), 0);
  split.push_event(gst_event_new_stream_start("again"));
  GstCaps* again = gst_caps_from_string(caps.c_str());
  split.push_event(gst_event_new_caps(again));
  gst_caps_unref(again);
  gst_segment_init(&segment, GST_FORMAT_TIME);
  split.push_event(gst_event_new_segment(&segment));
  push_frame(split, 4);
  fail_unless(received(split, Split::mask) == std::vector<int>({4}));
}
GST_END_TEST

// Where the window delays frames, those that leave late are left out, not those that come in.
GST_START_TEST(windowed_frames_are_left_out_as_they_leave) {
  Split split("method=svd window=4", Split::background | Split::mask);
  split.set_caps(caps);
  send_qos(split, Split::background, 0, frame);
  for (int i = 0; i < 8; i++)
    push_frame(split, i);
  split.push_event(gst_event_new_eos());
  fail_unless(received(split, Split::background) == std::vector<int>({3, 4, 5, 6, 7}));
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::mask)), 8);
  fail_unless_equals_uint64(split.stat("dropped"), 3);
}
GST_END_TEST

// A sink that has had enough stays so while frames are left out for it.
GST_START_TEST(flows_are_kept_while_frames_are_left_out) {
  Split split("", Split::mask);
  split.set_caps(caps);
  take_no_more(split, Split::mask);
  fail_unless_equals_int(split.push(make_frame(parse_caps(caps), 0)), GST_FLOW_EOS);
  send_qos(split, Split::mask, 0, GST_SECOND);
  fail_unless_equals_int(split.push(make_frame(parse_caps(caps), 1)), GST_FLOW_EOS);
  fail_unless_equals_uint64(split.stat("dropped"), 1);
}
GST_END_TEST

GST_START_TEST(frames_without_times_are_never_late) {
  Split split("", Split::mask);
  split.set_caps(caps);
  send_qos(split, Split::mask, 0, GST_SECOND);
  GstBuffer* buffer = make_frame(parse_caps(caps), 0);
  GST_BUFFER_PTS(buffer) = GST_CLOCK_TIME_NONE;
  fail_unless_equals_int(split.push(buffer), GST_FLOW_OK);
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::mask)), 1);
}
GST_END_TEST

// A pad that waits for its first frame has its caps when a gap comes first.
GST_START_TEST(gap_before_any_frame_finds_caps) {
  Split split("", Split::mask);
  const Items* items = record(split.element(), "mask");
  split.set_caps(caps);
  split.push_event(gst_event_new_gap(0, frame));
  send_qos(split, Split::mask, 0, 2 * frame);
  push_frame(split, 1);
  check_items(*items, "stream-start caps segment gap gap ");
}
GST_END_TEST

// The next event of that type that came upstream to the source, of those that wait.
GstEvent* next_upstream(const Split& split, GstEventType type) {
  while (GstEvent* event = gst_harness_try_pull_upstream_event(split.input())) {
    if (GST_EVENT_TYPE(event) == type)
      return event;
    gst_event_unref(event);
  }
  return nullptr;
}

GST_START_TEST(events_of_sinks_go_upstream_once) {
  Split split;
  split.set_caps(caps);
  for (const int pad : {Split::foreground, Split::background, Split::mask}) {
    GstEvent* const sent[] = {
        gst_navigation_event_new_mouse_move(3, 4, GST_NAVIGATION_MODIFIER_NONE),
        gst_event_new_qos(GST_QOS_TYPE_OVERFLOW, 1, 0, frame),
        gst_event_new_custom(GST_EVENT_CUSTOM_UPSTREAM, gst_structure_new_empty("whatever")),
        gst_event_new_step(GST_FORMAT_BUFFERS, 1, 1, TRUE, FALSE)};
    for (GstEvent* event : sent) {
      const GstEventType type = GST_EVENT_TYPE(event);
      const guint32 seqnum = gst_event_get_seqnum(event);
      gst_pad_push_event(split.at(pad)->sinkpad, event);
      GstEvent* came = next_upstream(split, type);
      fail_unless(came != nullptr, "no %s", gst_event_type_get_name(type));
      fail_unless_equals_int(static_cast<int>(gst_event_get_seqnum(came)),
                             static_cast<int>(seqnum));
      gst_event_unref(came);
      fail_unless(next_upstream(split, type) == nullptr, "%s twice", gst_event_type_get_name(type));
    }
  }
}
GST_END_TEST

GST_START_TEST(unknown_events_go_downstream_once) {
  for (const char* method : {"", "method=svd window=4"}) {
    Split split(method);
    std::vector<const Items*> records;
    for (const char* pad : {"foreground", "background", "mask"})
      records.push_back(record(split.element(), pad));
    split.set_caps(caps);
    push_frame(split, 0);
    for (const GstEventType type :
         {GST_EVENT_CUSTOM_DOWNSTREAM, GST_EVENT_CUSTOM_DOWNSTREAM_OOB,
          GST_EVENT_CUSTOM_DOWNSTREAM_STICKY, GST_EVENT_CUSTOM_BOTH, GST_EVENT_CUSTOM_BOTH_OOB})
      split.push_event(gst_event_new_custom(type, gst_structure_new_empty("whatever")));
    split.push_event(gst_event_new_eos());
    for (const Items* items : records)
      for (const char* name : {"custom-downstream", "custom-downstream-oob",
                               "custom-downstream-sticky", "custom-both", "custom-both-oob"})
        fail_unless_equals_int(static_cast<int>(std::count(items->begin(), items->end(), name)), 1);
  }
}
GST_END_TEST

// Nobody answers a query that nobody knows; what the source knows comes back.
GST_START_TEST(unknown_queries_take_the_default) {
  Split split;
  split.set_caps(caps);
  GstQuery* query = gst_query_new_custom(GST_QUERY_CUSTOM, gst_structure_new_empty("whatever"));
  for (const int pad : {Split::foreground, Split::background, Split::mask})
    fail_if(gst_pad_peer_query(split.at(pad)->sinkpad, query));
  fail_if(gst_pad_peer_query(split.input()->srcpad, query));
  gst_query_unref(query);
  gst_pad_set_query_function(split.input()->srcpad,
                             [](GstPad*, GstObject*, GstQuery* asked) -> gboolean {
                               if (GST_QUERY_TYPE(asked) != GST_QUERY_DURATION)
                                 return FALSE;
                               gst_query_set_duration(asked, GST_FORMAT_TIME, 42);
                               return TRUE;
                             });
  for (const int pad : {Split::foreground, Split::background, Split::mask}) {
    gint64 duration = 0;
    fail_unless(gst_pad_peer_query_duration(split.at(pad)->sinkpad, GST_FORMAT_TIME, &duration));
    fail_unless_equals_int64(duration, 42);
  }
}
GST_END_TEST

// Memory that only a graphics card reads is passed over where there is another choice.
GST_START_TEST(system_memory_is_picked) {
  for (const char* other : {"memory:GLMemory", "memory:DMABuf", "memory:VAMemory"}) {
    Split split;
    for (const int pad : {Split::foreground, Split::background, Split::mask})
      gst_harness_set_sink_caps_str(
          split.at(pad),
          (std::string("video/x-raw(") + other + "),format=RGBA;video/x-raw,format=RGB").c_str());
    split.set_caps(caps);
    push_frame(split, 0);
    for (const int pad : {Split::foreground, Split::background, Split::mask}) {
      const std::string sent = split.caps(pad);
      fail_unless(
          sent.find("memory:") == std::string::npos && sent.find("RGB,") != std::string::npos, "%s",
          sent.c_str());
    }
  }
}
GST_END_TEST

GST_START_TEST(other_memory_alone_is_a_clear_error) {
  for (const int pad : {Split::foreground, Split::background, Split::mask}) {
    Split split("", pad);
    gst_harness_set_sink_caps_str(split.at(pad), "video/x-raw(memory:GLMemory),format=RGBA");
    split.set_caps(caps);
    fail_unless_equals_int(split.push(make_frame(parse_caps(caps), 0)), GST_FLOW_NOT_NEGOTIATED);
    const std::string error = split.error();
    for (const char* part : {"gst-core-error", "system memory", "memory:GLMemory",
                             pad == Split::mask ? "pad mask" : "pad "})
      fail_unless(error.find(part) != std::string::npos, "%s", error.c_str());
  }
}
GST_END_TEST

GST_START_TEST(sink_refuses_other_memory) {
  GstElement* element = gst_element_factory_make("rpcasplit", nullptr);
  GstPad* sink = gst_element_get_static_pad(element, "sink");
  gst_element_set_state(element, GST_STATE_PAUSED);
  for (const char* feature :
       {"memory:GLMemory", "memory:DMABuf", "memory:VAMemory", "format:Interlaced"}) {
    const std::string text =
        std::string("video/x-raw(") + feature + "),format=I420,width=32,height=24,framerate=25/1" +
        (feature == std::string("format:Interlaced") ? ",interlace-mode=alternate" : "");
    GstCaps* refused = gst_caps_from_string(text.c_str());
    fail_if(gst_pad_query_accept_caps(sink, refused), "%s", text.c_str());
    gst_pad_send_event(sink, gst_event_new_stream_start("s"));
    fail_if(gst_pad_send_event(sink, gst_event_new_caps(refused)), "%s", text.c_str());
    gst_caps_unref(refused);
  }
  // A meta that the element does not know is no other memory.
  GstCaps* caps_any = gst_pad_query_caps(sink, nullptr);
  for (guint i = 0; i < gst_caps_get_size(caps_any); i++)
    fail_unless(gst_caps_features_is_equal(gst_caps_get_features(caps_any, i),
                                           GST_CAPS_FEATURES_MEMORY_SYSTEM_MEMORY));
  gst_caps_unref(caps_any);
  gst_element_set_state(element, GST_STATE_NULL);
  gst_object_unref(sink);
  gst_object_unref(element);
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite(
      "manners",
      {late_pad_leaves_out_frames, each_frame_left_out_is_told, gaps_have_the_times_of_their_frames,
       pads_on_time_lose_no_frame, throttled_pad_rests_as_long_as_asked, qos_can_be_turned_off,
       lateness_ends_with_flush_segment_and_start, windowed_frames_are_left_out_as_they_leave,
       flows_are_kept_while_frames_are_left_out, frames_without_times_are_never_late,
       gap_before_any_frame_finds_caps, events_of_sinks_go_upstream_once,
       unknown_events_go_downstream_once, unknown_queries_take_the_default, system_memory_is_picked,
       other_memory_alone_is_a_clear_error, sink_refuses_other_memory});
}
