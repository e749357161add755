// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Changes of light and of scene, edited into a real clip ($LOWRANK_CLIP): the mask of the edited
// clip against that of the clip as it is.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

// Behind the others: the macro fail() of check is a word of theirs.
#include "pipeline.h"

namespace {

constexpr int width = 384;  // of the clip, scaled down
constexpr int height = 288;
constexpr int frames = 260;
constexpr int begin = 150;  // frame of the change
constexpr int near = 5;     // pixels that a mask may be off

using Mask = std::vector<bool>;
using Picture = std::vector<guint8>;
using Edit = std::function<void(int t, GstVideoFrame& frame)>;

guint8 level(double value) {
  return static_cast<guint8>(std::clamp(std::lround(value), 0L, 255L));
}

void change_luma(GstVideoFrame& frame, const std::function<double(int, int, double)>& change) {
  auto* data = static_cast<guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0));
  const int stride = GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      guint8& sample = data[y * stride + x];
      sample = level(change(x, y, sample));
    }
}

void take_color(GstVideoFrame& frame) {
  for (guint p = 1; p < 3; p++) {
    auto* data = static_cast<guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, p));
    for (int y = 0; y < height / 2; y++)
      std::fill_n(data + y * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, p), width / 2, guint8{128});
  }
}

GstVideoInfo input() {
  return parse_caps(raw_caps("I420", width, height));
}

GstPadProbeReturn keep_picture(GstPad*, GstPadProbeInfo* info, gpointer data) {
  Picture picture(input().size);
  fail_unless_equals_uint64(
      gst_buffer_extract(GST_PAD_PROBE_INFO_BUFFER(info), 0, picture.data(), picture.size()),
      picture.size());
  static_cast<std::vector<Picture>*>(data)->push_back(std::move(picture));
  return GST_PAD_PROBE_OK;
}

// The first frames of the clip, decoded once for all runs of a test.
const std::vector<Picture>& clip() {
  static const std::vector<Picture> pictures = [] {
    std::vector<Picture> result;
    const std::string line =
        std::string("filesrc location=\"") + g_getenv("LOWRANK_CLIP") +
        "\" ! decodebin ! videoconvert ! videoscale ! "
        "video/x-raw,format=I420,width=384,height=288,pixel-aspect-ratio=1/1 ! "
        "fakesink name=out num-buffers=" +
        std::to_string(frames);
    GstElement* pipeline = launch(line);
    GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "out");
    GstPad* pad = gst_element_get_static_pad(sink, "sink");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, keep_picture, &result, nullptr);
    gst_object_unref(pad);
    gst_object_unref(sink);
    fail_unless_equals_text(play(pipeline), "");
    finish(pipeline);
    fail_unless(result.size() >= frames, "%d frames", static_cast<int>(result.size()));
    result.erase(result.begin() + frames, result.end());
    return result;
  }();
  return pictures;
}

GstBuffer* edited(const Edit& edit, int t) {
  const Picture& picture = clip()[static_cast<std::size_t>(t)];
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, picture.size(), nullptr);
  gst_buffer_fill(buffer, 0, picture.data(), picture.size());
  GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>(t) * GST_SECOND / 10;
  const GstVideoInfo info = input();
  GstVideoFrame frame;
  fail_unless(gst_video_frame_map(&frame, &info, buffer, GST_MAP_READWRITE));
  edit(t, frame);
  gst_video_frame_unmap(&frame);
  return buffer;
}

Mask mask_of(GstBuffer* buffer) {
  GstVideoInfo info;
  gst_video_info_set_format(&info, GST_VIDEO_FORMAT_GRAY8, width, height);
  GstVideoFrame frame;
  fail_unless(gst_video_frame_map(&frame, &info, buffer, GST_MAP_READ));
  const auto* rows = static_cast<const guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0));
  Mask mask;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      mask.push_back(rows[y * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0) + x] != 0);
  gst_video_frame_unmap(&frame);
  return mask;
}

struct Said {
  std::string change;
  gboolean held = FALSE;
  gboolean afresh = FALSE;
  double gain = 0;
};

struct Result {
  std::vector<Mask> masks;
  std::vector<Said> said;  // in the message of each frame
  guint64 resets = 0;
};

