// SPDX-License-Identifier: LGPL-2.1-or-later

// Caps of each pad, and what the pads show, for every kind of format.
#include <algorithm>
#include <cstdlib>
#include <set>

#include "support.h"

namespace {

constexpr const char* native_formats[] = {
    "I420", "YV12", "NV12", "NV21", "Y42B", "Y444", "YUY2", "UYVY", "GRAY8", "RGB",  "BGR",
    "RGBx", "xRGB", "BGRx", "xBGR", "RGBA", "ARGB", "BGRA", "ABGR", "AYUV",  "A420", "AV12"};

constexpr const char* deep_formats[] = {"I420_10LE", "I422_10LE", "Y444_10LE", "P010_10LE",
                                        "I420_12LE", "I422_12LE", "Y444_12LE", "P012_LE",
                                        "P016_LE",   "Y444_16LE", "GRAY16_LE"};

struct Size {
  int width;
  int height;
};

// The luma of black, at the depth of the format.
int sent_black(const GstVideoInfo& info) {
  const bool video = info.colorimetry.range == GST_VIDEO_COLOR_RANGE_16_235;
  return (video ? 16 : 0) << (info.finfo->depth[0] - 8);
}

// The first of so many samples that is not right, or their number: an assertion takes longer than a
// sample.
template <typename Right>
std::size_t first_wrong(std::size_t count, const Right& right) {
  std::size_t i = 0;
  while (i < count && right(i))
    i++;
  return i;
}

std::set<int> levels_of(const std::vector<int>& samples) {
  return {samples.begin(), samples.end()};
}

using Maker = GstBuffer* (*)(const GstVideoInfo&, int);

// Pushes frames and checks that background + foreground - 128 is the input, wherever the
// foreground is not at its limit. Deeper samples have half of their own range in place of 128.
void check_residual(const std::string& caps, Maker make, int frames, const char* properties = "") {
  const GstVideoInfo info = parse_caps(caps);
  Split split(std::string("foreground-mode=residual ") + properties,
              Split::foreground | Split::background);
  split.set_caps(caps);
  std::vector<GstBuffer*> inputs;
  for (int i = 0; i < frames; i++) {
    inputs.push_back(make(info, i));
    fail_unless(split.push(gst_buffer_ref(inputs.back())) == GST_FLOW_OK, "%s: %s", caps.c_str(),
                split.error().c_str());
  }
  split.push_event(gst_event_new_eos());
  const int half = 1 << (info.finfo->depth[0] - 1);
  const guint components = std::min(GST_VIDEO_INFO_N_COMPONENTS(&info), 3u);
  for (GstBuffer* input : inputs) {
    GstBuffer* foreground = split.pull(Split::foreground);
    GstBuffer* background = split.pull(Split::background);
    for (guint c = 0; c < components; c++) {
      const auto m = samples(input, info, c);
      const auto s = samples(foreground, split.info(Split::foreground), c);
      const auto l = samples(background, split.info(Split::background), c);
      fail_unless(m.size() == s.size() && m.size() == l.size());
      const std::size_t i = first_wrong(m.size(), [&](std::size_t k) {
        return s[k] == 0 || s[k] == 2 * half - 1 || std::abs(l[k] + s[k] - half - m[k]) <= 1;
      });
      fail_unless(i == m.size(), "%s component %u sample %d: %d is not %d + %d - %d", caps.c_str(),
                  c, static_cast<int>(i), m[i], l[i], s[i], half);
    }
    gst_buffer_unref(foreground);
    gst_buffer_unref(background);
    gst_buffer_unref(input);
  }
}

GST_START_TEST(residual_and_background_give_back_the_input) {
  for (const char* format : native_formats)
    check_residual(raw_caps(format, 40, 30), make_frame, 6);
}
GST_END_TEST

GST_START_TEST(deep_formats_give_back_the_input) {
  for (const char* format : deep_formats) {
    check_residual(raw_caps(format, 40, 30), make_frame, 6);
    check_residual(raw_caps(format, 37, 23), make_padded_frame, 4);
    check_residual(raw_caps(format, 1, 1), make_frame, 3);
  }
}
GST_END_TEST

// No sample is rounded to 8 bits on its way through the element.
GST_START_TEST(deep_formats_keep_their_depth) {
  for (const char* format : deep_formats) {
    Split split("foreground-mode=masked threshold=0 mask-cleanup=0");
    const std::string caps = raw_caps(format, 40, 30);
    const GstVideoInfo info = parse_caps(caps);
    split.set_caps(caps);
    const int depth = static_cast<int>(info.finfo->depth[0]);
    const int value = (100 << (depth - 8)) + (1 << (depth - 8)) / 2 + 1;
    for (int i = 0; i < 120; i++) {
      if (i == 119)  // where the model is held, another picture is no cut
        gst_util_set_object_arg(G_OBJECT(split.element()), "update", "frozen");
      GstBuffer* input = i < 119 ? make_flat_frame(info, value, i) : make_frame(info, i);
      const auto shown = samples(input, info, 0);
      fail_unless(split.push(input) == GST_FLOW_OK, "%s: %s", format, split.error().c_str());
      for (const int pad : {Split::foreground, Split::background, Split::mask}) {
        const GstVideoInfo sent = split.info(pad);
        fail_unless_equals_string(GST_VIDEO_INFO_NAME(&sent),
                                  pad == Split::mask ? "GRAY8" : format);
      }
      GstBuffer* background = split.pull(Split::background);
      GstBuffer* foreground = split.pull(Split::foreground);
      GstBuffer* mask = split.pull(Split::mask);
      for (guint c = 0; c < GST_VIDEO_INFO_N_COMPONENTS(&info); c++)
        for (const int level : levels_of(samples(background, info, c)))
          fail_unless(i == 119 || std::abs(level - value) <= 1, "%s frame %d: %d is not %d", format,
                      i, level, value);
      const auto kept = samples(foreground, info, 0);
      const auto set = samples(mask, split.info(Split::mask), 0);
      const int black = sent_black(info);
      const std::size_t wrong = first_wrong(
          kept.size(), [&](std::size_t k) { return kept[k] == (set[k] ? shown[k] : black); });
      fail_unless(wrong == kept.size(), "%s frame %d sample %d: %d is neither %d nor masked",
                  format, i, static_cast<int>(wrong), kept[wrong], shown[wrong]);
      if (i == 119)
        fail_unless(std::count(set.begin(), set.end(), 255) > 0);
      for (GstBuffer* buffer : {background, foreground, mask})
        gst_buffer_unref(buffer);
    }
  }
}
GST_END_TEST

// A method that takes 8 bits and one that takes all, one after the other.
GST_START_TEST(methods_change_over_deep_video) {
  Split split("foreground-mode=residual", Split::background);
  const std::string caps = raw_caps("I420_10LE", 40, 30);
  const GstVideoInfo info = parse_caps(caps);
  split.set_caps(caps);
  const auto push = [&] {
    fail_unless_equals_int(split.push(make_flat_frame(info, 303)), GST_FLOW_OK);
  };
  const auto pull = [&] {
    GstBuffer* buffer = split.pull(Split::background);
    const int level = samples(buffer, info, 0)[70];
    gst_buffer_unref(buffer);
    const GstVideoInfo sent = split.info(Split::background);
    fail_unless_equals_string(GST_VIDEO_INFO_NAME(&sent), "I420_10LE");
    return level;
  };
  push();
  fail_unless_equals_int(pull(), 303);
  split.set("window", "1");
  split.set("method", "svd");
  push();
  split.set("method", "online");
  push();  // what waits in the window comes out first
  fail_unless(std::abs(pull() - 303) <= 4);
  fail_unless_equals_int(pull(), 303);
}
GST_END_TEST

// Of what a peer takes, the format that keeps all bits.
GST_START_TEST(deep_video_stays_deep) {
  Split split("", Split::background);
  gst_harness_set_sink_caps_str(split.input(), "video/x-raw,format={NV12,P010_10LE,BGRx}");
  const std::string caps = raw_caps("I420_10LE", 32, 24);
  const GstVideoInfo info = parse_caps(caps);
  split.set_caps(caps);
  GstBuffer* input = make_frame(info, 0);
  fail_unless_equals_int(split.push(gst_buffer_ref(input)), GST_FLOW_OK);
  const GstVideoInfo sent = split.info(Split::background);
  fail_unless_equals_string(GST_VIDEO_INFO_NAME(&sent), "P010_10LE");
  GstBuffer* buffer = split.pull(Split::background);
  // GStreamer's converter dithers.
  for (guint c = 0; c < 3; c++) {
    const auto found = samples(buffer, sent, c);
    const auto expected = samples(input, info, c);
    for (std::size_t i = 0; i < found.size(); i++)
      fail_unless(std::abs(found[i] - expected[i]) <= 1, "component %u sample %d: %d is not %d", c,
                  static_cast<int>(i), found[i], expected[i]);
  }
  gst_buffer_unref(buffer);
  gst_buffer_unref(input);
}
GST_END_TEST

GST_START_TEST(windows_give_back_the_input) {
  for (const char* format : {"I420", "NV12", "BGRx", "GRAY8"}) {
    check_residual(raw_caps(format, 40, 30), make_frame, 7, "method=svd window=5");
    check_residual(raw_caps(format, 40, 30), make_frame, 7, "method=pcp window=5");
  }
}
GST_END_TEST

GST_START_TEST(padded_strides_are_respected) {
  for (const char* format : native_formats)
    check_residual(raw_caps(format, 37, 23), make_padded_frame, 4);
}
GST_END_TEST

GST_START_TEST(odd_sizes_work) {
  for (const Size size : {Size{1, 1}, Size{3, 5}, Size{2, 1}, Size{1, 7}, Size{385, 289}})
    for (const char* format : {"I420", "NV12", "YUY2", "Y42B", "GRAY8", "RGB", "BGRx"}) {
      check_residual(raw_caps(format, size.width, size.height), make_frame, 3);
      check_residual(raw_caps(format, size.width, size.height), make_frame, 3,
                     "method=svd window=2");
    }
}
GST_END_TEST

GST_START_TEST(outputs_keep_the_input_format) {
  for (const char* format : native_formats) {
    Split split;
    const std::string caps =
        raw_caps(format, 32, 24, ",pixel-aspect-ratio=12/11,interlace-mode=progressive");
    split.set_caps(caps);
    split.push(make_frame(parse_caps(caps), 0));
    for (const int pad : {Split::foreground, Split::background, Split::mask}) {
      const GstVideoInfo info = split.info(pad);
      fail_unless_equals_string(GST_VIDEO_INFO_NAME(&info), pad == Split::mask ? "GRAY8" : format);
      fail_unless(info.width == 32 && info.height == 24 && info.par_n == 12 && info.par_d == 11);
      fail_unless(info.fps_n == 25 && info.fps_d == 1);
    }
  }
}
GST_END_TEST

GST_START_TEST(colorimetry_is_carried_over) {
  Split split;
  const std::string caps =
      raw_caps("I420", 32, 24, ",colorimetry=(string)1:3:5:1,chroma-site=mpeg2");
  split.set_caps(caps);
  gst_harness_set_sink_caps_str(split.at(Split::background), "video/x-raw,format=NV12");
  split.push(make_frame(parse_caps(caps), 0));
  for (const int pad : {Split::foreground, Split::background}) {
    const GstVideoInfo info = split.info(pad);
    fail_unless(info.colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255);
    fail_unless(info.colorimetry.matrix == GST_VIDEO_COLOR_MATRIX_BT709);
    fail_unless(info.chroma_site == GST_VIDEO_CHROMA_SITE_MPEG2);
  }
}
GST_END_TEST

// Video range black is 16, full range black is 0.
GST_START_TEST(black_follows_the_range) {
  for (const auto& [colorimetry, black] : {std::pair("bt601", 16), std::pair("1:4:5:1", 0)}) {
    Split split("threshold=1000", Split::foreground);
    const std::string caps =
        raw_caps("I420", 32, 24, (std::string(",colorimetry=(string)") + colorimetry).c_str());
    const GstVideoInfo info = parse_caps(caps);
    split.set_caps(caps);
    for (int i = 0; i < 5; i++) {
      split.push(make_flat_frame(info, 120, i));
      GstBuffer* buffer = split.pull(Split::foreground);
      fail_unless_equals_int(samples(buffer, info, 0)[50], black);
      fail_unless_equals_int(samples(buffer, info, 1)[50], 128);
      gst_buffer_unref(buffer);
    }
  }
}
GST_END_TEST

GST_START_TEST(each_pad_gets_what_its_peer_takes) {
  for (const char* format : {"I420", "GRAY8", "NV12", "RGB", "I420_10LE", "GRAY16_LE", "UYVP"}) {
    Split split("foreground-mode=residual");
    for (const int pad : {Split::foreground, Split::background, Split::mask})
      gst_harness_set_sink_caps_str(split.at(pad), "video/x-raw,format=BGRx");
    const std::string caps = raw_caps(format, 34, 26);
    const GstVideoInfo info = parse_caps(caps);
    split.set_caps(caps);
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, info.size, nullptr);
    gst_buffer_memset(buffer, 0, 100, info.size);
    fail_unless(split.push(buffer) == GST_FLOW_OK, "%s: %s", format, split.error().c_str());
    for (const int pad : {Split::foreground, Split::background, Split::mask}) {
      const GstVideoInfo sent = split.info(pad);
      fail_unless_equals_string(GST_VIDEO_INFO_NAME(&sent), "BGRx");
      gst_buffer_unref(split.pull(pad));
    }
  }
}
GST_END_TEST

