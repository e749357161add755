// SPDX-License-Identifier: LGPL-2.1-or-later

// lowrankcompress: keys, caps, properties and figures.
#include "codec_support.h"

namespace {

bool is_key(GstBuffer* buffer) {
  return !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
}

// Pushes frames first … first + count - 1 and tells keys (K) from others (p).
std::string code(Chain& encoder, const std::string& caps, int first, int count) {
  const GstVideoInfo info = parse_caps(caps);
  for (int i = first; i < first + count; i++)
    fail_unless_equals_int(encoder.push(make_frame(info, i)), GST_FLOW_OK);
  std::string kinds;
  const std::vector<GstBuffer*> packets = encoder.pull_all();
  for (GstBuffer* packet : packets)
    kinds += is_key(packet) ? 'K' : 'p';
  unref_all(packets);
  return kinds;
}

const std::string small = raw_caps("I420", 48, 32);

GST_START_TEST(keys_come_at_their_interval) {
  Chain encoder("lowrankcompress name=e key-int-max=4");
  encoder.set_caps(small);
  fail_unless_equals_text(code(encoder, small, 0, 9), "KpppKpppK");
  encoder.set("e", "key-int-max", "1");
  fail_unless_equals_text(code(encoder, small, 9, 3), "KKK");
}
GST_END_TEST

GST_START_TEST(keys_are_forced_from_both_sides) {
  Chain encoder("lowrankcompress");
  encoder.set_caps(small);
  fail_unless_equals_text(code(encoder, small, 0, 3), "Kpp");
  gst_harness_push_upstream_event(
      encoder.harness(), gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 1));
  fail_unless_equals_text(code(encoder, small, 3, 3), "Kpp");
  encoder.push_event(gst_video_event_new_downstream_force_key_unit(
      7 * GST_SECOND / 25, 7 * GST_SECOND / 25, 7 * GST_SECOND / 25, TRUE, 2));
  fail_unless_equals_text(code(encoder, small, 6, 4), "pKpp");
}
GST_END_TEST

GST_START_TEST(packets_leave_at_once) {
  Chain encoder("lowrankcompress");
  encoder.set_caps(small);
  for (int i = 0; i < 3; i++)
    fail_unless_equals_int(static_cast<int>(code(encoder, small, i, 1).size()), 1);
  fail_unless_equals_uint64(gst_harness_query_latency(encoder.harness()), 0);
}
GST_END_TEST

GST_START_TEST(new_caps_begin_a_new_stream) {
  Chain encoder("lowrankcompress name=e");
  auto* items = record(encoder.element("e"), "src");
  encoder.set_caps(small);
  fail_unless_equals_text(code(encoder, small, 0, 2), "Kp");
  const std::string first = field(encoder.caps(), "codec_data");
  const std::string large = raw_caps("Y444", 70, 50);
  encoder.set_caps(large);
  fail_unless_equals_text(code(encoder, large, 2, 2), "Kp");
  fail_unless_equals_text(field(encoder.caps(), "width"), "70");
  fail_if(field(encoder.caps(), "codec_data") == first);
  std::string order;
  for (const std::string& item : *items)
    if (item == "buffer" || item == "caps")
      order += item[0];
  fail_unless_equals_text(order, "cbbcbb");
}
GST_END_TEST

// It is what stands before each key, so that a decoder that joins later needs nothing else.
GST_START_TEST(codec_data_is_the_sequence_packet) {
  Chain encoder("lowrankcompress key-int-max=1");
  encoder.set_caps(small);
  encoder.push(make_frame(parse_caps(small), 0));
  encoder.push(make_frame(parse_caps(small), 1));
  GstCaps* caps = gst_pad_get_current_caps(encoder.harness()->sinkpad);
  const GstStructure* fields = gst_caps_get_structure(caps, 0);
  const Bytes sequence =
      bytes_of(gst_value_get_buffer(gst_structure_get_value(fields, "codec_data")));
  gst_caps_unref(caps);
  fail_unless(!sequence.empty());
  const std::vector<GstBuffer*> packets = encoder.pull_all();
  for (GstBuffer* packet : packets) {
    const Bytes bytes = bytes_of(packet);
    fail_unless(std::equal(sequence.begin(), sequence.end(), bytes.begin()));
  }
  unref_all(packets);
}
GST_END_TEST