Said said_on(GstBus* bus) {
  GstMessage* message = gst_bus_pop_filtered(bus, GST_MESSAGE_ELEMENT);
  fail_unless(message != nullptr);
  const GstStructure* fields = gst_message_get_structure(message);
  Said said{gst_structure_get_string(fields, "global-change"), FALSE, FALSE, 0};
  fail_unless(gst_structure_get_boolean(fields, "mask-held", &said.held));
  fail_unless(gst_structure_get_boolean(fields, "scene-change", &said.afresh));
  fail_unless(gst_structure_get_double(fields, "light-gain", &said.gain));
  gst_message_unref(message);
  return said;
}

Result split(const Edit& edit, const char* hold_mask = "empty") {
  GstHarness* harness = gst_harness_new_with_padnames("rpcasplit", "sink", "mask");
  gst_util_set_object_arg(G_OBJECT(harness->element), "hold-mask", hold_mask);
  gst_harness_set_src_caps_str(harness,
                               "video/x-raw,format=I420,width=384,height=288,framerate=10/1");
  g_object_set(harness->element, "post-messages", TRUE, nullptr);
  GstBus* bus = gst_bus_new();
  gst_element_set_bus(harness->element, bus);
  Result result;
  for (int t = 0; t < frames; t++) {
    GstBuffer* mask = gst_harness_push_and_pull(harness, edited(edit, t));
    result.masks.push_back(mask_of(mask));
    gst_buffer_unref(mask);
    result.said.push_back(said_on(bus));
  }
  gst_element_set_bus(harness->element, nullptr);
  gst_object_unref(bus);
  GstStructure* stats = nullptr;
  g_object_get(harness->element, "stats", &stats, nullptr);
  gst_structure_get_uint64(stats, "resets", &result.resets);
  gst_structure_free(stats);
  gst_harness_teardown(harness);
  return result;
}

const Result& unedited() {
  static const Result result = split([](int, GstVideoFrame&) {});
  return result;
}

// Share of the picture that is masked here and not, nor nearby, in the clip as it is.
double false_alarm(const Mask& mask, const Mask& truth) {
  int count = 0;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      if (!mask[static_cast<std::size_t>(y * width + x)])
        continue;
      bool right = false;
      for (int v = std::max(0, y - near); v <= std::min(height - 1, y + near) && !right; v++)
        for (int u = std::max(0, x - near); u <= std::min(width - 1, x + near) && !right; u++)
          right = truth[static_cast<std::size_t>(v * width + u)];
      count += !right;
    }
  return static_cast<double>(count) / (width * height);
}

double recall(const Result& result, int from) {
  std::size_t found = 0;
  std::size_t all = 0;
  for (auto t = static_cast<std::size_t>(from); t < result.masks.size(); t++)
    for (std::size_t i = 0; i < result.masks[t].size(); i++) {
      all += unedited().masks[t][i];
      found += unedited().masks[t][i] && result.masks[t][i];
    }
  return static_cast<double>(found) / static_cast<double>(all);
}

void fail_on_alarms(const Result& result, double limit) {
  for (auto t = std::size_t{begin}; t < result.masks.size(); t++) {
    const double share = false_alarm(result.masks[t], unedited().masks[t]);
    fail_unless(share < limit, "frame %d: %.1f %% of the picture is no object",
                static_cast<int>(t) - begin, 100 * share);
  }
}

double lamp(int x, int y) {
  return 1 + 1.2 * std::exp(-std::pow((x - 150) / 190.0, 2) - std::pow((y - 90) / 140.0, 2));
}

}  // namespace

GST_START_TEST(test_switch) {
  for (const double gain : {0.5, 1.5}) {
    const Result result = split([gain](int t, GstVideoFrame& frame) {
      if (t >= begin)
        change_luma(frame, [gain](int, int, double v) { return 16 + gain * (v - 16); });
    });
    fail_on_alarms(result, 0.01);
    fail_unless_equals_int(result.resets, 0);
    fail_unless(recall(result, begin + 20) > 0.8);
    fail_unless_equals_string(result.said[begin - 1].change.c_str(), "none");
    fail_unless_equals_string(result.said[begin].change.c_str(), "light");
    fail_unless(std::abs(result.said[begin - 1].gain - 1) < 0.1);
    fail_unless(std::abs(result.said[begin + 20].gain - gain) < 0.1);
  }
}
GST_END_TEST