// A white mask is white in every format, and so is black.
GST_START_TEST(converted_mask_keeps_its_two_levels) {
  for (const char* format : {"GRAY8", "BGRx", "I420", "RGBA", "GRAY16_LE"}) {
    Split split("threshold=0 mask-cleanup=0", Split::mask);
    gst_harness_set_sink_caps_str(split.input(),
                                  (std::string("video/x-raw,format=") + format).c_str());
    const std::string caps = raw_caps("I420", 32, 32);
    const GstVideoInfo info = parse_caps(caps);
    split.set_caps(caps);
    for (int i = 0; i < 20; i++)
      gst_buffer_unref((split.push(make_flat_frame(info, 100, i)), split.pull(Split::mask)));
    // Where the model is held, another picture is no cut.
    gst_util_set_object_arg(G_OBJECT(split.element()), "update", "frozen");
    split.push(make_frame(info, 20));
    GstBuffer* mask = split.pull(Split::mask);
    const GstVideoInfo sent = split.info(Split::mask);
    // YUV that says nothing else would be 16 to 235.
    const bool video = sent.colorimetry.range == GST_VIDEO_COLOR_RANGE_16_235;
    const int white = video ? 235 : (1 << sent.finfo->depth[0]) - 1;
    const auto levels = samples(mask, sent, 0);
    for (const int level : levels_of(levels))
      fail_unless(level == (video ? 16 : 0) || level == white, "%s: %d", format, level);
    fail_unless(std::count(levels.begin(), levels.end(), white) > 0);
    gst_buffer_unref(mask);
  }
}
GST_END_TEST

