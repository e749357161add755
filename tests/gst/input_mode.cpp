// SPDX-License-Identifier: LGPL-2.1-or-later

// foreground-mode=input: the frame itself, without a copy where the pad can share it.
#include "support.h"

namespace {

const void* data_of(GstBuffer* buffer) {
  GstMapInfo map;
  fail_unless(gst_buffer_map(buffer, &map, GST_MAP_READ));
  const void* data = map.data;
  gst_buffer_unmap(buffer, &map);
  return data;
}

void check_same_samples(GstBuffer* a, GstBuffer* b, const GstVideoInfo& info) {
  for (guint c = 0; c < GST_VIDEO_INFO_N_COMPONENTS(&info); c++)
    fail_unless(samples(a, info, c) == samples(b, info, c));
}

GST_START_TEST(memory_is_that_of_the_input) {
  for (const char* format : {"I420", "NV12", "RGB", "GRAY8", "I420_10LE", "v210", "ARGB64"}) {
    Split split("foreground-mode=input", Split::foreground | Split::mask);
    const std::string caps = raw_caps(format, 48, 34);
    const GstVideoInfo info = parse_caps(caps);
    split.set_caps(caps);
    for (int i = 0; i < 3; i++) {
      GstBuffer* input = gst_buffer_new_allocate(nullptr, info.size, nullptr);
      gst_buffer_memset(input, 0, 90, info.size);
      GST_BUFFER_PTS(input) = static_cast<GstClockTime>(i) * GST_SECOND / 25;
      GST_BUFFER_FLAG_SET(input, GST_BUFFER_FLAG_MARKER);
      const void* data = data_of(input);
      fail_unless_equals_int(split.push(input), GST_FLOW_OK);
      GstBuffer* output = split.pull(Split::foreground);
      fail_unless(data_of(output) == data, "%s is copied", format);
      fail_unless_equals_uint64(gst_buffer_get_size(output), info.size);
      fail_unless_equals_uint64(GST_BUFFER_PTS(output), static_cast<guint64>(i) * GST_SECOND / 25);
      fail_unless(GST_BUFFER_FLAG_IS_SET(output, GST_BUFFER_FLAG_MARKER));
      gst_buffer_unref(output);
    }
    const GstVideoInfo sent = split.info(Split::foreground);
    fail_unless_equals_string(GST_VIDEO_INFO_NAME(&sent), format);
  }
}
GST_END_TEST

// Rows further apart than the caps say stay so, and metas that describe the picture come along
// once.
GST_START_TEST(layout_and_metas_come_along) {
  Split split("foreground-mode=input", Split::foreground);
  const std::string caps = raw_caps("I420", 37, 23);
  const GstVideoInfo info = parse_caps(caps);
  split.set_caps(caps);
  GstBuffer* input = make_padded_frame(info, 3);
  gst_buffer_add_video_region_of_interest_meta(input, "person", 1, 2, 3, 4);
  fail_unless_equals_int(split.push(gst_buffer_ref(input)), GST_FLOW_OK);
  GstBuffer* output = split.pull(Split::foreground);
  fail_unless(data_of(output) == data_of(input));
  check_same_samples(output, input, info);
  fail_unless_equals_int(static_cast<int>(gst_buffer_get_n_meta(output, GST_VIDEO_META_API_TYPE)),
                         1);
  fail_unless_equals_int(
      static_cast<int>(gst_buffer_get_n_meta(output, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE)),
      1);
  gst_buffer_unref(output);
  gst_buffer_unref(input);
}
GST_END_TEST

// Who writes to what the pad sent changes neither the input nor another holder of it.
GST_START_TEST(writing_downstream_makes_a_copy) {
  Split split("foreground-mode=input", Split::foreground);
  const std::string caps = raw_caps("GRAY8", 32, 24);
  const GstVideoInfo info = parse_caps(caps);
  split.set_caps(caps);
  GstBuffer* input = make_frame(info, 0);
  const auto before = samples(input, info, 0);
  fail_unless_equals_int(split.push(gst_buffer_ref(input)), GST_FLOW_OK);
  GstBuffer* output = gst_buffer_make_writable(split.pull(Split::foreground));
  GstMapInfo map;
  fail_unless(gst_buffer_map(output, &map, GST_MAP_READWRITE));
  std::fill_n(map.data, map.size, guint8{7});
  gst_buffer_unmap(output, &map);
  fail_unless(samples(input, info, 0) == before);
  fail_unless(samples(output, info, 0) == std::vector<int>(before.size(), 7));
  gst_buffer_unref(output);
  gst_buffer_unref(input);
}
GST_END_TEST

// The same while the element holds the frame: a peer that writes at once, as videoflip does.
GST_START_TEST(writing_at_once_leaves_the_separation_alone) {
  const auto scribble = [](GstPad*, GstPadProbeInfo* probe, gpointer) {
    GstBuffer* buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(probe));
    gst_buffer_memset(buffer, 0, 255, gst_buffer_get_size(buffer));
    probe->data = buffer;
    return GST_PAD_PROBE_OK;
  };
  const std::string caps = raw_caps("GRAY8", 32, 24);
  const GstVideoInfo info = parse_caps(caps);
  Split split("foreground-mode=input", Split::all);
  gst_pad_add_probe(split.at(Split::foreground)->sinkpad, GST_PAD_PROBE_TYPE_BUFFER, scribble,
                    nullptr, nullptr);
  split.set_caps(caps);
  for (int i = 0; i < 5; i++) {
    GstBuffer* input = make_flat_frame(info, 100, i);
    fail_unless_equals_int(split.push(gst_buffer_ref(input)), GST_FLOW_OK);
    GstBuffer* background = split.pull(Split::background);
    fail_unless(samples(background, info, 0) == std::vector<int>(32 * 24, 100));
    fail_unless(samples(input, info, 0) == std::vector<int>(32 * 24, 100));
    gst_buffer_unref(background);
    gst_buffer_unref(input);
  }
}
GST_END_TEST

