// SPDX-License-Identifier: LGPL-2.1-or-later

// What counts, and what is told of it: region masks, sizes of regions, hints, metadata, messages.
#include <glib/gstdio.h>
#include <png.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <tuple>
#include <utility>

#include "lib/mask_regions.h"
#include "support.h"

namespace {

using lowrank::Region;
using lowrank::test::flood;

constexpr int width = 64;
constexpr int height = 48;
const std::string caps = raw_caps("GRAY8", width, height);
constexpr GstClockTime frame_time = GST_SECOND / 25;

// A folder for the files of a test, removed with them.
class Folder {
 public:
  Folder() : path_(g_dir_make_tmp("lowrank-XXXXXX", nullptr)) {}
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    for (const std::string& file : files_)
      g_remove(file.c_str());
    g_rmdir(path_);
    g_free(path_);
  }
  std::string write(const char* name, const std::string& bytes) {
    const std::string path = std::string(path_) + "/" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    files_.insert(path);
    return path;
  }
  std::string path() const { return path_; }

 private:
  gchar* path_;
  std::set<std::string> files_;
};

// 0 in the left half, 255 in the right.
std::string halves(int w, int h) {
  std::string pixels;
  for (int i = 0; i < w * h; i++)
    pixels += i % w < w / 2 ? '\0' : '\xff';
  return pixels;
}

std::string pgm(int w, int h, const std::string& pixels) {
  return "P5\n# zones\n" + std::to_string(w) + " " + std::to_string(h) + "\n255\n" + pixels;
}

// The same as white that is transparent on the left.
std::string png_of_halves() {
  std::string rgba;
  for (const char c : halves(width, height))
    rgba += std::string("\xff\xff\xff", 3) + c;
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = PNG_FORMAT_RGBA;
  png_alloc_size_t size = 0;
  fail_unless(png_image_write_get_memory_size(image, size, 0, rgba.data(), 0, nullptr));
  std::string bytes(size, '\0');
  fail_unless(png_image_write_to_memory(&image, bytes.data(), &size, 0, rgba.data(), 0, nullptr));
  return bytes;
}

// One that claims 16384 pixels a side, and has the first byte of them.
std::string png_without_pixels() {
  using namespace std::string_literals;
  return "\211PNG\015\012\032\012\000\000\000\015IHDR\000\000@\000\000\000@\000"
         "\010\000\000\000\000\214\243OX\000\000\000\001IDATxv\346\204\346"s;
}

GstBuffer* gray_frame(int index, int (*level)(int index, int x, int y)) {
  GstBuffer* buffer = make_flat_frame(parse_caps(caps), 0, index);
  GstMapInfo map;
  fail_unless(gst_buffer_map(buffer, &map, GST_MAP_WRITE));
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      map.data[y * width + x] = static_cast<guint8>(level(index, x, y));
  gst_buffer_unmap(buffer, &map);
  return buffer;
}

int scene(int x, int y) {
  return 40 + (x / 5 * 37 + y / 4 * 53) % 70;
}

constexpr int shows_from = 20;

// From a frame on: a box to the left, one to the right, a larger one below, and specks.
int boxes(int index, int x, int y) {
  const bool box = (x >= 6 && x < 18 && y >= 6 && y < 18) ||
                   (x >= 42 && x < 56 && y >= 8 && y < 20) ||
                   (x >= 8 && x < 60 && y >= 28 && y < 44);
  return index >= shows_from && box ? 230 : scene(x, y);
}

// Somebody who walks through the picture again and again.
int walker(int index, int x, int y) {
  const int left = index * 5 % width;
  return x >= left && x < left + 10 && y >= 14 && y < 34 ? 230 : scene(x, y);
}

// Somebody who comes and stays.
constexpr int stays_from = 60;
int stopped(int index, int x, int y) {
  const bool there = index >= stays_from && x >= 20 && x < 36 && y >= 14 && y < 30;
  return there ? 220 : scene(x, y);
}

std::vector<std::uint8_t> mask_of(GstBuffer* buffer) {
  const std::vector<int> values = samples(buffer, parse_caps(caps), 0);
  return {values.begin(), values.end()};
}

std::vector<std::uint8_t> pull_mask(const Split& split) {
  GstBuffer* buffer = split.pull(Split::mask);
  const auto mask = mask_of(buffer);
  gst_buffer_unref(buffer);
  return mask;
}

// Pixels of columns [first, last) that are set.
int set_in(const std::vector<std::uint8_t>& mask, int first, int last) {
  int count = 0;
  for (int y = 0; y < height; y++)
    for (int x = first; x < last; x++)
      count += mask[static_cast<std::size_t>(y * width + x)] != 0;
  return count;
}