// Every format of the template is unpacked, separated and given back as it came.
GST_START_TEST(every_format_of_the_template_works) {
  GstElement* probe = gst_element_factory_make("rpcasplit", nullptr);
  GstCaps* templ = gst_pad_template_get_caps(
      gst_element_class_get_pad_template(GST_ELEMENT_GET_CLASS(probe), "sink"));
  const GValue* formats = gst_structure_get_value(gst_caps_get_structure(templ, 0), "format");
  fail_unless(gst_value_list_get_size(formats) > 100);
  for (guint i = 0; i < gst_value_list_get_size(formats); i++) {
    const char* format = g_value_get_string(gst_value_list_get_value(formats, i));
    Split split;
    const std::string caps = raw_caps(format, 66, 34);
    const GstVideoInfo info = parse_caps(caps);
    split.set_caps(caps);
    for (int n = 0; n < 2; n++) {
      GstBuffer* buffer = gst_buffer_new_allocate(nullptr, info.size, nullptr);
      gst_buffer_memset(buffer, 0, 80, info.size);
      fail_unless(split.push(buffer) == GST_FLOW_OK, "%s: %s", format, split.error().c_str());
    }
    const GstVideoInfo sent = split.info(Split::background);
    fail_unless_equals_string(GST_VIDEO_INFO_NAME(&sent), format);
    GstBuffer* background = split.pull(Split::background);
    fail_unless(gst_buffer_get_size(background) >= info.size);
    gst_buffer_unref(background);
  }
  gst_caps_unref(templ);
  gst_object_unref(probe);
}
GST_END_TEST

