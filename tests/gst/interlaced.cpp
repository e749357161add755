// SPDX-License-Identifier: LGPL-2.1-or-later

// Interlaced video through the element: separated field by field, sent as it came.
#include <cstring>

#include "lowrank/background.h"
#include "support.h"

namespace {

constexpr int width = 48;
constexpr int height = 36;

std::string caps_of(const char* format, const std::string& mode) {
  return raw_caps(format, width, height, mode.empty() ? "" : (",interlace-mode=" + mode).c_str());
}

// Even rows of one moment, odd rows of the next, in GRAY8.
GstBuffer* make_woven(const GstVideoInfo& info, int index) {
  GstBuffer* buffer = make_frame(info, 2 * index);
  GstBuffer* later = make_frame(info, 2 * index + 1);
  GstMapInfo to, from;
  gst_buffer_map(buffer, &to, GST_MAP_WRITE);
  gst_buffer_map(later, &from, GST_MAP_READ);
  for (int y = 1; y < height; y += 2)
    std::memcpy(to.data + y * info.stride[0], from.data + y * info.stride[0],
                static_cast<std::size_t>(width));
  gst_buffer_unmap(later, &from);
  gst_buffer_unmap(buffer, &to);
  gst_buffer_unref(later);
  GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>(index) * GST_SECOND / 25;
  GST_BUFFER_FLAG_SET(buffer, GST_VIDEO_BUFFER_FLAG_INTERLACED | GST_VIDEO_BUFFER_FLAG_TFF);
  return buffer;
}

// The mask that the library finds in the same frame.
std::vector<int> mask_of(lowrank::BackgroundEngine& engine, GstBuffer* buffer) {
  lowrank::ImageView image{{lowrank::ColorModel::gray, width, height}, {}};
  GstMapInfo map;
  gst_buffer_map(buffer, &map, GST_MAP_READ);
  image.planes[0] = {map.data, width, 1, width, height};
  engine.push(image);
  lowrank::Separation separation;
  fail_unless(engine.pull(separation));
  std::vector<int> mask;
  for (int y = 0; y < height; y++)
    mask.insert(mask.end(), separation.mask.row(y), separation.mask.row(y) + width);
  gst_buffer_unmap(buffer, &map);
  return mask;
}

GST_START_TEST(caps_decide_how_frames_are_separated) {
  struct Case {
    const char* mode;
    bool by_fields;
  };
  for (const Case& one :
       {Case{"", false}, {"progressive", false}, {"interleaved", true}, {"mixed", true}}) {
    Split split("threads=1", Split::mask);
    const std::string caps = caps_of("GRAY8", one.mode);
    const GstVideoInfo info = parse_caps(caps);
    split.set_caps(caps);
    lowrank::BackgroundEngine as_told, as_not_told;
    lowrank::BackgroundOptions options;
    options.interlaced = one.by_fields;
    as_told.configure({lowrank::ColorModel::gray, width, height}, options);
    options.interlaced = !one.by_fields;
    as_not_told.configure({lowrank::ColorModel::gray, width, height}, options);
    bool told_apart = false;
    for (int i = 0; i < 30; i++) {
      GstBuffer* input = make_woven(info, i);
      const auto expected = mask_of(as_told, input);
      told_apart = told_apart || mask_of(as_not_told, input) != expected;
      fail_unless_equals_int(split.push(input), GST_FLOW_OK);
      GstBuffer* mask = split.pull(Split::mask);
      fail_unless(samples(mask, split.info(Split::mask), 0) == expected, "%s, frame %d", one.mode,
                  i);
      gst_buffer_unref(mask);
    }
    fail_unless(told_apart);
  }
}
GST_END_TEST

GST_START_TEST(fields_stay_marked) {
  for (const char* method : {"", "method=svd window=2"}) {
    Split split(method);
    const std::string caps = caps_of("GRAY8", "interleaved,field-order=top-field-first");
    split.set_caps(caps);
    for (int i = 0; i < 4; i++)
      fail_unless_equals_int(split.push(make_woven(parse_caps(caps), i)), GST_FLOW_OK);
    for (const int pad : {Split::foreground, Split::background, Split::mask}) {
      const GstVideoInfo info = split.info(pad);
      fail_unless(GST_VIDEO_INFO_INTERLACE_MODE(&info) == GST_VIDEO_INTERLACE_MODE_INTERLEAVED);
      fail_unless(GST_VIDEO_INFO_FIELD_ORDER(&info) == GST_VIDEO_FIELD_ORDER_TOP_FIELD_FIRST);
      GstBuffer* buffer = split.pull(pad);
      fail_unless(GST_BUFFER_FLAG_IS_SET(buffer, GST_VIDEO_BUFFER_FLAG_INTERLACED));
      fail_unless(GST_BUFFER_FLAG_IS_SET(buffer, GST_VIDEO_BUFFER_FLAG_TFF));
      gst_buffer_unref(buffer);
    }
  }
}
GST_END_TEST

// What the pads show adds up to the input, whatever the method and the format.
GST_START_TEST(background_and_residual_give_back_the_input) {
  for (const char* method : {"", "method=svd window=2", "method=pcp window=2"})
    for (const char* format : {"GRAY8", "I420", "NV12", "YUY2", "Y444", "RGB", "BGRx"}) {
      Split split(std::string("foreground-mode=residual ") + method,
                  Split::foreground | Split::background);
      const std::string caps = caps_of(format, "interleaved");
      const GstVideoInfo info = parse_caps(caps);
      split.set_caps(caps);
      push_frames(split, caps, 0, 5);
      split.push_event(gst_event_new_eos());
      for (int i = 0; i < 5; i++) {
        GstBuffer* input = make_frame(info, i);
        GstBuffer* background = split.pull(Split::background);
        GstBuffer* foreground = split.pull(Split::foreground);
        for (guint c = 0; c < GST_VIDEO_INFO_N_COMPONENTS(&info); c++) {
          const auto m = samples(input, info, c);
          const auto l = samples(background, info, c);
          const auto s = samples(foreground, info, c);
          for (std::size_t k = 0; k < m.size(); k++)
            fail_unless(ABS(l[k] + s[k] - 128 - m[k]) <= 1, "%s %s", method, format);
        }
        gst_buffer_unref(input);
        gst_buffer_unref(background);
        gst_buffer_unref(foreground);
      }
    }
}
GST_END_TEST

// Chroma of 4:2:0 belongs to two rows of luma of the same field.
GST_START_TEST(chroma_goes_with_its_field) {
  Split split("", Split::foreground | Split::mask);
  const std::string caps = caps_of("I420", "interleaved");
  const GstVideoInfo info = parse_caps(caps);
  split.set_caps(caps);
  for (const char* mode : {"masked", "alpha"}) {
    split.set("foreground-mode", mode);
    bool any_kept = false;
    for (int i = 0; i < 30; i++) {
      fail_unless_equals_int(split.push(make_frame(info, i)), GST_FLOW_OK);
      GstBuffer* input = make_frame(info, i);
      GstBuffer* shown = split.pull(Split::foreground);
      GstBuffer* mask_buffer = split.pull(Split::mask);
      const auto mask = samples(mask_buffer, split.info(Split::mask), 0);
      const auto chroma = samples(input, info, 1);
      const auto found = samples(shown, split.info(Split::foreground), 1);
      const bool whole = std::string(mode) == "alpha";
      const int columns = whole ? width : width / 2;
      for (int y = 0; y < (whole ? height : height / 2); y++)
        for (int x = 0; x < columns; x++) {
          // Row of chroma, and the first of its two rows of luma.
          const int row = whole ? y / 4 * 2 + y % 2 : y;
          const int luma = row / 2 * 4 + row % 2;
          const int value = chroma[static_cast<std::size_t>(row * width / 2 + (whole ? x / 2 : x))];
          const auto at = [&](int dy, int dx) {
            return mask[static_cast<std::size_t>((luma + dy) * width + 2 * x + dx)] != 0;
          };
          const bool kept = whole || at(0, 0) || at(0, 1) || at(2, 0) || at(2, 1);
          fail_unless_equals_int(found[static_cast<std::size_t>(y * columns + x)],
                                 kept ? value : 128);
          any_kept = any_kept || kept;
        }
      for (GstBuffer* buffer : {input, shown, mask_buffer})
        gst_buffer_unref(buffer);
    }
    fail_unless(any_kept);
  }
}
GST_END_TEST

GST_START_TEST(every_size_is_taken) {
  for (const char* mode : {"masked", "alpha", "residual", "absolute"})
    for (const char* format : {"I420", "Y42B", "RGB", "GRAY8", "I420_10LE"})
      for (const int rows : {1, 2, 3, 5, 6, 7, 34}) {
        Split split(std::string("threads=1 foreground-mode=") + mode);
        const std::string caps = raw_caps(format, 9, rows, ",interlace-mode=mixed");
        split.set_caps(caps);
        push_frames(split, caps, 0, 3);
        for (const int pad : {Split::foreground, Split::background, Split::mask})
          fail_unless_equals_int(static_cast<int>(split.waiting(pad)), 3);
      }
}
GST_END_TEST

GST_START_TEST(change_between_frames_and_fields_learns_afresh) {
  Split split("", Split::mask);
  push_frames((split.set_caps(caps_of("GRAY8", "")), split), caps_of("GRAY8", ""), 0, 20);
  const std::string caps = caps_of("GRAY8", "interleaved");
  split.set_caps(caps);
  while (GstBuffer* old = gst_harness_try_pull(split.input()))
    gst_buffer_unref(old);
  lowrank::BackgroundEngine engine;
  lowrank::BackgroundOptions options;
  options.interlaced = true;
  engine.configure({lowrank::ColorModel::gray, width, height}, options);
  for (int i = 0; i < 10; i++) {
    GstBuffer* input = make_woven(parse_caps(caps), i);
    const auto expected = mask_of(engine, input);
    fail_unless_equals_int(split.push(input), GST_FLOW_OK);
    GstBuffer* mask = split.pull(Split::mask);
    fail_unless(samples(mask, split.info(Split::mask), 0) == expected);
    gst_buffer_unref(mask);
  }
}
GST_END_TEST

GST_START_TEST(fields_as_pictures_are_refused_by_name) {
  Split split("", Split::mask);
  split.set_caps(raw_caps("I420", width, height, ",interlace-mode=fields"));
  const std::string error = split.error();
  fail_unless(error.find("gst-stream-error") == 0 && error.find("(fields)") != std::string::npos &&
                  error.find("interleaved") != std::string::npos,
              "%s", error.c_str());
}
GST_END_TEST

// A peer that would take fields first gets frames when frames come.
GST_START_TEST(frames_are_not_sent_as_fields) {
  Split split("", Split::mask);
  gst_harness_set_sink_caps_str(split.input(),
                                "video/x-raw,format=RGB,interlace-mode={interleaved,progressive}");
  const std::string caps = raw_caps("I420", width, height);
  split.set_caps(caps);
  push_frames(split, caps, 0, 1);
  const GstVideoInfo info = split.info(Split::mask);
  fail_if(GST_VIDEO_INFO_IS_INTERLACED(&info));
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("interlaced",
                   {caps_decide_how_frames_are_separated, fields_stay_marked,
                    background_and_residual_give_back_the_input, chroma_goes_with_its_field,
                    every_size_is_taken, change_between_frames_and_fields_learns_afresh,
                    fields_as_pictures_are_refused_by_name, frames_are_not_sent_as_fields});
}