// Frames [first, last) of boxes(); the mask of the last one.
std::vector<std::uint8_t> watch(Split& split, int first, int last) {
  std::vector<std::uint8_t> mask;
  for (int i = first; i < last; i++) {
    fail_unless_equals_int(split.push(gray_frame(i, boxes)), GST_FLOW_OK);
    mask = pull_mask(split);
  }
  return mask;
}

std::string warning_of(const Split& split) {
  GstMessage* message = gst_bus_pop_filtered(split.bus(), GST_MESSAGE_WARNING);
  if (message == nullptr)
    return "";
  GError* error = nullptr;
  gst_message_parse_warning(message, &error, nullptr);
  const std::string text = error->message;
  g_error_free(error);
  gst_message_unref(message);
  return text;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

GST_START_TEST(region_mask_says_what_counts) {
  Folder folder;
  std::string plain = "P2 64 48 # levels\n15\n";
  for (const char c : halves(width, height))
    plain += c ? "15 " : "0 ";
  std::string wide = "P5 64 48 65535 ";
  for (const char c : halves(width, height))
    wide += std::string(2, c);
  const std::string files[] = {folder.write("a.pgm", pgm(width, height, halves(width, height))),
                               folder.write("b.pgm", plain), folder.write("c.pgm", wide),
                               folder.write("d.png", png_of_halves())};
  for (const char* method : {"online", "pcp window=40"}) {
    for (const std::string& file : files) {
      Split split(std::string("method=") + method + " region-mask=" + file, Split::mask);
      split.set_caps(caps);
      int left = 0;
      int right = 0;
      for (int i = 0; i < 40; i++)
        fail_unless_equals_int(split.push(gray_frame(i, walker)), GST_FLOW_OK);
      fail_unless(split.push_event(gst_event_new_eos()));
      while (GstBuffer* buffer = gst_harness_try_pull(split.at(Split::mask))) {
        left += set_in(mask_of(buffer), 0, width / 2);
        right += set_in(mask_of(buffer), width / 2, width);
        gst_buffer_unref(buffer);
      }
      fail_unless_equals_int(left, 0);
      fail_unless(right > 500, "%s, %s: %d", method, file.c_str(), right);
      fail_unless_equals_text(warning_of(split), "");
    }
  }
}
GST_END_TEST

GST_START_TEST(region_mask_that_cannot_be_read_is_an_error) {
  Folder folder;
  const std::string good = png_of_halves();
  const std::pair<std::string, const char*> cases[] = {
      {folder.path() + "/none.png", "cannot be opened"},
      {folder.path(), "cannot be opened"},
      {folder.write("empty.pgm", ""), "empty"},
      {folder.write("text.pgm", "zones"), "neither PNG nor PGM"},
      {folder.write("p6.pgm", "P6 1 1 255 abc"), "neither"},
      {folder.write("short.pgm", pgm(4, 4, "123")), "ends early"},
      {folder.write("head.pgm", "P5 4"), "ends early"},
      {folder.write("zero.pgm", "P5 0 4 255 "), "must not be 0"},
      {folder.write("level.pgm", "P5 1 1 0 a"), "must not be 0"},
      {folder.write("wide.pgm", "P5 16385 1 255 "), "16384"},
      {folder.write("huge.pgm", "P5 99999999999999999999 1 255 "), "16384"},
      {folder.write("memory.pgm", "P5 16384 16384 65535 x"), "ends early"},
      {folder.write("most.pgm", "P5 1 1 65536 a"), "65535"},
      {folder.write("over.pgm", "P2 2 1 10 3 11"), "more than 10"},
      {folder.write("raw.pgm", "P5 1 1 10 \x0b"), "more than 10"},
      {folder.write("word.pgm", "P2 2 1 10 3 x4"), "not a number"},
      {folder.write("minus.pgm", "P2 -2 1 10 3 4"), "not a number"},
      {folder.write("blank.pgm", "P5 1 1 255#a"), "blank"},
      {folder.write("cut.png", good.substr(0, good.size() / 2)), "cannot be read as a picture"},
      {folder.write("memory.png", png_without_pixels()), "ends early"},
      {folder.write("sign.png", good.substr(0, 8)), "cannot be read as a picture"}};
  for (const auto& [path, why] : cases) {
    GstElement* element = gst_element_factory_make("rpcasplit", nullptr);
    GstBus* bus = gst_bus_new();
    gst_element_set_bus(element, bus);
    g_object_set(element, "region-mask", path.c_str(), nullptr);
    fail_unless_equals_int(gst_element_set_state(element, GST_STATE_PAUSED),
                           GST_STATE_CHANGE_FAILURE);
    GstMessage* message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
    fail_unless(message != nullptr, "%s", path.c_str());
    GError* error = nullptr;
    gst_message_parse_error(message, &error, nullptr);
    fail_unless(contains(error->message, path) && contains(error->message, why), "%s",
                error->message);
    fail_unless(g_error_matches(error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ) ||
                g_error_matches(error, GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE));
    g_error_free(error);
    gst_message_unref(message);
    gst_element_set_state(element, GST_STATE_NULL);
    gst_element_set_bus(element, nullptr);
    gst_object_unref(bus);
    gst_object_unref(element);
  }
}
GST_END_TEST

GST_START_TEST(region_mask_changes_while_playing) {
  Folder folder;
  const std::string zones = folder.write("zones.pgm", pgm(width, height, halves(width, height)));
  const std::string broken = folder.write("broken.pgm", "P5 64 48 255 ");
  Split split("", Split::mask);
  split.set_caps(caps);
  fail_unless(set_in(watch(split, 0, 30), 0, width / 2) > 100);
  split.set("region-mask", zones.c_str());
  fail_unless_equals_int(set_in(watch(split, 30, 32), 0, width / 2), 0);
  // A warning, once, and what held goes on to hold.
  split.set("region-mask", broken.c_str());
  const auto mask = watch(split, 32, 36);
  fail_unless_equals_int(set_in(mask, 0, width / 2), 0);
  fail_unless(set_in(mask, width / 2, width) > 100);
  const std::string warning = warning_of(split);
  fail_unless(contains(warning, broken) && contains(warning, zones), "%s", warning.c_str());
  fail_unless_equals_text(warning_of(split), "");
  // Named again, the file is read again.
  folder.write("broken.pgm", pgm(width, height, std::string(width * height, '\0')));
  split.set("region-mask", broken.c_str());
  fail_unless_equals_int(set_in(watch(split, 36, 38), 0, width), 0);
  // Other methods take it over; a new start reads it.
  split.set("method", "svd");
  split.set("window", "4");
  split.set("method", "online");
  fail_unless_equals_int(set_in(watch(split, 0, 30), 0, width), 0);
  g_object_set(split.element(), "region-mask", nullptr, nullptr);
  g_signal_emit_by_name(split.element(), "reset");
  fail_unless(set_in(watch(split, 0, 30), 0, width / 2) > 100);
  gchar* path = nullptr;
  g_object_get(split.element(), "region-mask", &path, nullptr);
  fail_unless(path == nullptr);
}
GST_END_TEST

GST_START_TEST(region_mask_of_another_size_is_resized) {
  Folder folder;
  const std::string zones = folder.write("zones.pgm", pgm(2, 1, std::string("\0\xff", 2)));
  Split split("region-mask=" + zones, Split::mask);
  split.set_caps(caps);
  const auto mask = watch(split, 0, 30);
  fail_unless_equals_int(set_in(mask, 0, width / 2), 0);
  fail_unless(set_in(mask, width / 2, width) > 100);
  const std::string warning = warning_of(split);
  fail_unless(contains(warning, "2x1") && contains(warning, "64x48"), "%s", warning.c_str());
  fail_unless_equals_text(warning_of(split), "");
}
GST_END_TEST

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
      std::multiset<Key> found;
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
        found.emplace(area, meta->x, meta->y, meta->w, meta->h);
      }
      fail_unless(found == expected, "frame %d", i);
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