// Whether the mask is the same at a pixel and all of its neighbours.
static bool away_from_outline(const std::vector<int>& mask, int width, int height, int x, int y) {
  for (int v = std::max(0, y - 1); v <= std::min(height - 1, y + 1); v++)
    for (int u = std::max(0, x - 1); u <= std::min(width - 1, x + 1); u++)
      if (mask[static_cast<std::size_t>(v * width + u)] !=
          mask[static_cast<std::size_t>(y * width + x)])
        return false;
  return true;
}

GST_START_TEST(alpha_mode_sends_a_matte) {
  int soft = 0;
  for (const auto& [input, output] :
       {std::pair("I420", "AYUV"), std::pair("GRAY8", "AYUV"), std::pair("NV12", "AYUV"),
        std::pair("I420_10LE", "AYUV"), std::pair("RGB", "RGBA"), std::pair("BGRx", "RGBA"),
        std::pair("BGRA", "BGRA")}) {
    Split split("foreground-mode=alpha", Split::foreground | Split::mask);
    const std::string caps = raw_caps(input, 40, 30);
    const GstVideoInfo info = parse_caps(caps);
    split.set_caps(caps);
    for (int i = 0; i < 12; i++) {
      GstBuffer* frame = make_frame(info, i);
      const auto luma = samples(frame, info, 0);
      split.push(frame);
      const GstVideoInfo sent = split.info(Split::foreground);
      fail_unless_equals_string(GST_VIDEO_INFO_NAME(&sent), output);
      GstBuffer* foreground = split.pull(Split::foreground);
      GstBuffer* mask = split.pull(Split::mask);
      const auto shown = samples(foreground, sent, 0);
      const auto alpha = samples(foreground, sent, 3);
      const auto hard = samples(mask, split.info(Split::mask), 0);
      for (int k = 0; k < 40 * 30; k++) {
        const auto at = static_cast<std::size_t>(k);
        soft += alpha[at] > 0 && alpha[at] < 255;
        if (!away_from_outline(hard, 40, 30, k % 40, k / 40))
          continue;
        fail_unless_equals_int(alpha[at], hard[at]);
        fail_unless_equals_int(shown[at], luma[at] >> (info.finfo->depth[0] - 8));
      }
      gst_buffer_unref(foreground);
      gst_buffer_unref(mask);
    }
  }
  fail_unless(soft > 100);
}
GST_END_TEST

