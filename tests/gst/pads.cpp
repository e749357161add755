// SPDX-License-Identifier: LGPL-2.1-or-later

// The element as seen from outside: pads, properties, signals, figures.
#include <set>

#include "support.h"

namespace {

constexpr const char* pads_in_order[] = {"foreground", "background", "mask"};

GST_START_TEST(pads_come_in_the_documented_order) {
  GstElement* element = gst_element_factory_make("rpcasplit", nullptr);
  fail_unless(element != nullptr);
  fail_unless_equals_int(element->numsrcpads, 3);
  fail_unless_equals_int(element->numsinkpads, 1);
  GList* pads = element->srcpads;
  for (const char* name : pads_in_order) {
    fail_unless_equals_string(GST_PAD_NAME(pads->data), name);
    pads = pads->next;
  }
  gst_object_unref(element);
}
GST_END_TEST

GST_START_TEST(factory_is_a_filter_of_no_rank) {
  GstElementFactory* factory = gst_element_factory_find("rpcasplit");
  fail_unless(factory != nullptr);
  fail_unless_equals_int(static_cast<int>(gst_plugin_feature_get_rank(GST_PLUGIN_FEATURE(factory))),
                         GST_RANK_NONE);
  fail_unless_equals_string(gst_element_factory_get_metadata(factory, GST_ELEMENT_METADATA_KLASS),
                            "Filter/Analyzer/Video");
  fail_unless_equals_string(gst_plugin_feature_get_plugin_name(GST_PLUGIN_FEATURE(factory)),
                            "lowrank");
  gst_object_unref(factory);
}
GST_END_TEST

GST_START_TEST(any_subset_of_pads_may_be_linked) {
  for (int pads = 1; pads <= Split::all; pads++) {
    Split split("", pads);
    const std::string caps = raw_caps("I420", 32, 24);
    split.set_caps(caps);
    for (int i = 0; i < 5; i++)
      fail_unless_equals_int(split.push(make_frame(parse_caps(caps), i)), GST_FLOW_OK);
    for (const int pad : {Split::foreground, Split::background, Split::mask})
      if ((pads & pad) != 0)
        fail_unless_equals_int(static_cast<int>(split.waiting(pad)), 5);
  }
}
GST_END_TEST

GST_START_TEST(no_pad_linked_is_not_linked) {
  for (const char* method : {"online", "svd window=3"}) {
    Split split(std::string("method=") + method, 0);
    const std::string caps = raw_caps("I420", 32, 24);
    split.set_caps(caps);
    for (int i = 0; i < 4; i++)
      fail_unless_equals_int(split.push(make_frame(parse_caps(caps), i)), GST_FLOW_NOT_LINKED);
    split.push_event(gst_event_new_eos());
    fail_unless_equals_text(split.error(), "");
  }
}
GST_END_TEST

GST_START_TEST(pad_linked_while_playing_joins_in) {
  Split split("", Split::foreground);
  const std::string caps = raw_caps("I420", 32, 24);
  split.set_caps(caps);
  split.push(make_frame(parse_caps(caps), 0));
  GstHarness* late = gst_harness_new_with_element(split.element(), nullptr, "background");
  gst_harness_set_sink_caps_str(late, "video/x-raw,format=BGRx");
  split.push(make_frame(parse_caps(caps), 1));
  fail_unless_equals_int(static_cast<int>(gst_harness_buffers_in_queue(late)), 1);
  GstCaps* sent = gst_pad_get_current_caps(late->sinkpad);
  fail_unless_equals_string(gst_structure_get_string(gst_caps_get_structure(sent, 0), "format"),
                            "BGRx");
  gst_caps_unref(sent);
  gst_harness_teardown(late);
}
GST_END_TEST

// One branch that has had enough does not end the others; all of them do.
GST_START_TEST(flows_are_combined) {
  Split split("", Split::foreground | Split::mask);
  const std::string caps = raw_caps("GRAY8", 32, 24);
  split.set_caps(caps);
  take_no_more(split, Split::foreground);
  fail_unless_equals_int(split.push(make_frame(parse_caps(caps), 0)), GST_FLOW_OK);
  take_no_more(split, Split::mask);
  fail_unless_equals_int(split.push(make_frame(parse_caps(caps), 1)), GST_FLOW_EOS);
}
GST_END_TEST

GST_START_TEST(stream_ids_are_unique_and_grouped) {
  Split split;
  GstEvent* start = gst_event_new_stream_start("upstream");
  gst_event_set_group_id(start, 77);
  fail_unless(split.push_event(start));
  std::set<std::string> ids;
  for (const int pad : {Split::foreground, Split::background, Split::mask}) {
    GstEvent* event = gst_pad_get_sticky_event(split.at(pad)->sinkpad, GST_EVENT_STREAM_START, 0);
    fail_unless(event != nullptr);
    const gchar* id = nullptr;
    guint group = 0;
    gst_event_parse_stream_start(event, &id);
    fail_unless(gst_event_parse_group_id(event, &group));
    fail_unless_equals_int(static_cast<int>(group), 77);
    fail_unless(g_str_has_prefix(id, "upstream/"));
    ids.insert(id);
    gst_event_unref(event);
  }
  fail_unless_equals_int(static_cast<int>(ids.size()), 3);
}
GST_END_TEST

GST_START_TEST(properties_have_defaults_and_ranges) {
  GstElement* element = gst_element_factory_make("rpcasplit", nullptr);
  GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(element), "learning-rate");
  fail_unless(G_PARAM_SPEC_DOUBLE(spec)->minimum == -1 && G_PARAM_SPEC_DOUBLE(spec)->maximum == 1);
  fail_unless((spec->flags & GST_PARAM_CONTROLLABLE) != 0);
  fail_unless((spec->flags & GST_PARAM_MUTABLE_PLAYING) != 0);
  guint64 memory = 0;
  guint cleanup = 0, window = 1;
  gdouble threshold = 0;
  gint method = -1;
  g_object_get(element, "max-memory", &memory, "mask-cleanup", &cleanup, "window", &window,
               "threshold", &threshold, "method", &method, nullptr);
  fail_unless_equals_uint64(memory, G_GUINT64_CONSTANT(2147483648));
  fail_unless(cleanup == G_MAXUINT && window == 0 && threshold == -1 && method == 0);
  g_object_set(element, "mask-cleanup", 99u, nullptr);
  g_object_get(element, "mask-cleanup", &cleanup, nullptr);
  fail_unless_equals_int(static_cast<int>(cleanup), 15);
  gst_util_set_object_arg(G_OBJECT(element), "mask-cleanup", "-1");
  g_object_get(element, "mask-cleanup", &cleanup, nullptr);
  fail_unless(cleanup == G_MAXUINT);
  gst_object_unref(element);
}
GST_END_TEST

