// SPDX-License-Identifier: LGPL-2.1-or-later

// lowrankparse, fed by an application: pictures from bytes in pieces, whole and damaged.
#include <algorithm>

#include "codec_support.h"

namespace {

const std::string small = raw_caps("I420", 48, 32);

Bytes clip(int frames = 12, int first = 0) {
  return encode("quality=50 key-int-max=4", small, frames, first);
}

Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

// What a parser sends for pieces of `sizes(i)` bytes of a stream.
template <typename Sizes>
std::vector<GstBuffer*> parse_in_pieces(const Bytes& stream, Sizes&& sizes) {
  Chain parser("lowrankparse");
  parser.set_caps("video/x-lowrank");
  for (std::size_t at = 0; at < stream.size();) {
    const std::size_t end = std::min(stream.size(), at + sizes());
    const Bytes piece(stream.begin() + static_cast<std::ptrdiff_t>(at),
                      stream.begin() + static_cast<std::ptrdiff_t>(end));
    fail_unless_equals_int(parser.push(piece), GST_FLOW_OK);
    at = end;
  }
  fail_unless(parser.finish());
  fail_unless_equals_text(parser.error(), "");
  return parser.pull_all();
}

std::vector<GstBuffer*> parse(const Bytes& stream) {
  return parse_in_pieces(stream, [&] { return stream.size(); });
}

// Keys K, predicted pictures p, a break before them "|"; with their place on the grid of 25 a
// second.
std::string describe(const std::vector<GstBuffer*>& buffers) {
  std::string text;
  for (GstBuffer* buffer : buffers) {
    if (GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DISCONT))
      text += '|';
    text += GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT) ? 'p' : 'K';
    text += GST_BUFFER_PTS_IS_VALID(buffer)
                ? std::to_string(GST_BUFFER_PTS(buffer) / (GST_SECOND / 25))
                : "-";
  }
  return text;
}

void check_parse(const Bytes& stream, const char* expected) {
  const std::vector<GstBuffer*> buffers = parse(stream);
  fail_unless_equals_text(describe(buffers), expected);
  unref_all(buffers);
}

GST_START_TEST(pieces_of_any_size_give_the_same_pictures) {
  const Bytes stream = clip();
  const std::vector<GstBuffer*> whole = parse(stream);
  fail_unless(bytes_of(whole) == stream);
  fail_unless_equals_text(describe(whole), "|K0p1p2p3K4p5p6p7K8p9p10p11");
  GRand* random = g_rand_new_with_seed(7);
  for (const int most : {1, 2, 7, 100, 1500}) {
    const std::vector<GstBuffer*> pieces = parse_in_pieces(
        stream, [&] { return static_cast<std::size_t>(g_rand_int_range(random, 1, most + 1)); });
    fail_unless_equals_text(describe(pieces), "|K0p1p2p3K4p5p6p7K8p9p10p11");
    for (std::size_t i = 0; i < pieces.size(); i++)
      fail_unless(bytes_of(pieces[i]) == bytes_of(whole[i]));
    unref_all(pieces);
  }
  g_rand_free(random);
  unref_all(whole);
}
GST_END_TEST

GST_START_TEST(caps_tell_of_the_stream) {
  Chain parser("lowrankparse");
  parser.set_caps("video/x-lowrank");
  parser.push(encode("", raw_caps("Y42B", 40, 30, ",pixel-aspect-ratio=4/3"), 1));
  parser.finish();
  const std::string caps = parser.caps();
  fail_unless_equals_text(field(caps, "parsed"), "true");
  fail_unless_equals_text(field(caps, "width"), "40");
  fail_unless_equals_text(field(caps, "height"), "30");
  fail_unless_equals_text(field(caps, "framerate"), "25/1");
  fail_unless_equals_text(field(caps, "pixel-aspect-ratio"), "4/3");
  fail_unless(field(caps, "codec_data").substr(0, 6) == "4c5256");  // LRV
}
GST_END_TEST

GST_START_TEST(durations_come_from_the_stream) {
  const std::vector<GstBuffer*> buffers = parse(clip(3));
  for (GstBuffer* buffer : buffers) {
    fail_unless_equals_uint64(GST_BUFFER_DURATION(buffer), GST_SECOND / 25);
    fail_unless_equals_uint64(GST_BUFFER_DTS(buffer), GST_BUFFER_PTS(buffer));
  }
  unref_all(buffers);
}
GST_END_TEST