// Formats that have alpha and share chroma between pixels are converted to.
GST_START_TEST(every_format_with_alpha_takes_a_matte) {
  guint count = 0;
  const GstVideoFormat* formats = gst_video_formats_raw(&count);
  for (guint i = 0; i < count; i++) {
    const GstVideoFormatInfo* format = gst_video_format_get_info(formats[i]);
    if (format->n_components < 4)
      continue;
    Split split("foreground-mode=alpha", Split::foreground);
    const std::string caps = raw_caps(format->name, 41, 31);
    const GstVideoInfo info = parse_caps(caps);
    split.set_caps(caps);
    for (int n = 0; n < 2; n++) {
      GstBuffer* buffer = gst_buffer_new_allocate(nullptr, info.size, nullptr);
      gst_buffer_memset(buffer, 0, 80, info.size);
      fail_unless(split.push(buffer) == GST_FLOW_OK, "%s: %s", format->name, split.error().c_str());
    }
    const GstVideoInfo sent = split.info(Split::foreground);
    fail_unless_equals_string(GST_VIDEO_INFO_NAME(&sent), format->name);
  }
}
GST_END_TEST

GST_START_TEST(mode_change_renegotiates_the_foreground) {
  Split split;
  const std::string caps = raw_caps("I420", 32, 24);
  const GstVideoInfo info = parse_caps(caps);
  split.set_caps(caps);
  const auto format_with = [&](const char* mode) {
    split.set("foreground-mode", mode);
    fail_unless_equals_int(split.push(make_frame(info, 0)), GST_FLOW_OK);
    const GstVideoInfo sent = split.info(Split::foreground);
    return std::string(GST_VIDEO_INFO_NAME(&sent));
  };
  fail_unless_equals_text(format_with("masked"), "I420");
  fail_unless_equals_text(format_with("alpha"), "AYUV");
  fail_unless_equals_text(format_with("absolute"), "I420");
}
GST_END_TEST

