// SPDX-License-Identifier: LGPL-2.1-or-later

// Residual mode: background + foreground - 128 is the input, in every format and every sample,
// however much an object differs from what is behind it.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "support.h"

namespace {

constexpr int width = 66;
constexpr int height = 34;

// What a format's own functions say of its samples: each with `bits` bits, those of the format.
struct Samples {
  std::vector<int> values[3];
  int bits[3];
};

// The bits of a sample in which the outputs can be as exact as the input.
int kept_bits(const GstVideoFormatInfo& format, guint component) {
  // Deep RGB is separated in 8 bits.
  const bool reduced = GST_VIDEO_FORMAT_INFO_IS_RGB(&format);
  const int depth = static_cast<int>(format.depth[component]);
  return reduced ? std::min(depth, 8) : depth;
}

Samples unpack(GstBuffer* buffer, const GstVideoInfo& info) {
  const GstVideoFormatInfo& format = *info.finfo;
  const GstVideoFormatInfo& unpacked = *gst_video_format_get_info(format.unpack_format);
  const int deep = unpacked.bits > 8 ? 1 : 0;
  const guint components = GST_VIDEO_INFO_IS_GRAY(&info) ? 1 : 3;
  Samples result;
  GstVideoFrame frame;
  fail_unless(gst_video_frame_map(&frame, &info, buffer, GST_MAP_READ));
  std::vector<guint8> line(static_cast<std::size_t>((info.width + 64) * 4) << deep);
  for (int y = 0; y < info.height; y++) {
    format.unpack_func(&format, GST_VIDEO_PACK_FLAG_TRUNCATE_RANGE, line.data(), frame.data,
                       frame.info.stride, 0, y, info.width);
    for (guint c = 0; c < components; c++) {
      result.bits[c] = kept_bits(format, c);
      for (int x = 0; x < info.width; x++) {
        int value = line[static_cast<std::size_t>(4 * x) + c + 1];
        if (deep) {
          guint16 word = 0;
          std::memcpy(&word, &line[2 * (static_cast<std::size_t>(4 * x) + c + 1)], 2);
          value = word;
        }
        result.values[c].push_back(value >> ((8 << deep) - result.bits[c]));
      }
    }
  }
  gst_video_frame_unmap(&frame);
  return result;
}

// A box that moves over a slope: white over black and each extreme of colour over the other one,
// or the other way round.
GstBuffer* make_contrast(const GstVideoInfo& info, int index, bool white_box) {
  const bool rgb = GST_VIDEO_INFO_IS_RGB(&info);
  GstVideoInfo plain;
  gst_video_info_set_format(&plain, rgb ? GST_VIDEO_FORMAT_ARGB64 : GST_VIDEO_FORMAT_AYUV64,
                            static_cast<guint>(info.width), static_cast<guint>(info.height));
  plain.colorimetry = info.colorimetry;
  plain.fps_n = info.fps_n;
  plain.fps_d = info.fps_d;
  GstBuffer* from = gst_buffer_new_allocate(nullptr, plain.size, nullptr);
  GstBuffer* to = gst_buffer_new_allocate(nullptr, info.size, nullptr);
  gst_buffer_memset(to, 0, 0, info.size);
  GstVideoFrame source, target;
  fail_unless(gst_video_frame_map(&source, &plain, from, GST_MAP_WRITE));
  for (int y = 0; y < info.height; y++)
    for (int x = 0; x < info.width; x++) {
      const int left = 4 + index * 5 % 40;
      const bool box = x >= left && x < left + 18 && y >= 8 && y < 26;
      const bool high = box == white_box;
      guint16 pixel[4] = {65535, 0, 0, 0};
      for (int c = 0; c < 3; c++) {
        const int slope = (x * (7 + 4 * c) + y * 13) % 12 * 311;
        const bool up = c == 1 ? !high : high;
        pixel[c + 1] = static_cast<guint16>(up ? 60300 - slope : 4200 + slope);
      }
      std::memcpy(static_cast<guint8*>(source.data[0]) + y * source.info.stride[0] + 8 * x, pixel,
                  8);
    }
  fail_unless(gst_video_frame_map(&target, &info, to, GST_MAP_WRITE));
  GstVideoConverter* converter = gst_video_converter_new(&plain, &info, nullptr);
  fail_unless(converter != nullptr);
  gst_video_converter_frame(converter, &source, &target);
  gst_video_converter_free(converter);
  gst_video_frame_unmap(&target);
  gst_video_frame_unmap(&source);
  gst_buffer_unref(from);
  GST_BUFFER_PTS(to) = static_cast<GstClockTime>(index) * GST_SECOND / 25;
  return to;
}

// The largest difference, in steps of the format, between the input and what the outputs give.
int check_frame(Split& split, GstBuffer* input, const GstVideoInfo& info, bool& limit_met) {
  const GstVideoInfo sent = split.info(Split::background);
  fail_unless_equals_string(GST_VIDEO_INFO_NAME(&sent), GST_VIDEO_INFO_NAME(&info));
  GstBuffer* foreground = split.pull(Split::foreground);
  GstBuffer* background = split.pull(Split::background);
  const Samples m = unpack(input, info);
  const Samples s = unpack(foreground, split.info(Split::foreground));
  const Samples l = unpack(background, sent);
  int worst = 0;
  for (int c = 0; c < 3; c++) {
    const int half = m.values[c].empty() ? 0 : 1 << (m.bits[c] - 1);
    for (std::size_t i = 0; i < m.values[c].size(); i++) {
      worst = std::max(worst, std::abs(l.values[c][i] + s.values[c][i] - half - m.values[c][i]));
      limit_met |= s.values[c][i] == 0 || s.values[c][i] == 2 * half - 1;
    }
  }
  gst_buffer_unref(foreground);
  gst_buffer_unref(background);
  return worst;
}

void check_format(const char* format, bool white_box, const std::string& properties) {
  const std::string caps = raw_caps(format, width, height);
  const GstVideoInfo info = parse_caps(caps);
  Split split("foreground-mode=residual " + properties, Split::foreground | Split::background);
  split.set_caps(caps);
  std::vector<GstBuffer*> inputs;
  for (int i = 0; i < 6; i++) {
    inputs.push_back(make_contrast(info, i, white_box));
    fail_unless(split.push(gst_buffer_ref(inputs.back())) == GST_FLOW_OK, "%s: %s", format,
                split.error().c_str());
  }
  split.push_event(gst_event_new_eos());
  bool limit_met = false;
  for (GstBuffer* input : inputs) {
    const int worst = check_frame(split, input, info, limit_met);
    // GStreamer's palette has a level in 51, which each of the two pictures is rounded to.
    const int bound = GST_VIDEO_FORMAT_INFO_HAS_PALETTE(info.finfo) ? 2 * 51 : 1;
    fail_unless(worst <= bound, "%s %s: off by %d", format, properties.c_str(), worst);
    gst_buffer_unref(input);
  }
  fail_unless(limit_met, "%s: no difference was large enough", format);
}

std::vector<std::string> template_formats() {
  GstElement* probe = gst_element_factory_make("rpcasplit", nullptr);
  GstCaps* templ = gst_pad_template_get_caps(
      gst_element_class_get_pad_template(GST_ELEMENT_GET_CLASS(probe), "sink"));
  const GValue* list = gst_structure_get_value(gst_caps_get_structure(templ, 0), "format");
  std::vector<std::string> formats;
  for (guint i = 0; i < gst_value_list_get_size(list); i++)
    formats.push_back(g_value_get_string(gst_value_list_get_value(list, i)));
  gst_caps_unref(templ);
  gst_object_unref(probe);
  return formats;
}

GST_START_TEST(every_format_gives_back_each_sample) {
  for (const std::string& format : template_formats())
    for (const bool white_box : {true, false})
      check_format(format.c_str(), white_box, "");
}
GST_END_TEST

// Windows hold 8 bits of each sample.
GST_START_TEST(windows_give_back_each_sample) {
  for (const char* format : {"I420", "NV12", "Y42B", "BGRx", "RGB", "GRAY8", "Y41B", "RGB16"})
    for (const bool white_box : {true, false})
      check_format(format, white_box, "method=svd window=3");
}
GST_END_TEST

// The background gives way in residual mode alone.
GST_START_TEST(other_modes_leave_the_background_alone) {
  const std::string caps = raw_caps("GRAY8", width, height);
  const GstVideoInfo info = parse_caps(caps);
  const auto last_background = [&](const char* mode) {
    Split split(std::string("foreground-mode=") + mode, Split::background);
    split.set_caps(caps);
    std::vector<int> seen;
    for (int i = 0; i < 6; i++) {
      split.push(make_contrast(info, i, true));
      GstBuffer* buffer = split.pull(Split::background);
      seen = samples(buffer, info, 0);
      gst_buffer_unref(buffer);
    }
    return seen;
  };
  const auto plain = last_background("masked");
  fail_unless(plain == last_background("absolute"));
  fail_if(plain == last_background("residual"));
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("residual", {every_format_gives_back_each_sample, windows_give_back_each_sample,
                                other_modes_leave_the_background_alone});
}
