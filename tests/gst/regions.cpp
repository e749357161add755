// SPDX-License-Identifier: LGPL-2.1-or-later

// What is told of the mask's regions: their sizes, metadata on buffers, messages.
#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "lib/mask_regions.h"
#include "region_scenes.h"

namespace {

using namespace region_scenes;
using lowrank::Region;
using lowrank::test::flood;

GST_START_TEST(regions_of_the_wrong_size_leave_the_mask) {
  Split whole("mask-cleanup=1", Split::mask);
  Split bounded("mask-cleanup=1", Split::mask);
  whole.set_caps(caps);
  bounded.set_caps(caps);
  watch(whole, 0, 28);
  watch(bounded, 0, 28);
  const std::pair<const char*, const char*> bounds[] = {
      {"0", "0"}, {"300", "0"}, {"0", "300"}, {"100", "300"}, {"2000", "0"}};
  const std::size_t expected_regions[] = {3, 1, 2, 2, 0};
  for (int k = 0; k < 5; k++) {
    bounded.set("min-region-size", bounds[k].first);
    bounded.set("max-region-size", bounds[k].second);
    auto expected = watch(whole, 28 + k, 29 + k);
    const int least = std::stoi(bounds[k].first);
    const int most = std::stoi(bounds[k].second);
    std::size_t left = 0;
    for (const auto& flooded : flood(expected, width, height)) {
      if (flooded.region.area >= least && (most == 0 || flooded.region.area <= most)) {
        left++;
        continue;
      }
      for (const auto& [x, y] : flooded.pixels)
        expected[static_cast<std::size_t>(y * width + x)] = 0;
    }
    fail_unless(watch(bounded, 28 + k, 29 + k) == expected, "%d", k);
    fail_unless_equals_int(static_cast<int>(left), static_cast<int>(expected_regions[k]));
  }
}
GST_END_TEST

using Key = std::tuple<guint64, guint, guint, guint, guint>;

std::multiset<Key> keys_of(const std::vector<std::uint8_t>& mask) {
  std::multiset<Key> keys;
  for (const auto& flooded : flood(mask, width, height)) {
    const Region& r = flooded.region;
    keys.emplace(r.area, r.x, r.y, r.width, r.height);
  }
  return keys;
}

// The regions that a buffer carries as ours, in order.
std::vector<GstVideoRegionOfInterestMeta*> metas_of(GstBuffer* buffer, const char* type) {
  std::vector<GstVideoRegionOfInterestMeta*> metas;
  gpointer state = nullptr;
  while (GstMeta* meta = gst_buffer_iterate_meta_filtered(
             buffer, &state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE)) {
    auto* region = reinterpret_cast<GstVideoRegionOfInterestMeta*>(meta);
    if (region->roi_type == g_quark_from_string(type))
      metas.push_back(region);
  }
  return metas;
}

std::multiset<Key> regions_on(GstBuffer* buffer) {
  std::multiset<Key> keys;
  guint64 last = G_MAXUINT64;
  int id = 0;
  for (GstVideoRegionOfInterestMeta* meta : metas_of(buffer, "foreground")) {
    fail_unless_equals_int(meta->id, id++);
    GstStructure* param = gst_video_region_of_interest_meta_get_param(meta, "foreground");
    guint64 area = 0;
    gdouble share = 0;
    fail_unless(gst_structure_get_uint64(param, "area", &area));
    fail_unless(gst_structure_get_double(param, "share", &share));
    fail_unless(area <= last);
    last = area;
    fail_unless_equals_float(share, static_cast<gdouble>(area) / (meta->w * meta->h));
    keys.emplace(area, meta->x, meta->y, meta->w, meta->h);
  }
  return keys;
}

GST_START_TEST(buffers_carry_the_regions_of_the_mask) {
  Split split("roi-meta=true");
  split.set_caps(caps);
  for (int i = 0; i < 30; i++) {
    GstBuffer* input = gray_frame(i, boxes);
    gst_buffer_add_video_region_of_interest_meta(input, "face", 1, 2, 3, 4);
    fail_unless_equals_int(split.push(input), GST_FLOW_OK);
    GstBuffer* buffers[] = {split.pull(Split::mask), split.pull(Split::foreground),
                            split.pull(Split::background)};
    const auto expected = keys_of(mask_of(buffers[0]));
    fail_unless_equals_int(static_cast<int>(expected.size()), i >= shows_from ? 3 : 0);
    for (GstBuffer* buffer : buffers) {
      fail_unless(regions_on(buffer) == expected, "frame %d", i);
      fail_unless_equals_int(static_cast<int>(metas_of(buffer, "face").size()), 1);
      gst_buffer_unref(buffer);
    }
  }
  split.set("roi-meta", "false");
  fail_unless_equals_int(split.push(gray_frame(30, boxes)), GST_FLOW_OK);
  GstBuffer* plain = split.pull(Split::mask);
  fail_unless(metas_of(plain, "foreground").empty());
  gst_buffer_unref(plain);
}
GST_END_TEST

GST_START_TEST(instances_in_a_row_keep_their_regions_apart) {
  Split upstream("roi-meta=true", Split::foreground);
  Split downstream("roi-meta=true", Split::mask);
  upstream.set_caps(caps);
  downstream.set_caps(caps);
  for (int i = 0; i < 30; i++) {
    fail_unless_equals_int(upstream.push(gray_frame(i, boxes)), GST_FLOW_OK);
    fail_unless_equals_int(downstream.push(upstream.pull(Split::foreground)), GST_FLOW_OK);
    GstBuffer* buffer = downstream.pull(Split::mask);
    const auto own = keys_of(mask_of(buffer)).size();
    fail_unless_equals_int(static_cast<int>(metas_of(buffer, "foreground").size()),
                           static_cast<int>(own) + (i >= shows_from ? 3 : 0));
    gst_buffer_unref(buffer);
  }
}
GST_END_TEST

const GstStructure* pop_report(const Split& split, GstMessage*& message) {
  while ((message = gst_bus_pop_filtered(split.bus(), GST_MESSAGE_ELEMENT)) != nullptr) {
    if (gst_message_has_name(message, "rpcasplit"))
      return gst_message_get_structure(message);
    gst_message_unref(message);
  }
  return nullptr;
}

std::multiset<Key> regions_of(const GstStructure* report) {
  std::multiset<Key> keys;
  const GValue* list = gst_structure_get_value(report, "regions");
  fail_unless(GST_VALUE_HOLDS_LIST(list));
  for (guint i = 0; i < gst_value_list_get_size(list); i++) {
    const GstStructure* region = gst_value_get_structure(gst_value_list_get_value(list, i));
    fail_unless(gst_structure_has_name(region, "region"));
    guint x = 0, y = 0, w = 0, h = 0;
    guint64 area = 0;
    gdouble share = 0;
    fail_unless(gst_structure_get(region, "x", G_TYPE_UINT, &x, "y", G_TYPE_UINT, &y, "width",
                                  G_TYPE_UINT, &w, "height", G_TYPE_UINT, &h, "area", G_TYPE_UINT64,
                                  &area, "share", G_TYPE_DOUBLE, &share, nullptr));
    fail_unless_equals_float(share, static_cast<gdouble>(area) / (w * h));
    keys.emplace(area, x, y, w, h);
  }
  return keys;
}

GST_START_TEST(each_frame_is_told_on_the_bus) {
  for (const char* method : {"online", "svd rank=1 window=8"}) {
    Split split(std::string("post-messages=true method=") + method, Split::mask);
    split.set_caps(caps);
    std::vector<std::vector<std::uint8_t>> masks;
    const auto take = [&] {
      while (GstBuffer* buffer = gst_harness_try_pull(split.at(Split::mask))) {
        masks.push_back(mask_of(buffer));
        gst_buffer_unref(buffer);
      }
    };
    for (int i = 0; i < 40; i++) {
      fail_unless_equals_int(split.push(gray_frame(i, boxes)), GST_FLOW_OK);
      take();
    }
    fail_unless(split.push_event(gst_event_new_eos()));
    take();
    fail_unless_equals_int(static_cast<int>(masks.size()), 40);
    for (std::size_t i = 0; i < masks.size(); i++) {
      GstMessage* message = nullptr;
      const GstStructure* report = pop_report(split, message);
      fail_unless(report != nullptr);
      guint64 pts = 0, stream_time = 0, running_time = 0, duration = 0;
      gdouble ratio = 0;
      guint rank = 0;
      gboolean afresh = TRUE;
      fail_unless(gst_structure_get(report, "timestamp", G_TYPE_UINT64, &pts, "stream-time",
                                    G_TYPE_UINT64, &stream_time, "running-time", G_TYPE_UINT64,
                                    &running_time, "duration", G_TYPE_UINT64, &duration,
                                    "foreground-ratio", G_TYPE_DOUBLE, &ratio, "rank", G_TYPE_UINT,
                                    &rank, "scene-change", G_TYPE_BOOLEAN, &afresh, nullptr));
      fail_unless_equals_uint64(pts, i * frame_time);
      fail_unless_equals_uint64(stream_time, pts);
      fail_unless_equals_uint64(running_time, pts);
      fail_unless_equals_uint64(duration, frame_time);
      fail_unless_equals_float(ratio, set_in(masks[i], 0, width) / gdouble{width * height});
      fail_unless_equals_int(static_cast<int>(rank), 1);
      fail_unless(!afresh);
      fail_unless(regions_of(report) == keys_of(masks[i]), "frame %d", static_cast<int>(i));
      gst_message_unref(message);
    }
    GstMessage* message = nullptr;
    fail_unless(pop_report(split, message) == nullptr);
  }
}
GST_END_TEST

std::multiset<Key> last_report(const Split& split) {
  GstMessage* message = nullptr;
  const GstStructure* report = pop_report(split, message);
  fail_unless(report != nullptr);
  const auto regions = regions_of(report);
  gst_message_unref(message);
  return regions;
}

GST_START_TEST(the_largest_regions_are_told_of_and_the_mask_keeps_all) {
  Split split("roi-meta=true post-messages=true", Split::mask);
  split.set_caps(caps);
  for (int i = 0; i < 28; i++) {
    watch(split, i, i + 1);
    last_report(split);
  }
  const std::pair<const char*, int> bounds[] = {{"1", 1}, {"2", 2}, {"3", 3}, {"9", 3}, {"0", 3}};
  int index = 28;
  for (const auto& [bound, told] : bounds) {
    split.set("max-regions", bound);
    fail_unless_equals_int(split.push(gray_frame(index++, boxes)), GST_FLOW_OK);
    GstBuffer* buffer = split.pull(Split::mask);
    const auto in_mask = keys_of(mask_of(buffer));
    fail_unless_equals_int(static_cast<int>(in_mask.size()), 3);
    const std::multiset<Key> largest(std::prev(in_mask.end(), told), in_mask.end());
    fail_unless(regions_on(buffer) == largest, "%s", bound);
    fail_unless(last_report(split) == largest, "%s", bound);
    gst_buffer_unref(buffer);
  }
}
GST_END_TEST

// Buffers that are on their way when the message is posted.
guint waiting_then = 0;
GstBusSyncReply on_message(GstBus*, GstMessage* message, gpointer data) {
  if (gst_message_has_name(message, "rpcasplit"))
    waiting_then = static_cast<Split*>(data)->waiting(Split::mask);
  return GST_BUS_PASS;
}

GST_START_TEST(messages_come_before_their_frames_and_tell_of_new_models) {
  Split split("post-messages=true", Split::mask);
  split.set_caps(caps);
  gst_bus_set_sync_handler(split.bus(), on_message, &split, nullptr);
  const auto afresh = [&] {
    GstMessage* message = nullptr;
    const GstStructure* report = pop_report(split, message);
    gboolean value = FALSE;
    fail_unless(report && gst_structure_get_boolean(report, "scene-change", &value));
    gst_message_unref(message);
    return value != FALSE;
  };
  for (int i = 0; i < 3; i++) {
    fail_unless_equals_int(split.push(gray_frame(i, boxes)), GST_FLOW_OK);
    fail_unless_equals_int(static_cast<int>(waiting_then), i);
    fail_unless(!afresh());
  }
  g_signal_emit_by_name(split.element(), "reset");
  fail_unless_equals_int(split.push(gray_frame(3, boxes)), GST_FLOW_OK);
  fail_unless(afresh());
  // Frames without times have none in their message.
  GstBuffer* timeless = gray_frame(4, boxes);
  GST_BUFFER_PTS(timeless) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION(timeless) = GST_CLOCK_TIME_NONE;
  fail_unless_equals_int(split.push(timeless), GST_FLOW_OK);
  GstMessage* message = nullptr;
  const GstStructure* report = pop_report(split, message);
  for (const char* field : {"timestamp", "stream-time", "running-time", "duration"}) {
    guint64 value = 0;
    fail_unless(gst_structure_get_uint64(report, field, &value));
    fail_unless_equals_uint64(value, GST_CLOCK_TIME_NONE);
  }
  gst_message_unref(message);
  split.set("post-messages", "false");
  fail_unless_equals_int(split.push(gray_frame(5, boxes)), GST_FLOW_OK);
  fail_unless(pop_report(split, message) == nullptr);
  gst_bus_set_sync_handler(split.bus(), nullptr, nullptr, nullptr);
}
GST_END_TEST

GST_START_TEST(properties_are_read_back_and_some_are_controllable) {
  // Not started, which would want the file.
  GstElement* element = gst_parse_launch(
      "rpcasplit min-region-size=7 max-region-size=9 roi-hints=false roi-meta=true "
      "post-messages=true max-regions=8 region-mask=zones.png",
      nullptr);
  GObject* object = G_OBJECT(element);
  guint least = 0, most = 0, told = 0;
  gboolean hints = TRUE, meta = FALSE, messages = FALSE;
  gchar* path = nullptr;
  g_object_get(object, "min-region-size", &least, "max-region-size", &most, "roi-hints", &hints,
               "roi-meta", &meta, "post-messages", &messages, "max-regions", &told, "region-mask",
               &path, nullptr);
  fail_unless(least == 7 && most == 9 && !hints && meta && messages && told == 8);
  fail_unless_equals_string(path, "zones.png");
  g_free(path);
  for (const char* name : {"min-region-size", "max-region-size", "roi-hints", "roi-meta",
                           "post-messages", "max-regions"})
    fail_unless((g_object_class_find_property(G_OBJECT_GET_CLASS(object), name)->flags &
                 GST_PARAM_CONTROLLABLE) != 0,
                "%s", name);
  gst_object_unref(element);
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("regions",
                   {regions_of_the_wrong_size_leave_the_mask, buffers_carry_the_regions_of_the_mask,
                    instances_in_a_row_keep_their_regions_apart, each_frame_is_told_on_the_bus,
                    messages_come_before_their_frames_and_tell_of_new_models,
                    the_largest_regions_are_told_of_and_the_mask_keeps_all,
                    properties_are_read_back_and_some_are_controllable});
}
