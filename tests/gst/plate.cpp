// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The background as a PNG file at the end of the stream.
#include <glib/gstdio.h>
#include <png.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "support.h"
#include "temporary_folder.h"

namespace {

struct Png {
  int width = 0;
  int height = 0;
  bool gray = false;
  std::vector<guint8> rgb;
};

Png read_png(const std::string& path) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  fail_unless(png_image_begin_read_from_file(&image, path.c_str()), "%s", image.message);
  Png png{static_cast<int>(image.width),
          static_cast<int>(image.height),
          (image.format & PNG_FORMAT_FLAG_COLOR) == 0,
          {}};
  fail_unless_equals_int(image.format & PNG_FORMAT_FLAG_LINEAR, 0);
  image.format = PNG_FORMAT_RGB;
  png.rgb.resize(PNG_IMAGE_SIZE(image));
  fail_unless(png_image_finish_read(&image, nullptr, png.rgb.data(), 0, nullptr));
  return png;
}

// The pixel of a frame as RGB; of YCbCr as BT.601 of video range says.
std::vector<double> rgb_of(const std::vector<int>* components, const GstVideoInfo& info, int x,
                           int y) {
  const auto at = [&](guint c) {
    const int width = GST_VIDEO_INFO_COMP_WIDTH(&info, c);
    const int column = x >> GST_VIDEO_FORMAT_INFO_W_SUB(info.finfo, c);
    const int row = y >> GST_VIDEO_FORMAT_INFO_H_SUB(info.finfo, c);
    return components[c][static_cast<std::size_t>(row * width + column)] /
           double(1 << (info.finfo->depth[c] - 8));
  };
  if (GST_VIDEO_INFO_IS_GRAY(&info))
    return {at(0), at(0), at(0)};
  if (GST_VIDEO_INFO_IS_RGB(&info))
    return {at(0), at(1), at(2)};
  const double luma = 255.0 / 219 * (at(0) - 16);
  const double cb = 255.0 / 224 * (at(1) - 128);
  const double cr = 255.0 / 224 * (at(2) - 128);
  return {luma + 1.402 * cr, luma - 0.344 * cb - 0.714 * cr, luma + 1.772 * cb};
}

bool told(const Split& split, const std::string& location) {
  GstMessage* message = gst_bus_pop_filtered(split.bus(), GST_MESSAGE_ELEMENT);
  if (message == nullptr)
    return false;
  const GstStructure* fields = gst_message_get_structure(message);
  const bool right = gst_structure_has_name(fields, "rpcasplit-plate") &&
                     location == gst_structure_get_string(fields, "location");
  gst_message_unref(message);
  return right;
}

GST_START_TEST(the_plate_is_the_last_background) {
  const TemporaryFolder folder;
  const std::string path = folder.file("plate.png");
  for (const auto& [format, method] :
       {std::pair("I420", "online"), std::pair("NV12", "online"), std::pair("RGB", "online"),
        std::pair("GRAY8", "online"), std::pair("I420_10LE", "online"), std::pair("I420", "svd"),
        std::pair("BGRx", "svd")}) {
    const std::string caps = raw_caps(format, 37, 23, ",colorimetry=bt601");
    const bool rgb = GST_VIDEO_FORMAT_INFO_IS_RGB(parse_caps(raw_caps(format, 37, 23)).finfo);
    Split split(std::string("method=") + method + " plate-location=" + path, Split::background);
    const std::string shown = rgb ? raw_caps(format, 37, 23) : caps;
    split.set_caps(shown);
    push_frames(split, shown, 0, 12);
    fail_unless(!told(split, path));
    split.push_event(gst_event_new_eos());
    fail_unless(told(split, path), "%s", format);
    GstBuffer* last = nullptr;
    while (split.waiting(Split::background) > 0) {
      gst_clear_buffer(&last);
      last = split.pull(Split::background);
    }
    const GstVideoInfo info = split.info(Split::background);
    std::vector<int> components[3];
    for (guint c = 0; c < std::min(3u, GST_VIDEO_INFO_N_COMPONENTS(&info)); c++)
      components[c] = samples(last, info, c);
    gst_buffer_unref(last);
    const Png png = read_png(path);
    fail_unless_equals_int(png.width, 37);
    fail_unless_equals_int(png.height, 23);
    fail_unless(png.gray == GST_VIDEO_INFO_IS_GRAY(&info));
    double worst = 0;
    for (int y = 0; y < 23; y++)
      for (int x = 0; x < 37; x++) {
        const std::vector<double> wanted = rgb_of(components, info, x, y);
        for (std::size_t c = 0; c < 3; c++) {
          const double level = png.rgb[static_cast<std::size_t>(y * 37 + x) * 3 + c];
          worst = std::max(worst, std::abs(level - std::clamp(wanted[c], 0.0, 255.0)));
        }
      }
    // GstVideoConverter's fast way from YCbCr counts in coarse steps.
    fail_unless(worst <= (rgb || png.gray ? 0 : 6), "%s: off by %f", format, worst);
  }
}
GST_END_TEST

GST_START_TEST(any_pad_will_do) {
  const TemporaryFolder folder;
  const std::string path = folder.file("plate.png");
  Split split("plate-location=" + path, Split::mask);
  split.set_caps(raw_caps("I420", 40, 30));
  push_frames(split, raw_caps("I420", 40, 30), 0, 3);
  split.push_event(gst_event_new_eos());
  fail_unless(told(split, path));
  fail_unless_equals_int(read_png(path).width, 40);
}
GST_END_TEST

GST_START_TEST(what_cannot_be_is_a_warning) {
  const TemporaryFolder folder;
  const std::string path = folder.file("none/plate.png");
  Split split("plate-location=" + path, Split::mask);
  split.set_caps(raw_caps("I420", 40, 30));
  push_frames(split, raw_caps("I420", 40, 30), 0, 3);
  fail_unless(split.push_event(gst_event_new_eos()));
  fail_unless(split.has_message(GST_MESSAGE_WARNING));
  fail_unless_equals_string(split.error().c_str(), "");

  Split empty("plate-location=" + folder.file("plate.png"), Split::mask);
  empty.set_caps(raw_caps("I420", 40, 30));
  fail_unless(empty.push_event(gst_event_new_eos()));
  fail_unless(empty.has_message(GST_MESSAGE_WARNING));
  fail_unless(g_access(folder.file("plate.png").c_str(), F_OK) != 0);
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite(
      "plate", {the_plate_is_the_last_background, any_pad_will_do, what_cannot_be_is_a_warning});
}