// A stream whose pictures have no times gets them from the framerate, when upstream counts bytes.
GST_START_TEST(missing_times_are_interpolated) {
  const GstVideoInfo info = parse_caps(small);
  Chain encoder("lowrankcompress");
  encoder.set_caps(small);
  for (int i = 0; i < 3; i++) {
    GstBuffer* frame = make_frame(info, i);
    GST_BUFFER_PTS(frame) = GST_BUFFER_DURATION(frame) = GST_CLOCK_TIME_NONE;
    encoder.push(frame);
  }
  const std::vector<GstBuffer*> packets = encoder.pull_all();
  Chain parser("lowrankparse");
  gst_harness_push_event(parser.harness(), gst_event_new_stream_start("bytes"));
  gst_harness_set_src_caps_str(parser.harness(), "video/x-lowrank");
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_BYTES);
  gst_harness_push_event(parser.harness(), gst_event_new_segment(&segment));
  parser.push(bytes_of(packets));
  parser.finish();
  const std::vector<GstBuffer*> buffers = parser.pull_all();
  fail_unless_equals_int(static_cast<int>(buffers.size()), 3);
  for (std::size_t i = 0; i < 3; i++)
    fail_unless_equals_uint64(GST_BUFFER_PTS(buffers[i]), i * GST_SECOND / 25);
  unref_all(buffers);
  unref_all(packets);
}
GST_END_TEST

GST_START_TEST(damage_is_passed_over) {
  const Bytes stream = clip();
  const std::vector<std::size_t> at = boundaries(stream);
  // One byte of the payload of picture 5.
  Bytes damaged = stream;
  damaged[at[6] - 3] ^= 0x10;
  check_parse(damaged, "|K0p1p2p3K4|p6p7K8p9p10p11");
  // The header of a key's sequence: the key goes with it.
  damaged = stream;
  damaged[at[4]] ^= 1;
  check_parse(damaged, "|K0p1p2p3|p5p6p7K8p9p10p11");
  // Bytes left out.
  damaged = stream;
  damaged.erase(damaged.begin() + static_cast<std::ptrdiff_t>(at[2] + 9),
                damaged.begin() + static_cast<std::ptrdiff_t>(at[3] + 5));
  check_parse(damaged, "|K0p1|K4p5p6p7K8p9p10p11");
  // Something else in between.
  const Bytes noise(100000, 'L');
  damaged = stream;
  damaged.insert(damaged.begin() + static_cast<std::ptrdiff_t>(at[3]), noise.begin(), noise.end());
  check_parse(damaged, "|K0p1p2|p3K4p5p6p7K8p9p10p11");
}
GST_END_TEST

// The base class gives up after two mebibytes that it is told to skip.
GST_START_TEST(much_damage_is_passed_over) {
  const Bytes noise(std::size_t{5} << 20, 0x4c);
  check_parse(clip(3) + noise + clip(4, 4), "|K0p1p2|K4p5p6p7");
}
GST_END_TEST

GST_START_TEST(a_stream_that_is_cut_off_ends_with_its_last_whole_picture) {
  Bytes stream = clip();
  stream.resize(stream.size() - 5);
  check_parse(stream, "|K0p1p2p3K4p5p6p7K8p9p10");
}
GST_END_TEST

GST_START_TEST(a_stream_begins_with_its_first_key) {
  const Bytes stream = clip();
  const std::vector<std::size_t> at = boundaries(stream);
  check_parse(Bytes(stream.begin() + static_cast<std::ptrdiff_t>(at[2] + 4), stream.end()),
              "|K4p5p6p7K8p9p10p11");
}
GST_END_TEST

// Times that begin anew are shifted to follow; new sizes are new caps.
GST_START_TEST(joined_streams_follow_each_other) {
  check_parse(clip(5) + clip(3), "|K0p1p2p3K4K5p6p7");
  check_parse(clip(3) + clip(3, 20), "|K0p1p2K20p21p22");
  Chain parser("lowrankparse name=p");
  auto* items = record(parser.element("p"), "src");
  parser.set_caps("video/x-lowrank");
  parser.push(clip(2) + encode("key-int-max=9", raw_caps("GRAY8", 20, 10), 2));
  parser.finish();
  std::string order;
  for (const std::string& item : *items)
    if (item == "buffer" || item == "caps")
      order += item[0];
  fail_unless_equals_text(order, "cbbcbb");
  fail_unless_equals_text(field(parser.caps(), "width"), "20");
}
GST_END_TEST