GST_START_TEST(a_flush_is_followed_by_a_key) {
  Chain encoder("lowrankcompress");
  encoder.set_caps(small);
  fail_unless_equals_text(code(encoder, small, 0, 3), "Kpp");
  encoder.flush();
  fail_unless_equals_text(code(encoder, small, 0, 3), "Kpp");
}
GST_END_TEST

GST_START_TEST(nothing_in_gives_nothing_out) {
  Chain encoder("lowrankcompress");
  encoder.set_caps(small);
  fail_unless(encoder.finish());
  fail_unless_equals_int(static_cast<int>(encoder.waiting()), 0);
  fail_unless_equals_text(encoder.error(), "");
}
GST_END_TEST

GST_START_TEST(the_same_element_encodes_again) {
  GstElement* element = gst_element_factory_make("lowrankcompress", nullptr);
  gst_object_ref_sink(element);
  for (int i = 0; i < 3; i++) {
    GstHarness* harness = gst_harness_new_with_element(element, "sink", "src");
    gst_harness_set_src_caps_str(harness, small.c_str());
    gst_harness_push(harness, make_frame(parse_caps(small), i));
    GstBuffer* packet = gst_harness_try_pull(harness);
    fail_unless(packet != nullptr && is_key(packet));
    gst_buffer_unref(packet);
    gst_harness_teardown(harness);
    gst_element_set_state(element, GST_STATE_NULL);
  }
  gst_object_unref(element);
}
GST_END_TEST

gsize bytes_at(Chain& encoder, int index) {
  encoder.push(make_noise_frame(parse_caps(small), index));
  GstBuffer* packet = encoder.pull();
  const gsize size = gst_buffer_get_size(packet);
  gst_buffer_unref(packet);
  return size;
}

GST_START_TEST(quality_changes_while_playing) {
  Chain encoder("lowrankcompress name=e quality=90 key-int-max=1");
  encoder.set_caps(small);
  const gsize fine = bytes_at(encoder, 0);
  encoder.set("e", "quality", "20");
  fail_unless(bytes_at(encoder, 0) < fine / 2);
  encoder.set("e", "quality", "90");
  fail_unless(bytes_at(encoder, 0) == fine);
}
GST_END_TEST

GST_START_TEST(rank_and_energy_bound_the_components) {
  Chain encoder("lowrankcompress name=e layout=frame rank=3 quality=90");
  encoder.set_caps(small);
  const gsize few = bytes_at(encoder, 0);
  encoder.set("e", "rank", "12");
  fail_unless(bytes_at(encoder, 0) > 2 * few);
  encoder.set("e", "rank", "0");
  encoder.set("e", "energy", "0.5");
  const gsize half = bytes_at(encoder, 0);
  encoder.set("e", "energy", "0.99");
  fail_unless(bytes_at(encoder, 0) > half);
}
GST_END_TEST

GST_START_TEST(the_layout_waits_for_the_next_stream) {
  Chain encoder("lowrankcompress name=e layout=frame rank=2");
  encoder.set_caps(small);
  const gsize before = bytes_at(encoder, 0);
  encoder.set("e", "layout", "patch");
  encoder.set("e", "threads", "2");
  encoder.set("e", "base-rank", "4");
  fail_unless(bytes_at(encoder, 0) == before);
  fail_unless_equals_text(encoder.error(), "");
}
GST_END_TEST

