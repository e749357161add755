// SPDX-License-Identifier: LGPL-2.1-or-later

// Events, timestamps, caps changes, flushes and bad buffers.
#include <algorithm>

#include "support.h"

namespace {

const char* const methods[] = {"method=online", "method=svd window=4", "method=pcp window=4",
                               "method=svd window=0"};

GstEvent* marker(const char* name) {
  return gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_new_empty(name));
}

// No frame is lost or invented, and each keeps its metadata, on each pad.
GST_START_TEST(metadata_survives) {
  for (const char* method : methods) {
    Split split(method);
    const std::string caps = raw_caps("I420", 24, 16);
    split.set_caps(caps);
    for (int i = 0; i < 10; i++) {
      GstBuffer* frame = make_frame(parse_caps(caps), i);
      GST_BUFFER_DTS(frame) = GST_BUFFER_PTS(frame) + 5;
      if (i == 3)
        GST_BUFFER_FLAG_SET(frame, GST_BUFFER_FLAG_DISCONT | GST_BUFFER_FLAG_MARKER);
      gst_buffer_add_video_region_of_interest_meta(frame, "car", static_cast<guint>(i), 2, 3, 4);
      fail_unless_equals_int(split.push(frame), GST_FLOW_OK);
    }
    split.push_event(gst_event_new_eos());
    for (const int pad : {Split::foreground, Split::background, Split::mask}) {
      fail_unless_equals_int(static_cast<int>(split.waiting(pad)), 10);
      for (int i = 0; i < 10; i++) {
        GstBuffer* buffer = split.pull(pad);
        fail_unless_equals_uint64(GST_BUFFER_PTS(buffer),
                                  static_cast<guint64>(i) * GST_SECOND / 25);
        fail_unless_equals_uint64(GST_BUFFER_DTS(buffer), GST_BUFFER_PTS(buffer) + 5);
        fail_unless_equals_uint64(GST_BUFFER_DURATION(buffer), GST_SECOND / 25);
        fail_unless_equals_uint64(GST_BUFFER_OFFSET(buffer), static_cast<guint64>(i));
        fail_unless(GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_MARKER) == (i == 3));
        const auto* region = gst_buffer_get_video_region_of_interest_meta(buffer);
        fail_unless(region != nullptr && region->x == static_cast<guint>(i));
        gst_buffer_unref(buffer);
      }
    }
  }
}
GST_END_TEST

// The stride of the input's video meta is not that of the outputs.
GST_START_TEST(video_meta_of_the_input_stays_there) {
  Split split("", Split::background);
  const std::string caps = raw_caps("GRAY8", 30, 20);
  const GstVideoInfo info = parse_caps(caps);
  split.set_caps(caps);
  split.push(make_padded_frame(info, 0));
  GstBuffer* buffer = split.pull(Split::background);
  const GstVideoMeta* meta = gst_buffer_get_video_meta(buffer);
  fail_unless(meta == nullptr || meta->stride[0] != info.stride[0] + 37);
  gst_buffer_unref(buffer);
}
GST_END_TEST

// A window must not starve the pool of the decoder before it.
GST_START_TEST(input_buffers_are_not_held) {
  for (const char* method : {"method=svd window=0", "method=pcp window=100"}) {
    Split split(method);
    const std::string caps = raw_caps("I420", 24, 16);
    split.set_caps(caps);
    GstBuffer* frame = make_frame(parse_caps(caps), 0);
    gst_buffer_ref(frame);
    GstMemory* memory = gst_buffer_get_memory(frame, 0);
    split.push(frame);
    fail_unless_equals_int(GST_MINI_OBJECT_REFCOUNT_VALUE(frame), 1);
    gst_buffer_unref(frame);
    fail_unless_equals_int(GST_MINI_OBJECT_REFCOUNT_VALUE(memory), 1);
    gst_memory_unref(memory);
  }
}
GST_END_TEST