GST_START_TEST(a_flush_forgets_what_was_incomplete) {
  const Bytes stream = clip();
  const std::vector<std::size_t> at = boundaries(stream);
  Chain parser("lowrankparse");
  parser.set_caps("video/x-lowrank");
  parser.push(Bytes(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(at[2] + 11)));
  unref_all(parser.pull_all());
  parser.flush();
  parser.push(Bytes(stream.begin() + static_cast<std::ptrdiff_t>(at[4]), stream.end()));
  parser.finish();
  const std::vector<GstBuffer*> buffers = parser.pull_all();
  fail_unless_equals_text(describe(buffers), "|K4p5p6p7K8p9p10p11");
  unref_all(buffers);
}
GST_END_TEST

GST_START_TEST(times_of_upstream_go_first) {
  const Bytes stream = clip(4);
  const std::vector<std::size_t> at = boundaries(stream);
  Chain parser("lowrankparse");
  parser.set_caps("video/x-lowrank");
  for (std::size_t i = 0; i < 4; i++) {
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, at[i + 1] - at[i], nullptr);
    gst_buffer_fill(buffer, 0, stream.data() + at[i], at[i + 1] - at[i]);
    GST_BUFFER_PTS(buffer) = (100 + i) * GST_SECOND / 25;
    parser.push(buffer);
  }
  parser.finish();
  const std::vector<GstBuffer*> buffers = parser.pull_all();
  fail_unless_equals_text(describe(buffers), "|K100p101p102p103");
  unref_all(buffers);
}
GST_END_TEST

GST_START_TEST(what_is_parsed_passes) {
  Chain chain("lowrankcompress ! lowrankparse");
  chain.set_caps(small);
  fail_unless_equals_int(chain.push(make_frame(parse_caps(small), 3)), GST_FLOW_OK);
  GstBuffer* packet = chain.pull();
  fail_unless_equals_uint64(GST_BUFFER_PTS(packet), 3 * GST_SECOND / 25);
  fail_unless(bytes_of(packet) == encode("", small, 1, 3));
  fail_unless_equals_text(field(chain.caps(), "width"), "48");
  gst_buffer_unref(packet);
}
GST_END_TEST

GST_START_TEST(a_stream_beyond_the_limits_is_a_named_error) {
  struct Case {
    const char* limit;
    const char* expected;
  };
  for (const Case& one : {Case{"max-side=40", "48x32"}, Case{"max-pixels=1000", "1000"},
                          Case{"max-payload=30", "30"}}) {
    Chain parser(std::string("lowrankparse ") + one.limit);
    parser.set_caps("video/x-lowrank");
    const GstFlowReturn flow = parser.push(clip());
    fail_unless_equals_int(flow, GST_FLOW_ERROR);
    const std::string error = parser.error();
    fail_unless(error.find(one.expected) != std::string::npos, "\"%s\"", error.c_str());
    fail_unless(error.find("max-side") != std::string::npos);
    fail_unless_equals_int(static_cast<int>(parser.waiting()), 0);
  }
}
GST_END_TEST

GST_START_TEST(no_stream_at_all_is_an_error) {
  Chain parser("lowrankparse");
  parser.set_caps("video/x-lowrank");
  parser.push(Bytes(10000, 17));
  parser.finish();
  fail_if(parser.error().empty());
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite(
      "codec parser",
      {pieces_of_any_size_give_the_same_pictures, caps_tell_of_the_stream,
       durations_come_from_the_stream, missing_times_are_interpolated, damage_is_passed_over,
       much_damage_is_passed_over, a_stream_that_is_cut_off_ends_with_its_last_whole_picture,
       a_stream_begins_with_its_first_key, joined_streams_follow_each_other,
       a_flush_forgets_what_was_incomplete, times_of_upstream_go_first, what_is_parsed_passes,
       a_stream_beyond_the_limits_is_a_named_error, no_stream_at_all_is_an_error});
}