GstEvent* hint(guint x, guint y, guint w, guint h, GstClockTime duration) {
  GstStructure* fields =
      gst_structure_new("rpcasplit-foreground", "x", G_TYPE_UINT, x, "y", G_TYPE_UINT, y, "width",
                        G_TYPE_UINT, w, "height", G_TYPE_UINT, h, nullptr);
  if (GST_CLOCK_TIME_IS_VALID(duration))
    gst_structure_set(fields, "duration", G_TYPE_UINT64, duration, nullptr);
  return gst_event_new_custom(GST_EVENT_CUSTOM_UPSTREAM, fields);
}

constexpr int long_enough = 900;  // frames, for who stands still to be taken for background

// Whether somebody who stays is still foreground at the end; `act` is called before each frame.
template <typename Act>
bool stays(Split& split, const Act& act) {
  split.set_caps(caps);
  std::vector<std::uint8_t> mask;
  for (int i = 0; i < long_enough; i++) {
    GstBuffer* buffer = gray_frame(i, stopped);
    act(i, buffer);
    fail_unless_equals_int(split.push(buffer), GST_FLOW_OK);
    mask = pull_mask(split);
    if (i == stays_from + 5)
      fail_unless(set_in(mask, 0, width) > 150);
  }
  return set_in(mask, 0, width) > 150;
}

GST_START_TEST(regions_of_interest_keep_foreground) {
  const auto mark = [](int i, GstBuffer* buffer) {
    if (i >= stays_from)
      gst_buffer_add_video_region_of_interest_meta(buffer, "person", 18, 12, 20, 20);
  };
  Split alone("", Split::mask);
  fail_unless(!stays(alone, [](int, GstBuffer*) {}));
  Split hinted("", Split::mask);
  fail_unless(stays(hinted, mark));
  Split deaf("roi-hints=false", Split::mask);
  fail_unless(!stays(deaf, mark));
}
GST_END_TEST