GST_START_TEST(events_stay_behind_their_frames) {
  Split split("method=svd window=4", Split::all);
  const std::string caps = raw_caps("I420", 24, 16);
  const GstVideoInfo info = parse_caps(caps);
  std::vector<const Items*> records;
  for (const char* pad : {"foreground", "background", "mask"})
    records.push_back(record(split.element(), pad));
  split.set_caps(caps);
  split.push(make_frame(info, 0));
  split.push(make_frame(info, 1));
  split.push_event(gst_event_new_tag(gst_tag_list_new(GST_TAG_TITLE, "x", nullptr)));
  split.push(make_frame(info, 2));
  split.push_event(gst_event_new_gap(3 * GST_SECOND / 25, GST_SECOND / 25));
  fail_unless(std::count(records[0]->begin(), records[0]->end(), "buffer") == 0);
  split.push(make_frame(info, 4));
  split.push_event(marker("after"));
  split.push(make_frame(info, 5));
  split.push_event(gst_event_new_eos());
  for (const Items* items : records)
    check_items(*items,
                "stream-start caps segment buffer buffer tag buffer gap buffer "
                "custom-downstream buffer eos ");
}
GST_END_TEST

GST_START_TEST(eos_before_any_buffer) {
  for (const char* method : methods) {
    Split split(method);
    split.set_caps(raw_caps("I420", 24, 16));
    fail_unless(split.push_event(gst_event_new_eos()));
    for (const int pad : {Split::foreground, Split::background, Split::mask}) {
      GstEvent* event = gst_pad_get_sticky_event(split.at(pad)->sinkpad, GST_EVENT_EOS, 0);
      fail_unless(event != nullptr);
      gst_event_unref(event);
    }
  }
  Split bare;
  fail_unless(bare.push_event(gst_event_new_stream_start("s")));
  fail_unless(bare.push_event(gst_event_new_eos()));
}
GST_END_TEST

GST_START_TEST(buffer_before_caps_is_not_negotiated) {
  Split split;
  split.push_event(gst_event_new_stream_start("s"));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  split.push_event(gst_event_new_segment(&segment));
  fail_unless_equals_int(split.push(gst_buffer_new_allocate(nullptr, 100, nullptr)),
                         GST_FLOW_NOT_NEGOTIATED);
}
GST_END_TEST

// Frames of the old caps leave before the new caps do.
GST_START_TEST(caps_change_drains) {
  for (const char* method : methods) {
    Split split(method);
    const Items* items = record(split.element(), "background");
    const std::string first = raw_caps("I420", 24, 16);
    const std::string second = raw_caps("RGB", 33, 17);
    split.set_caps(first);
    split.push(make_frame(parse_caps(first), 0));
    split.push(make_frame(parse_caps(first), 1));
    GstCaps* caps = gst_caps_from_string(second.c_str());
    split.push_event(gst_event_new_caps(caps));
    gst_caps_unref(caps);
    fail_unless_equals_int(split.push(make_frame(parse_caps(second), 2)), GST_FLOW_OK);
    split.push_event(gst_event_new_eos());
    check_items(*items, "stream-start caps segment buffer buffer caps buffer eos ");
    for (int i = 0; i < 3; i++) {
      GstBuffer* buffer = split.pull(Split::background);
      const GstVideoInfo info = parse_caps(i < 2 ? first : second);
      fail_unless_equals_int(static_cast<int>(gst_buffer_get_size(buffer)),
                             static_cast<int>(info.size));
      gst_buffer_unref(buffer);
    }
  }
}
GST_END_TEST