GST_START_TEST(stats_tell_of_the_stream) {
  Chain encoder("lowrankcompress name=e layout=frame rank=5");
  const auto stats = [&] {
    GstStructure* structure = nullptr;
    g_object_get(encoder.element("e"), "stats", &structure, nullptr);
    return structure;
  };
  encoder.set_caps(small);
  gsize bytes = bytes_at(encoder, 0) + bytes_at(encoder, 1);
  GstStructure* found = stats();
  guint64 frames = 0;
  guint64 counted = 0;
  gdouble rank = 0;
  gdouble bits = 0;
  fail_unless(gst_structure_get(found, "frames", G_TYPE_UINT64, &frames, "bytes", G_TYPE_UINT64,
                                &counted, "rank", G_TYPE_DOUBLE, &rank, "bits-per-pixel",
                                G_TYPE_DOUBLE, &bits, nullptr));
  fail_unless_equals_uint64(frames, 2);
  fail_unless_equals_uint64(counted, bytes);
  fail_unless(rank > 0 && rank <= 5);
  fail_unless_equals_float(bits, static_cast<double>(bytes) * 8 / (2 * 48 * 32));
  fail_if(gst_structure_has_field(found, "psnr"));
  gst_structure_free(found);
  encoder.set("e", "compute-psnr", "true");
  bytes_at(encoder, 2);
  found = stats();
  gdouble psnr = 0;
  fail_unless(gst_structure_get_double(found, "psnr", &psnr));
  fail_unless(psnr > 5 && psnr < 60);
  gst_structure_free(found);
}
GST_END_TEST

GST_START_TEST(impossible_settings_are_a_named_error) {
  struct Case {
    const char* properties;
    const char* caps;
    const char* expected;
  };
  const Case cases[] = {
      {"layout=patch energy=0.5", ",framerate=25/1", "energy"},
      {"layout=frame base-rank=3", ",framerate=25/1", "base_rank"},
      {"bitrate=100", ",framerate=0/1", "frame rate"},
      {"", ",framerate=25/1,interlace-mode=fields", "interlace-mode"},
  };
  for (const Case& one : cases) {
    Chain encoder(std::string("lowrankcompress ") + one.properties);
    const std::string caps = std::string("video/x-raw,format=I420,width=16,height=16") + one.caps;
    encoder.set_caps(caps);
    fail_if(encoder.push(make_frame(parse_caps(caps), 0)) == GST_FLOW_OK);
    const std::string error = encoder.error();
    fail_unless(error.find(one.expected) != std::string::npos, "\"%s\"", error.c_str());
  }
}
GST_END_TEST

gboolean refuse_caps(GstPad*, GstObject*, GstEvent* event) {
  const bool taken = GST_EVENT_TYPE(event) != GST_EVENT_CAPS;
  gst_event_unref(event);
  return taken;
}

// The base class keeps the format before, and does not set it when its caps come back.
GST_START_TEST(a_refused_format_leaves_the_one_before) {
  struct Case {
    const char* property;
    const char* value;
    const char* caps;
  };
  const Case cases[] = {
      {nullptr, nullptr, ",framerate=25/1,interlace-mode=fields"},
      {"bitrate", "100", ",framerate=0/1"},
      {nullptr, nullptr, nullptr},  // of another size, refused downstream
  };
  for (const Case& one : cases) {
    Chain encoder("lowrankcompress name=e");
    encoder.set_caps(small);
    fail_unless_equals_text(code(encoder, small, 0, 2), "Kp");
    const std::string first = encoder.caps();
    if (one.property != nullptr)
      encoder.set("e", one.property, one.value);
    GstPad* downstream = encoder.harness()->sinkpad;
    const GstPadEventFunction usual = GST_PAD_EVENTFUNC(downstream);
    if (one.caps == nullptr)
      gst_pad_set_event_function(downstream, refuse_caps);
    encoder.set_caps(one.caps != nullptr
                         ? std::string("video/x-raw,format=I420,width=48,height=32") + one.caps
                         : raw_caps("I420", 64, 64));
    gst_pad_set_event_function(downstream, usual);
    encoder.set_caps(small);
    fail_unless_equals_int(static_cast<int>(code(encoder, small, 2, 2).size()), 2);
    fail_unless_equals_text(encoder.caps(), first.c_str());
  }
}
GST_END_TEST