GST_START_TEST(events_of_downstream_keep_foreground) {
  const auto from = [](Split& split, int first, GstClockTime duration) {
    return [&split, first, duration](int i, GstBuffer*) {
      // Two that add up to where somebody stands.
      if (i == first) {
        fail_unless(
            gst_pad_push_event(split.at(Split::mask)->sinkpad, hint(18, 12, 10, 20, duration)));
        fail_unless(gst_pad_push_event(split.at(Split::mask)->sinkpad,
                                       hint(28, 12, 4000000000u, 20, duration)));
      }
    };
  };
  Split held("", Split::mask);
  fail_unless(stays(held, from(held, stays_from, GST_CLOCK_TIME_NONE - 1)));
  Split brief("", Split::mask);
  fail_unless(!stays(brief, from(brief, stays_from, 2 * GST_SECOND)));
  // A second, said again in time.
  Split renewed("", Split::mask);
  fail_unless(stays(renewed, [&](int i, GstBuffer* buffer) {
    if (i >= stays_from && (i - stays_from) % 25 == 0)
      from(renewed, i, GST_CLOCK_TIME_NONE)(i, buffer);
  }));
  Split cleared("", Split::mask);
  fail_unless(!stays(cleared, [&](int i, GstBuffer* buffer) {
    from(cleared, stays_from, GST_CLOCK_TIME_NONE - 1)(i, buffer);
    if (i == stays_from + 10)
      fail_unless(gst_pad_push_event(cleared.at(Split::mask)->sinkpad, hint(0, 0, 0, 0, 0)));
  }));
}
GST_END_TEST

GST_START_TEST(hints_go_no_further_upstream) {
  Split split("", Split::mask);
  split.set_caps(caps);
  while (GstEvent* event = gst_harness_try_pull_upstream_event(split.input()))
    gst_event_unref(event);
  GstPad* sink = split.at(Split::mask)->sinkpad;
  fail_unless(gst_pad_push_event(sink, hint(1, 2, 3, 4, GST_SECOND)));
  fail_unless(gst_pad_push_event(
      sink, gst_event_new_custom(GST_EVENT_CUSTOM_UPSTREAM,
                                 gst_structure_new_empty("rpcasplit-foreground"))));
  fail_unless(gst_harness_try_pull_upstream_event(split.input()) == nullptr);
  gst_pad_push_event(sink, gst_event_new_custom(GST_EVENT_CUSTOM_UPSTREAM,
                                                gst_structure_new_empty("somebody-elses")));
  GstEvent* other = gst_harness_try_pull_upstream_event(split.input());
  fail_unless(other != nullptr && gst_event_has_name(other, "somebody-elses"));
  gst_event_unref(other);
}
GST_END_TEST

GST_START_TEST(properties_are_read_back_and_some_are_controllable) {
  // Not started, which would want the file.
  GstElement* element = gst_parse_launch(
      "rpcasplit min-region-size=7 max-region-size=9 roi-hints=false roi-meta=true "
      "post-messages=true region-mask=zones.png",
      nullptr);
  GObject* object = G_OBJECT(element);
  guint least = 0, most = 0;
  gboolean hints = TRUE, meta = FALSE, messages = FALSE;
  gchar* path = nullptr;
  g_object_get(object, "min-region-size", &least, "max-region-size", &most, "roi-hints", &hints,
               "roi-meta", &meta, "post-messages", &messages, "region-mask", &path, nullptr);
  fail_unless(least == 7 && most == 9 && !hints && meta && messages);
  fail_unless_equals_string(path, "zones.png");
  g_free(path);
  for (const char* name :
       {"min-region-size", "max-region-size", "roi-hints", "roi-meta", "post-messages"})
    fail_unless((g_object_class_find_property(G_OBJECT_GET_CLASS(object), name)->flags &
                 GST_PARAM_CONTROLLABLE) != 0,
                "%s", name);
  gst_object_unref(element);
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite(
      "regions",
      {region_mask_says_what_counts, region_mask_that_cannot_be_read_is_an_error,
       region_mask_changes_while_playing, region_mask_of_another_size_is_resized,
       regions_of_the_wrong_size_leave_the_mask, buffers_carry_the_regions_of_the_mask,
       instances_in_a_row_keep_their_regions_apart, each_frame_is_told_on_the_bus,
       messages_come_before_their_frames_and_tell_of_new_models,
       regions_of_interest_keep_foreground, events_of_downstream_keep_foreground,
       hints_go_no_further_upstream, properties_are_read_back_and_some_are_controllable});
}