GST_START_TEST(test_lamp) {
  const Result result = split([](int t, GstVideoFrame& frame) {
    if (t >= begin)
      change_luma(frame, [](int x, int y, double v) { return 16 + lamp(x, y) * (v - 16); });
  });
  fail_on_alarms(result, 0.03);
  fail_unless_equals_int(result.resets, 1);
  fail_unless(recall(result, begin + 75) > 0.8);
  fail_unless_equals_string(result.said[begin].change.c_str(), "light");
  fail_unless(result.said[begin].held && !result.said[begin - 1].held);
  fail_unless_equals_int(
      std::ranges::count_if(result.said, [](const Said& said) { return said.afresh; }), 1);
}
GST_END_TEST

GST_START_TEST(test_flash) {
  for (const int length : {1, 3, 8}) {
    const Result result = split([length](int t, GstVideoFrame& frame) {
      if (t >= begin && t < begin + length)
        change_luma(frame, [](int, int, double v) { return 1.8 * v + 60; });
    });
    fail_on_alarms(result, 0.01);
    fail_unless_equals_int(result.resets, 0);
    fail_unless(recall(result, begin + length + 2) > 0.95);
  }
}
GST_END_TEST

GST_START_TEST(test_ir_cut) {
  for (const bool falls : {true, false}) {
    const Result result = split([falls](int t, GstVideoFrame& frame) {
      if ((t >= begin) != falls)
        return;
      take_color(frame);
      change_luma(frame, [](int x, int y, double v) {
        const double vignette =
            1.1 - 0.3 * (std::pow(x / 192.0 - 1, 2) + std::pow(y / 144.0 - 1, 2));
        return 16 + 160 * vignette * std::pow(std::clamp((v - 16) / 219, 0.0, 1.0), 0.7);
      });
    });
    fail_on_alarms(result, 0.03);
    fail_unless_equals_int(result.resets, 1);
    fail_unless(recall(result, begin + 75) > 0.6);
  }
}
GST_END_TEST

GST_START_TEST(test_ramp) {
  const Result result = split([](int t, GstVideoFrame& frame) {
    const double gain = std::clamp(1 - (t - begin) / 150.0, 0.4, 1.0);
    change_luma(frame, [gain](int, int, double v) { return 16 + gain * (v - 16); });
  });
  fail_on_alarms(result, 0.01);
  fail_unless_equals_int(result.resets, 0);
  fail_unless(recall(result, begin) > 0.8);
  fail_unless_equals_string(result.said[begin + 60].change.c_str(), "light");
}
GST_END_TEST

// To the same street upside down, which has no pixel in common.
GST_START_TEST(test_cut) {
  const Edit cut = [](int t, GstVideoFrame& frame) {
    if (t < begin)
      return;
    for (guint p = 0; p < 3; p++) {
      auto* data = static_cast<guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, p));
      const int stride = GST_VIDEO_FRAME_PLANE_STRIDE(&frame, p);
      const int lines = p ? height / 2 : height;
      for (int y = 0; y < lines / 2; y++)
        std::swap_ranges(data + y * stride, data + y * stride + (p ? width / 2 : width),
                         data + (lines - 1 - y) * stride);
    }
  };
  const Result empty = split(cut);
  fail_unless_equals_int(empty.resets, 1);
  for (int t = begin; t < begin + 10; t++)
    fail_unless_equals_int(std::ranges::count(empty.masks[static_cast<std::size_t>(t)], true), 0);
  fail_unless_equals_string(empty.said[begin].change.c_str(), "scene");
  const Result last = split(cut, "last");
  for (int t = begin; t < begin + 10; t++)
    fail_unless(last.masks[static_cast<std::size_t>(t)] == last.masks[begin - 1]);
  fail_unless(last.masks[begin + 60] == empty.masks[begin + 60]);
}
GST_END_TEST

int main() {
  const char* clip = std::getenv("LOWRANK_CLIP");
  if (!clip || !g_file_test(clip, G_FILE_TEST_IS_REGULAR)) {
    g_print("no clip: set LOWRANK_CLIP to vtest.avi, which .ci/fetch-clip gets\n");
    return 77;
  }
  return run_suite("light", {test_switch, test_lamp, test_flash, test_ir_cut, test_ramp, test_cut});
}