// Counts the ALLOCATION queries that the pad makes, each of which comes with a pool.
GST_START_TEST(no_pool_is_asked_for) {
  for (const auto& [mode, pools] : {std::pair("input", 0), std::pair("masked", 1)}) {
    Split split(std::string("foreground-mode=") + mode, Split::foreground);
    int asked = 0;
    gst_pad_add_probe(
        split.at(Split::foreground)->sinkpad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM,
        [](GstPad*, GstPadProbeInfo* probe, gpointer data) {
          GstQuery* query = GST_PAD_PROBE_INFO_QUERY(probe);
          const bool push = (probe->type & GST_PAD_PROBE_TYPE_PUSH) != 0;
          if (push && GST_QUERY_TYPE(query) == GST_QUERY_ALLOCATION)
            ++*static_cast<int*>(data);
          return GST_PAD_PROBE_OK;
        },
        &asked, nullptr);
    const std::string caps = raw_caps("I420", 32, 24);
    split.set_caps(caps);
    for (int i = 0; i < 3; i++)
      split.push(make_frame(parse_caps(caps), i));
    fail_unless_equals_int(asked, pools);
  }
}
GST_END_TEST

// A pool upstream has the buffers that the peer keeps, where these are its own.
GST_START_TEST(the_pool_upstream_is_large_enough) {
  for (const auto& [properties, expected] :
       {std::pair("foreground-mode=input", 4), std::pair("foreground-mode=masked", 1),
        std::pair("foreground-mode=input method=svd window=3", 1)}) {
    Split split(properties, Split::foreground);
    const std::string text = raw_caps("I420", 32, 24);
    split.set_caps(text);
    gst_pad_add_probe(
        split.at(Split::foreground)->sinkpad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM,
        [](GstPad*, GstPadProbeInfo* probe, gpointer) {
          GstQuery* query = GST_PAD_PROBE_INFO_QUERY(probe);
          if (GST_QUERY_TYPE(query) != GST_QUERY_ALLOCATION)
            return GST_PAD_PROBE_OK;
          gst_query_add_allocation_pool(query, nullptr, 1152, 3, 0);
          return GST_PAD_PROBE_HANDLED;
        },
        nullptr, nullptr);
    GstCaps* caps = gst_caps_from_string(text.c_str());
    GstQuery* query = gst_query_new_allocation(caps, FALSE);
    fail_unless(gst_pad_peer_query(split.input()->srcpad, query));
    guint min = 0;
    gst_query_parse_nth_allocation_pool(query, 0, nullptr, nullptr, &min, nullptr);
    fail_unless_equals_int(static_cast<int>(min), expected);
    gst_query_unref(query);
    gst_caps_unref(caps);
  }
}
GST_END_TEST

