// SPDX-License-Identifier: LGPL-2.1-or-later

// Whole pipelines: state changes, liveness, other elements, and what is left behind.
#include "pipeline.h"

namespace {

const std::string source = "videotestsrc num-buffers=12 ! video/x-raw,width=48,height=32 ! ";

GST_START_TEST(state_cycles_leave_nothing_behind) {
  for (int i = 0; i < 20; i++) {
    GstElement* element = gst_element_factory_make("rpcasplit", nullptr);
    for (const GstState state : {GST_STATE_READY, GST_STATE_PAUSED, GST_STATE_READY, GST_STATE_NULL,
                                 GST_STATE_PLAYING, GST_STATE_NULL})
      fail_unless_equals_int(gst_element_set_state(element, state), GST_STATE_CHANGE_SUCCESS);
    gst_object_unref(element);
  }
  for (const char* properties : {"", "method=svd window=5", "method=pcp window=0"}) {
    GstElement* pipeline = launch(source + "rpcasplit name=s " + properties +
                                  " s.foreground ! queue ! fakesink s.mask ! queue ! fakesink "
                                  "s.background ! queue ! fakesink");
    for (int i = 0; i < 3; i++) {
      fail_unless_equals_text(play(pipeline), "");
      gst_element_set_state(pipeline, i % 2 == 0 ? GST_STATE_READY : GST_STATE_NULL);
    }
    finish(pipeline);
  }
  // Stopped in the middle, with a window half full.
  GstElement* pipeline =
      launch("videotestsrc ! rpcasplit method=svd window=1000 ! fakesink async=false");
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  g_usleep(200000);
  finish(pipeline);
}
GST_END_TEST

GST_START_TEST(converting_leaves_nothing_behind) {
  for (const char* properties : {"", "method=svd window=5", "foreground-mode=alpha"}) {
    GstElement* pipeline =
        launch(source + "rpcasplit name=s " + properties +
               " s.foreground ! queue ! video/x-raw,format=BGRA ! fakesink s.mask ! queue ! "
               "fakesink");
    fail_unless_equals_text(play(pipeline), "");
    finish(pipeline);
  }
}
GST_END_TEST

GST_START_TEST(live_pipeline_counts_the_window_as_latency) {
  GstElement* pipeline = launch(
      "videotestsrc is-live=true num-buffers=30 ! "
      "video/x-raw,format=I420,width=48,height=32,framerate=30/1 ! "
      "rpcasplit method=svd window=5 name=s  s.background ! queue ! fakesink name=sink sync=true");
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  fail_unless(gst_element_get_state(pipeline, nullptr, nullptr, 10 * GST_SECOND) !=
              GST_STATE_CHANGE_FAILURE);
  GstQuery* query = gst_query_new_latency();
  fail_unless(gst_element_query(pipeline, query));
  gboolean live = FALSE;
  GstClockTime min = 0;
  gst_query_parse_latency(query, &live, &min, nullptr);
  fail_unless(live && min >= 4 * GST_SECOND / 30);
  gst_query_unref(query);
  fail_unless_equals_text(play(pipeline), "");
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
  GstStructure* stats = nullptr;
  g_object_get(sink, "stats", &stats, nullptr);
  guint64 rendered = 0;
  fail_unless(gst_structure_get_uint64(stats, "rendered", &rendered));
  fail_unless_equals_uint64(rendered, 30);
  gst_structure_free(stats);
  gst_object_unref(sink);
  finish(pipeline);
}
GST_END_TEST

GST_START_TEST(live_stream_without_window_is_warned_about) {
  GstElement* pipeline = launch(
      "videotestsrc is-live=true num-buffers=5 ! video/x-raw,width=48,height=32 ! "
      "rpcasplit method=svd ! fakesink");
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* warning = gst_bus_timed_pop_filtered(bus, 10 * GST_SECOND, GST_MESSAGE_WARNING);
  fail_unless(warning != nullptr);
  gst_message_unref(warning);
  gst_object_unref(bus);
  finish(pipeline);
}
GST_END_TEST

// Elements that want one format, with no videoconvert between.
GST_START_TEST(encoders_link_without_videoconvert) {
  for (const char* encoder : {"pngenc", "jpegenc", "video/x-raw,format=BGRx"}) {
    std::string name = encoder;
    if (name.find('/') == std::string::npos) {
      GstElementFactory* factory = gst_element_factory_find(encoder);
      if (factory == nullptr)
        continue;
      gst_object_unref(factory);
    }
    for (const char* format : {"I420", "NV12", "GRAY8", "RGB", "I420_10LE"}) {
      GstElement* pipeline =
          launch("videotestsrc num-buffers=3 ! video/x-raw,width=48,height=32,format=" +
                 std::string(format) + " ! rpcasplit name=s " + " s.foreground ! queue ! " + name +
                 " ! fakesink  s.mask ! queue ! " + name + " ! fakesink");
      fail_unless_equals_text(play(pipeline), "");
      finish(pipeline);
    }
  }
}
GST_END_TEST

// The pads are added foreground first, so an unnamed link shows the foreground.
GST_START_TEST(unnamed_link_is_the_foreground) {
  GstElement* pipeline = launch("rpcasplit name=s ! fakesink name=sink");
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
  GstPad* pad = gst_element_get_static_pad(sink, "sink");
  GstPad* peer = gst_pad_get_peer(pad);
  fail_unless_equals_string(GST_PAD_NAME(peer), "foreground");
  gst_object_unref(peer);
  gst_object_unref(pad);
  gst_object_unref(sink);
  finish(pipeline);
}
GST_END_TEST

GST_START_TEST(nothing_linked_ends_with_an_error) {
  GstElement* pipeline = launch(source + "rpcasplit");
  fail_unless(!play(pipeline).empty());
  finish(pipeline);
}
GST_END_TEST

GST_START_TEST(sources_choose_a_native_format) {
  GstElement* pipeline = launch("videotestsrc num-buffers=1 ! rpcasplit name=s ! fakesink");
  fail_unless_equals_text(play(pipeline), "");
  GstElement* element = gst_bin_get_by_name(GST_BIN(pipeline), "s");
  GstPad* pad = gst_element_get_static_pad(element, "sink");
  GstCaps* caps = gst_pad_get_current_caps(pad);
  fail_unless_equals_string(gst_structure_get_string(gst_caps_get_structure(caps, 0), "format"),
                            "I420");
  gst_caps_unref(caps);
  gst_object_unref(pad);
  gst_object_unref(element);
  finish(pipeline);
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite(
      "pipelines",
      {state_cycles_leave_nothing_behind, converting_leaves_nothing_behind,
       live_pipeline_counts_the_window_as_latency, live_stream_without_window_is_warned_about,
       encoders_link_without_videoconvert, unnamed_link_is_the_foreground,
       nothing_linked_ends_with_an_error, sources_choose_a_native_format});
}