GST_START_TEST(framerate_change_keeps_the_model) {
  Split split("learning-rate=0", Split::background);
  const std::string first = raw_caps("GRAY8", 32, 32);
  const GstVideoInfo info = parse_caps(first);
  split.set_caps(first);
  const auto background_of = [&](int value, int frames) {
    int seen = 0;
    for (int i = 0; i < frames; i++) {
      fail_unless_equals_int(split.push(make_flat_frame(info, value, i)), GST_FLOW_OK);
      GstBuffer* buffer = split.pull(Split::background);
      seen = samples(buffer, info, 0)[100];
      gst_buffer_unref(buffer);
    }
    return seen;
  };
  background_of(90, 150);
  const guint64 resets = split.stat("resets");
  split.set_caps("video/x-raw,format=GRAY8,width=32,height=32,framerate=50/1");
  fail_unless(ABS(background_of(90, 1) - 90) <= 1);
  fail_unless_equals_uint64(split.stat("resets"), resets);
  fail_unless(split.caps(Split::background).find("50/1") != std::string::npos);
  // And another size does not keep it.
  split.set_caps(raw_caps("GRAY8", 16, 16));
  GstVideoInfo small = parse_caps(raw_caps("GRAY8", 16, 16));
  fail_unless_equals_int(split.push(make_flat_frame(small, 200)), GST_FLOW_OK);
  GstBuffer* buffer = split.pull(Split::background);
  fail_unless(ABS(samples(buffer, small, 0)[100] - 200) <= 1);
  gst_buffer_unref(buffer);
}
GST_END_TEST

GST_START_TEST(segment_change_drains) {
  Split split("method=svd window=5", Split::mask);
  const Items* items = record(split.element(), "mask");
  const std::string caps = raw_caps("I420", 24, 16);
  split.set_caps(caps);
  split.push(make_frame(parse_caps(caps), 0));
  split.push(make_frame(parse_caps(caps), 1));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.start = segment.time = GST_SECOND;
  split.push_event(gst_event_new_segment(&segment));
  check_items(*items, "stream-start caps segment buffer buffer segment ");
}
GST_END_TEST

// A flush drops the window and its frames, and keeps sticky events for those who come later.
GST_START_TEST(flush_drops_the_window) {
  Split split("method=svd window=4", Split::background);
  const Items* items = record(split.element(), "background");
  const std::string caps = raw_caps("I420", 24, 16);
  const GstVideoInfo info = parse_caps(caps);
  split.set_caps(caps);
  for (int i = 0; i < 3; i++)
    split.push(make_frame(info, i));
  split.push_event(gst_event_new_tag(gst_tag_list_new(GST_TAG_TITLE, "kept", nullptr)));
  fail_unless(split.push_event(gst_event_new_flush_start()));
  fail_unless(split.push_event(gst_event_new_flush_stop(TRUE)));
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::background)), 0);
  GstPad* pad = gst_element_get_static_pad(split.element(), "background");
  GstEvent* tag = gst_pad_get_sticky_event(pad, GST_EVENT_TAG, 0);
  fail_unless(tag != nullptr);
  gst_event_unref(tag);
  gst_object_unref(pad);
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  split.push_event(gst_event_new_segment(&segment));
  for (int i = 10; i < 14; i++)
    fail_unless_equals_int(split.push(make_frame(info, i)), GST_FLOW_OK);
  split.push_event(gst_event_new_eos());
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::background)), 4);
  GstBuffer* oldest = split.pull(Split::background);
  fail_unless_equals_uint64(GST_BUFFER_OFFSET(oldest), 10);
  gst_buffer_unref(oldest);
  fail_unless(std::count(items->begin(), items->end(), "buffer") == 4);
}
GST_END_TEST

GST_START_TEST(short_buffer_is_an_error_that_says_so) {
  for (const char* method : methods) {
    Split split(method);
    const std::string caps = raw_caps("I420", 24, 16);
    split.set_caps(caps);
    fail_unless_equals_int(split.push(gst_buffer_new_allocate(nullptr, 500, nullptr)),
                           GST_FLOW_ERROR);
    const std::string error = split.error();
    fail_unless(error.find("gst-stream-error") == 0, "%s", error.c_str());
    fail_unless(error.find("576") != std::string::npos && error.find("500") != std::string::npos,
                "%s", error.c_str());
  }
}
GST_END_TEST