// An upstream pool gets its buffer back when the one that shared it has gone, and not before.
GST_START_TEST(pools_get_their_buffers_back) {
  Split split("foreground-mode=input", Split::foreground);
  const std::string caps = raw_caps("GRAY8", 32, 24);
  const GstVideoInfo info = parse_caps(caps);
  split.set_caps(caps);
  GstBufferPool* pool = gst_buffer_pool_new();
  GstStructure* config = gst_buffer_pool_get_config(pool);
  gst_buffer_pool_config_set_params(config, nullptr, static_cast<guint>(info.size), 1, 1);
  fail_unless(gst_buffer_pool_set_config(pool, config));
  fail_unless(gst_buffer_pool_set_active(pool, TRUE));
  GstBufferPoolAcquireParams at_once = {};
  at_once.flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT;
  GstBuffer* input = nullptr;
  for (int i = 0; i < 3; i++) {
    fail_unless_equals_int(gst_buffer_pool_acquire_buffer(pool, &input, &at_once), GST_FLOW_OK);
    gst_buffer_memset(input, 0, 90, info.size);
    fail_unless_equals_int(split.push(input), GST_FLOW_OK);
    fail_unless_equals_int(gst_buffer_pool_acquire_buffer(pool, &input, &at_once), GST_FLOW_EOS);
    gst_buffer_unref(split.pull(Split::foreground));
  }
  gst_buffer_pool_set_active(pool, FALSE);
  gst_object_unref(pool);
}
GST_END_TEST

// What waits in a window, or goes to a peer that takes other caps, is rendered.
GST_START_TEST(what_cannot_be_shared_is_rendered) {
  const std::string caps = raw_caps("I420", 40, 30);
  const GstVideoInfo info = parse_caps(caps);
  Split windowed("foreground-mode=input method=svd window=3", Split::foreground);
  windowed.set_caps(caps);
  push_frames(windowed, caps, 0, 5);
  windowed.push_event(gst_event_new_eos());
  for (int i = 0; i < 5; i++) {
    GstBuffer* expected = make_frame(info, i);
    GstBuffer* output = windowed.pull(Split::foreground);
    check_same_samples(output, expected, info);
    fail_unless_equals_uint64(GST_BUFFER_PTS(output), GST_BUFFER_PTS(expected));
    gst_buffer_unref(output);
    gst_buffer_unref(expected);
  }
  Split converted("foreground-mode=input", Split::foreground);
  gst_harness_set_sink_caps_str(converted.input(), "video/x-raw,format=NV12");
  converted.set_caps(caps);
  GstBuffer* input = make_frame(info, 0);
  fail_unless_equals_int(converted.push(gst_buffer_ref(input)), GST_FLOW_OK);
  GstBuffer* output = converted.pull(Split::foreground);
  const GstVideoInfo sent = converted.info(Split::foreground);
  fail_unless_equals_string(GST_VIDEO_INFO_NAME(&sent), "NV12");
  for (guint c = 0; c < 3; c++)
    fail_unless(samples(output, sent, c) == samples(input, info, c));
  gst_buffer_unref(output);
  gst_buffer_unref(input);
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("input mode",
                   {memory_is_that_of_the_input, layout_and_metas_come_along,
                    writing_downstream_makes_a_copy, writing_at_once_leaves_the_separation_alone,
                    no_pool_is_asked_for, the_pool_upstream_is_large_enough,
                    pools_get_their_buffers_back, what_cannot_be_shared_is_rendered});
}