GST_START_TEST(a_frame_that_is_too_short_is_a_named_error) {
  Chain encoder("lowrankcompress");
  encoder.set_caps(small);
  GstBuffer* frame = make_frame(parse_caps(small), 0);
  gst_buffer_set_size(frame, 100);
  fail_unless_equals_int(encoder.push(frame), GST_FLOW_ERROR);
  fail_unless(encoder.error().find("100") != std::string::npos);
}
GST_END_TEST

// With the property qos, what would come too late is not encoded.
GST_START_TEST(late_frames_are_dropped) {
  for (const bool qos : {false, true}) {
    Chain encoder(std::string("lowrankcompress qos=") + (qos ? "true" : "false"));
    encoder.set_caps(small);
    fail_unless_equals_text(code(encoder, small, 0, 1), "K");
    gst_harness_push_upstream_event(
        encoder.harness(),
        gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 2, GST_SECOND, GST_SECOND / 25));
    fail_unless_equals_text(code(encoder, small, 1, 2), qos ? "" : "pp");
    fail_unless(encoder.has_message(GST_MESSAGE_QOS) == qos);
    fail_unless_equals_text(code(encoder, small, 100, 1), "p");
  }
}
GST_END_TEST

GST_START_TEST(tags_name_the_codec) {
  Chain encoder("lowrankcompress");
  encoder.set_caps(small);
  code(encoder, small, 0, 1);
  bool found = false;
  while (GstEvent* event = gst_harness_try_pull_event(encoder.harness())) {
    if (GST_EVENT_TYPE(event) == GST_EVENT_TAG) {
      GstTagList* tags = nullptr;
      gst_event_parse_tag(event, &tags);
      gchar* codec = nullptr;
      if (gst_tag_list_get_string(tags, GST_TAG_VIDEO_CODEC, &codec))
        found = true;
      g_free(codec);
    }
    gst_event_unref(event);
  }
  fail_unless(found);
}
GST_END_TEST

GST_START_TEST(presets_are_kept) {
  GstElement* element = gst_element_factory_make("lowrankcompress", nullptr);
  fail_unless(GST_IS_PRESET(element));
  gchar** names = gst_preset_get_property_names(GST_PRESET(element));
  fail_unless(g_strv_contains(names, "quality"));
  g_strfreev(names);
  gst_object_unref(element);
}
GST_END_TEST

// The words of gst-inspect-1.0.
GST_START_TEST(every_property_is_documented) {
  for (const char* name : {"lowrankcompress", "lowrankparse", "lowrankdecompress"}) {
    GstElement* element = gst_element_factory_make(name, nullptr);
    guint count = 0;
    GParamSpec** properties = g_object_class_list_properties(G_OBJECT_GET_CLASS(element), &count);
    guint own = 0;
    for (guint i = 0; i < count; i++) {
      if (properties[i]->owner_type != G_OBJECT_TYPE(element))
        continue;
      own++;
      const gchar* blurb = g_param_spec_get_blurb(properties[i]);
      fail_unless(blurb != nullptr && std::string(blurb).size() > 10, "%s::%s", name,
                  properties[i]->name);
      fail_if(g_str_equal(g_param_spec_get_nick(properties[i]), properties[i]->name));
    }
    fail_unless(own >= 3);
    g_free(properties);
    gst_object_unref(element);
  }
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite(
      "codec encoder",
      {keys_come_at_their_interval, keys_are_forced_from_both_sides, packets_leave_at_once,
       new_caps_begin_a_new_stream, codec_data_is_the_sequence_packet, a_flush_is_followed_by_a_key,
       nothing_in_gives_nothing_out, the_same_element_encodes_again, quality_changes_while_playing,
       rank_and_energy_bound_the_components, the_layout_waits_for_the_next_stream,
       stats_tell_of_the_stream, impossible_settings_are_a_named_error,
       a_refused_format_leaves_the_one_before, a_frame_that_is_too_short_is_a_named_error,
       late_frames_are_dropped, tags_name_the_codec, presets_are_kept,
       every_property_is_documented});
}
