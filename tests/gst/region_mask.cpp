// SPDX-License-Identifier: LGPL-2.1-or-later

// What of the picture counts: region masks.
#include <png.h>

#include <algorithm>
#include <utility>

#include "region_scenes.h"
#include "temporary_folder.h"

namespace {

using namespace region_scenes;

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
  TemporaryFolder folder;
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
  TemporaryFolder folder;
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
  TemporaryFolder folder;
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
  TemporaryFolder folder;
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

}  // namespace

int main() {
  return run_suite("region mask",
                   {region_mask_says_what_counts, region_mask_that_cannot_be_read_is_an_error,
                    region_mask_changes_while_playing, region_mask_of_another_size_is_resized});
}