// A peer without alpha sees black where the mask is not set, not the whole picture.
GST_START_TEST(alpha_without_a_taker_is_masked) {
  Split split("foreground-mode=alpha threshold=1000", Split::foreground);
  gst_harness_set_sink_caps_str(split.input(), "video/x-raw,format=I420");
  const std::string caps = raw_caps("I420", 32, 24);
  const GstVideoInfo info = parse_caps(caps);
  split.set_caps(caps);
  split.push(make_frame(info, 0));
  GstBuffer* buffer = split.pull(Split::foreground);
  const auto luma = samples(buffer, info, 0);
  fail_unless(std::all_of(luma.begin(), luma.end(), [](int v) { return v == 16; }));
  gst_buffer_unref(buffer);
}
GST_END_TEST

GST_START_TEST(other_pixels_are_opaque) {
  for (const char* format : {"RGBA", "ARGB", "BGRA", "ABGR", "AYUV", "VUYA", "A420", "AV12"}) {
    Split split("", Split::foreground | Split::background);
    const std::string caps = raw_caps(format, 32, 24);
    const GstVideoInfo info = parse_caps(caps);
    split.set_caps(caps);
    split.push(make_frame(info, 0));
    for (const int pad : {Split::foreground, Split::background}) {
      GstBuffer* buffer = split.pull(pad);
      const auto alpha = samples(buffer, info, 3);
      fail_unless(std::all_of(alpha.begin(), alpha.end(), [](int v) { return v == 255; }));
      gst_buffer_unref(buffer);
    }
  }
}
GST_END_TEST

GST_START_TEST(reconfigure_changes_the_format) {
  Split split("", Split::foreground);
  const std::string caps = raw_caps("I420", 32, 24);
  split.set_caps(caps);
  split.push(make_frame(parse_caps(caps), 0));
  gst_harness_set_sink_caps_str(split.input(), "video/x-raw,format=RGB");
  gst_pad_push_event(split.input()->sinkpad, gst_event_new_reconfigure());
  fail_unless_equals_int(split.push(make_frame(parse_caps(caps), 1)), GST_FLOW_OK);
  const GstVideoInfo sent = split.info(Split::foreground);
  fail_unless_equals_string(GST_VIDEO_INFO_NAME(&sent), "RGB");
}
GST_END_TEST

GST_START_TEST(impossible_peer_is_not_negotiated) {
  Split split("", Split::foreground);
  gst_harness_set_sink_caps_str(split.input(), "video/x-raw,format=RGB,width=100");
  const std::string caps = raw_caps("I420", 32, 24);
  split.set_caps(caps);
  fail_unless_equals_int(split.push(make_frame(parse_caps(caps), 0)), GST_FLOW_NOT_NEGOTIATED);
}
GST_END_TEST