// A video meta that points past the end of its buffer is no better.
GST_START_TEST(lying_video_meta_is_an_error) {
  struct Lie {
    guint width, height;
    gsize offset;
    gint stride;
  };
  for (const Lie lie : {Lie{32, 32, 0, 64}, Lie{32, 32, 33, 32}, Lie{16, 16, 0, 16},
                        Lie{32, 32, 0, -32}, Lie{32, 32, 5000, 32}}) {
    Split split;
    split.set_caps(raw_caps("GRAY8", 32, 32));
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, 1024, nullptr);
    gsize offset[GST_VIDEO_MAX_PLANES] = {lie.offset};
    gint stride[GST_VIDEO_MAX_PLANES] = {lie.stride};
    gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_GRAY8,
                                   lie.width, lie.height, 1, offset, stride);
    fail_unless_equals_int(split.push(buffer), GST_FLOW_ERROR);
    fail_unless(split.error().find("gst-stream-error") == 0);
  }
}
GST_END_TEST

GST_START_TEST(bottom_up_rows_are_read_bottom_up) {
  Split split("foreground-mode=residual", Split::foreground | Split::background);
  const std::string caps = raw_caps("GRAY8", 32, 8);
  const GstVideoInfo info = parse_caps(caps);
  split.set_caps(caps);
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, info.size, nullptr);
  for (gsize row = 0; row < 8; row++)
    gst_buffer_memset(buffer, row * 32, static_cast<guint8>(row * 20 + 20), 32);
  gsize offset[GST_VIDEO_MAX_PLANES] = {7 * 32};
  gint stride[GST_VIDEO_MAX_PLANES] = {-32};
  gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_GRAY8, 32, 8,
                                 1, offset, stride);
  fail_unless(split.push(buffer) == GST_FLOW_OK, "%s", split.error().c_str());
  GstBuffer* background = split.pull(Split::background);
  GstBuffer* foreground = split.pull(Split::foreground);
  const auto l = samples(background, info, 0);
  const auto s = samples(foreground, info, 0);
  for (int row = 0; row < 8; row++) {
    const std::size_t i = static_cast<std::size_t>(row) * 32;
    fail_unless(ABS(l[i] + s[i] - 128 - (160 - row * 20)) <= 1);
  }
  gst_buffer_unref(background);
  gst_buffer_unref(foreground);
}
GST_END_TEST

GST_START_TEST(allocation_query_is_answered) {
  Split split;
  const std::string text = raw_caps("I420", 24, 16);
  split.set_caps(text);
  GstCaps* caps = gst_caps_from_string(text.c_str());
  GstQuery* query = gst_query_new_allocation(caps, TRUE);
  fail_unless(gst_pad_peer_query(split.input()->srcpad, query));
  fail_unless(gst_query_find_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr));
  gst_query_unref(query);
  gst_caps_unref(caps);
}
GST_END_TEST

// Each sink of a pipeline sends the same seek; upstream sees it once.
GST_START_TEST(one_seek_goes_upstream_once) {
  Split split;
  split.set_caps(raw_caps("I420", 24, 16));
  const guint before = gst_harness_upstream_events_received(split.input());
  GstEvent* seek = gst_event_new_seek(1, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, 0,
                                      GST_SEEK_TYPE_NONE, 0);
  for (const int pad : {Split::foreground, Split::background, Split::mask})
    fail_unless(gst_pad_push_event(split.at(pad)->sinkpad, gst_event_ref(seek)));
  gst_event_unref(seek);
  fail_unless_equals_int(
      static_cast<int>(gst_harness_upstream_events_received(split.input()) - before), 1);
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite(
      "stream",
      {metadata_survives, video_meta_of_the_input_stays_there, input_buffers_are_not_held,
       events_stay_behind_their_frames, eos_before_any_buffer, buffer_before_caps_is_not_negotiated,
       caps_change_drains, framerate_change_keeps_the_model, segment_change_drains,
       flush_drops_the_window, short_buffer_is_an_error_that_says_so, lying_video_meta_is_an_error,
       bottom_up_rows_are_read_bottom_up, allocation_query_is_answered,
       one_seek_goes_upstream_once});
}