GST_START_TEST(live_properties_change_while_playing) {
  Split split("", Split::all);
  const std::string caps = raw_caps("I420", 48, 32);
  split.set_caps(caps);
  int index = 0;
  const auto play = [&](const char* after) {
    for (int i = 0; i < 3; i++)
      fail_unless(split.push(make_frame(parse_caps(caps), index++)) == GST_FLOW_OK, "after %s: %s",
                  after, split.error().c_str());
  };
  play("start");
  const std::pair<const char*, const char*> changes[] = {{"learning-rate", "0.5"},
                                                         {"threshold", "0"},
                                                         {"threshold", "1000"},
                                                         {"mask-cleanup", "0"},
                                                         {"mask-cleanup", "15"},
                                                         {"foreground-mode", "residual"},
                                                         {"learning-rate", "0"},
                                                         {"foreground-mode", "alpha"},
                                                         {"foreground-mode", "masked"},
                                                         {"rank", "2"},
                                                         {"method", "svd"},
                                                         {"method", "online"}};
  for (const auto& [name, value] : changes) {
    split.set(name, value);
    if (g_str_equal(value, "svd"))
      split.set("window", "3");
    play(name);
  }
  for (const int pad : {Split::foreground, Split::background, Split::mask})
    fail_unless_equals_int(static_cast<int>(split.waiting(pad)), index);
}
GST_END_TEST

GST_START_TEST(stats_count_frames) {
  Split split;
  const std::string caps = raw_caps("I420", 64, 48);
  split.set_caps(caps);
  fail_unless_equals_uint64(split.stat("frames"), 0);
  for (int i = 0; i < 7; i++)
    split.push(make_frame(parse_caps(caps), i));
  fail_unless_equals_uint64(split.stat("frames"), 7);
  fail_unless(split.stat("mean-time") > 0);
  fail_unless(split.stat("rank") >= 1);
}
GST_END_TEST

GST_START_TEST(reset_learns_afresh) {
  Split split("learning-rate=0", Split::background);
  const std::string caps = raw_caps("GRAY8", 32, 32);
  const GstVideoInfo info = parse_caps(caps);
  split.set_caps(caps);
  int index = 0;
  const auto background_of = [&](int value) {
    int seen = 0;
    for (int i = 0; i < 3; i++) {
      fail_unless_equals_int(split.push(make_flat_frame(info, value, index++)), GST_FLOW_OK);
      GstBuffer* buffer = split.pull(Split::background);
      seen = samples(buffer, info, 0)[100];
      gst_buffer_unref(buffer);
    }
    return seen;
  };
  fail_unless(ABS(background_of(40) - 40) <= 2);
  g_signal_emit_by_name(split.element(), "reset");
  fail_unless(ABS(background_of(200) - 200) <= 2, "the background before reset is still there");
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("pads",
                   {pads_come_in_the_documented_order, factory_is_a_filter_of_no_rank,
                    any_subset_of_pads_may_be_linked, no_pad_linked_is_not_linked,
                    pad_linked_while_playing_joins_in, flows_are_combined,
                    stream_ids_are_unique_and_grouped, properties_have_defaults_and_ranges,
                    live_properties_change_while_playing, stats_count_frames, reset_learns_afresh});
}