// What a sink takes does not limit what the element accepts.
GST_START_TEST(sink_caps_ignore_downstream) {
  Split split;
  for (const int pad : {Split::foreground, Split::background, Split::mask})
    gst_harness_set_sink_caps_str(split.at(pad), "video/x-raw,format=BGRx");
  GstPad* sink = gst_element_get_static_pad(split.element(), "sink");
  GstCaps* any = gst_pad_query_caps(sink, nullptr);
  for (const char* text :
       {"video/x-raw,format=NV12,width=7,height=9", "video/x-raw,format=GRAY16_LE,width=1,height=1",
        "video/x-raw,format=I420,width=16384,height=16384,framerate=0/1"}) {
    GstCaps* caps = gst_caps_from_string(text);
    fail_unless(gst_caps_can_intersect(any, caps));
    fail_unless(gst_pad_query_accept_caps(sink, caps), "%s", text);
    gst_caps_unref(caps);
  }
  GstCaps* large = gst_caps_from_string("video/x-raw,format=I420,width=16385,height=16");
  fail_if(gst_pad_query_accept_caps(sink, large));
  gst_caps_unref(large);
  gst_caps_unref(any);
  gst_object_unref(sink);
}
GST_END_TEST

GST_START_TEST(caps_without_framerate_work) {
  for (const char* rate : {"", ",framerate=0/1"}) {
    const std::string caps =
        std::string("video/x-raw,format=I420,width=20,height=20,pixel-aspect-ratio=1/1") + rate;
    check_residual(caps, make_frame, 4);
    check_residual(caps, make_frame, 4, "method=svd window=3");
  }
}
GST_END_TEST

// A flat picture has no foreground; noise does not crash anything.
GST_START_TEST(flat_and_noisy_video) {
  for (const char* properties : {"", "method=svd window=4", "method=pcp window=4"})
    for (const int value : {0, 16, 128, 255}) {
      Split split(properties, Split::background | Split::mask);
      const std::string caps = raw_caps("I420", 48, 32);
      const GstVideoInfo info = parse_caps(caps);
      split.set_caps(caps);
      for (int i = 0; i < 8; i++)
        fail_unless_equals_int(split.push(make_flat_frame(info, value, i)), GST_FLOW_OK);
      split.push_event(gst_event_new_eos());
      for (int i = 0; i < 8; i++) {
        GstBuffer* background = split.pull(Split::background);
        GstBuffer* mask = split.pull(Split::mask);
        for (const int level : levels_of(samples(background, info, 0)))
          fail_unless(std::abs(level - value) <= 2, "%s: %d is not %d", properties, level, value);
        for (const int level : levels_of(samples(mask, split.info(Split::mask), 0)))
          fail_unless_equals_int(level, 0);
        gst_buffer_unref(background);
        gst_buffer_unref(mask);
      }
    }
  for (const char* properties : {"", "method=svd window=4", "method=pcp window=4"})
    check_residual(raw_caps("I420", 48, 32), make_noise_frame, 8, properties);
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("formats", {residual_and_background_give_back_the_input,
                               deep_formats_give_back_the_input,
                               deep_formats_keep_their_depth,
                               methods_change_over_deep_video,
                               deep_video_stays_deep,
                               windows_give_back_the_input,
                               padded_strides_are_respected,
                               odd_sizes_work,
                               outputs_keep_the_input_format,
                               colorimetry_is_carried_over,
                               black_follows_the_range,
                               each_pad_gets_what_its_peer_takes,
                               converted_mask_keeps_its_two_levels,
                               every_format_of_the_template_works,
                               alpha_mode_sends_a_matte,
                               every_format_with_alpha_takes_a_matte,
                               mode_change_renegotiates_the_foreground,
                               alpha_without_a_taker_is_masked,
                               other_pixels_are_opaque,
                               reconfigure_changes_the_format,
                               impossible_peer_is_not_negotiated,
                               sink_caps_ignore_downstream,
                               caps_without_framerate_work,
                               flat_and_noisy_video});
}
