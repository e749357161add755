// SPDX-License-Identifier: LGPL-2.1-or-later

// lowrankdecompress: what it makes of streams that are whole, cut, damaged or too large.
#include <algorithm>
#include <cstdlib>

// Before the macros of check.
#include "lowrank/codec.h"

#include "codec_support.h"

namespace {

const std::string small = raw_caps("I420", 48, 32);

// A stream's pictures as buffers for a decoder.
std::vector<GstBuffer*> packets_of(const Bytes& stream, std::string* caps = nullptr) {
  Chain parser("lowrankparse");
  parser.set_caps("video/x-lowrank");
  parser.push(stream);
  parser.finish();
  if (caps != nullptr)
    *caps = parser.caps();
  return parser.pull_all();
}

Bytes clip(int frames = 8, int first = 0) {
  return encode("quality=60 key-int-max=4", small, frames, first);
}

// Frames that leave, by their times; those that are marked as corrupted have a "!".
std::string describe(const std::vector<GstBuffer*>& frames) {
  std::string text;
  for (GstBuffer* frame : frames) {
    text += std::to_string(GST_BUFFER_PTS(frame) / (GST_SECOND / 25));
    text += GST_BUFFER_FLAG_IS_SET(frame, GST_BUFFER_FLAG_CORRUPTED) ? "! " : " ";
  }
  return text;
}

std::string pull_description(const Chain& decoder) {
  const std::vector<GstBuffer*> frames = decoder.pull_all();
  const std::string text = describe(frames);
  unref_all(frames);
  return text;
}

// A decoder that knows the caps of clip().
struct Decoder : Chain {
  explicit Decoder(const std::string& properties = "")
      : Chain("lowrankdecompress name=d " + properties) {
    std::string caps;
    packets = packets_of(clip(), &caps);
    set_caps(caps);
  }
  ~Decoder() { unref_all(packets); }

  GstFlowReturn send(int index) {
    return push(gst_buffer_ref(packets[static_cast<std::size_t>(index)]));
  }
  // With one byte changed.
  GstFlowReturn send_damaged(int index) {
    GstBuffer* buffer = gst_buffer_copy_deep(packets[static_cast<std::size_t>(index)]);
    GstMapInfo map;
    gst_buffer_map(buffer, &map, GST_MAP_READWRITE);
    map.data[map.size - 4] ^= 0x40;
    gst_buffer_unmap(buffer, &map);
    return push(buffer);
  }

  std::vector<GstBuffer*> packets;
};

GST_START_TEST(frames_leave_as_they_come) {
  Decoder decoder;
  for (int i = 0; i < 8; i++) {
    fail_unless_equals_int(decoder.send(i), GST_FLOW_OK);
    fail_unless_equals_text(pull_description(decoder), (std::to_string(i) + " ").c_str());
  }
}
GST_END_TEST

GST_START_TEST(caps_without_codec_data_will_do) {
  Chain decoder("lowrankdecompress");
  decoder.set_caps("video/x-lowrank,parsed=true");
  for (GstBuffer* packet : packets_of(clip(3)))
    fail_unless_equals_int(decoder.push(packet), GST_FLOW_OK);
  fail_unless_equals_text(pull_description(decoder), "0 1 2 ");
  fail_unless_equals_text(field(decoder.caps(), "width"), "48");
}
GST_END_TEST

// What somebody changed on the way from the encoder, a capssetter for one.
GST_START_TEST(caps_go_before_the_stream) {
  std::string caps;
  std::vector<GstBuffer*> packets = packets_of(clip(1), &caps);
  const auto replace = [&](const std::string& from, const std::string& to) {
    fail_unless(caps.find(from) != std::string::npos);
    caps.replace(caps.find(from), from.size(), to);
  };
  replace("pixel-aspect-ratio=(fraction)1/1", "pixel-aspect-ratio=(fraction)3/2");
  replace("framerate=(fraction)25/1", "framerate=(fraction)50/1");
  replace("colorimetry=(string)bt601", "colorimetry=(string)bt709");
  Chain decoder("lowrankdecompress");
  decoder.set_caps(caps);
  decoder.push(packets[0]);
  fail_unless_equals_text(field(decoder.caps(), "pixel-aspect-ratio"), "3/2");
  fail_unless_equals_text(field(decoder.caps(), "framerate"), "50/1");
  fail_unless_equals_text(field(decoder.caps(), "colorimetry"), "bt709");
}
GST_END_TEST

GST_START_TEST(decoding_begins_at_a_key) {
  Decoder decoder;
  for (int i = 2; i < 8; i++)
    fail_unless_equals_int(decoder.send(i), GST_FLOW_OK);
  fail_unless_equals_text(pull_description(decoder), "4 5 6 7 ");
  fail_unless_equals_text(decoder.error(), "");
}
GST_END_TEST

// Upstream may not know which pictures are keys.
GST_START_TEST(a_predicted_picture_marked_as_key_is_found_out) {
  Decoder decoder;
  for (int i = 1; i < 6; i++) {
    GstBuffer* packet = gst_buffer_copy(decoder.packets[static_cast<std::size_t>(i)]);
    GST_BUFFER_FLAG_UNSET(packet, GST_BUFFER_FLAG_DELTA_UNIT);
    fail_unless_equals_int(decoder.push(packet), GST_FLOW_OK);
  }
  fail_unless_equals_text(pull_description(decoder), "4 5 ");
}
GST_END_TEST

GST_START_TEST(damage_is_concealed_and_told) {
  Decoder decoder;
  decoder.send(0);
  decoder.send(1);
  fail_unless_equals_int(decoder.send_damaged(2), GST_FLOW_OK);
  for (int i = 3; i < 6; i++)
    fail_unless_equals_int(decoder.send(i), GST_FLOW_OK);
  fail_unless_equals_text(pull_description(decoder), "0 1 2! 3! 4 5 ");
  fail_unless_equals_text(decoder.error(), "");
}
GST_END_TEST

GST_START_TEST(a_lost_picture_is_noticed) {
  Decoder decoder;
  for (const int i : {0, 1, 3, 4, 5})
    fail_unless_equals_int(decoder.send(i), GST_FLOW_OK);
  fail_unless_equals_text(pull_description(decoder), "0 1 3! 4 5 ");
}
GST_END_TEST

GST_START_TEST(a_key_is_asked_for_once) {
  Decoder decoder;
  int requests = 0;
  for (const int i : {0, 2, 3, 4, 5, 7}) {
    decoder.send(i);
    while (GstEvent* event = gst_harness_try_pull_upstream_event(decoder.harness())) {
      if (gst_video_event_is_force_key_unit(event))
        requests = requests * 10 + i;
      gst_event_unref(event);
    }
  }
  fail_unless_equals_int(requests, 27);
}
GST_END_TEST

GST_START_TEST(corrupted_frames_can_be_discarded) {
  Decoder decoder("discard-corrupted-frames=true");
  for (const int i : {0, 1, 3, 4})
    decoder.send(i);
  fail_unless_equals_text(pull_description(decoder), "0 1 4 ");
}
GST_END_TEST

GST_START_TEST(errors_are_counted) {
  Decoder decoder("max-errors=0");
  fail_unless_equals_int(decoder.send(0), GST_FLOW_OK);
  fail_unless_equals_int(decoder.send_damaged(1), GST_FLOW_ERROR);
  fail_unless(decoder.error().find("checksum") != std::string::npos);
}
GST_END_TEST

GST_START_TEST(a_flush_waits_for_a_key) {
  Decoder decoder;
  decoder.send(0);
  decoder.send(1);
  decoder.flush();
  for (int i = 2; i < 6; i++)
    fail_unless_equals_int(decoder.send(i), GST_FLOW_OK);
  fail_unless_equals_text(pull_description(decoder), "0 1 4 5 ");
}
GST_END_TEST

// Caps cannot be sent while there is a flush: that is no disagreement.
GST_START_TEST(a_first_picture_that_meets_a_flush_is_no_error) {
  Decoder decoder;
  GstPad* pad = gst_element_get_static_pad(decoder.element("d"), "src");
  fail_unless(gst_pad_push_event(pad, gst_event_new_flush_start()));
  fail_unless_equals_int(decoder.send(0), GST_FLOW_FLUSHING);
  fail_unless(gst_pad_push_event(pad, gst_event_new_flush_stop(TRUE)));
  gst_object_unref(pad);
  decoder.flush();
  fail_unless_equals_int(decoder.send(0), GST_FLOW_OK);
  fail_unless_equals_text(pull_description(decoder), "0 ");
  fail_unless_equals_text(decoder.error(), "");
}
GST_END_TEST

GST_START_TEST(sizes_change_within_a_stream) {
  Chain decoder("lowrankparse ! lowrankdecompress");
  decoder.set_caps("video/x-lowrank");
  decoder.push(clip(1));
  fail_unless_equals_text(field(decoder.caps(), "format"), "I420");
  decoder.push(encode("", raw_caps("GRAY8", 21, 13), 1));
  fail_unless_equals_text(field(decoder.caps(), "format"), "GRAY8");
  fail_unless_equals_text(field(decoder.caps(), "width"), "21");
  decoder.push(encode("", raw_caps("Y444", 300, 200), 1));
  decoder.finish();
  fail_unless_equals_text(field(decoder.caps(), "format"), "Y444");
  const std::vector<GstBuffer*> frames = decoder.pull_all();
  fail_unless_equals_int(static_cast<int>(frames.size()), 3);
  fail_unless(gst_buffer_get_size(frames[2]) >= 300 * 200 * 3);
  unref_all(frames);
}
GST_END_TEST

// The caps stay, and what is in them does not.
// There is a layout of chroma that no raw format has, and lowrankcompress never makes.
GST_START_TEST(chroma_halved_vertically_alone_is_shown_whole) {
  lowrank::StreamInfo stream;
  stream.format = {lowrank::ColorModel::ycbcr, 24, 15, 0, 1};
  stream.frame_rate = {25, 1};
  lowrank::EncoderOptions options;
  options.quality = 100;
  lowrank::Encoder encoder;
  encoder.configure(stream, options);
  Bytes planes[3];
  lowrank::ImageView picture{stream.format, {}};
  for (int p = 0; p < 3; p++) {
    const int height = stream.format.plane_height(p);
    auto& plane = planes[static_cast<std::size_t>(p)];
    for (int i = 0; i < 24 * height; i++)
      plane.push_back(static_cast<std::uint8_t>(40 + 60 * p + 4 * (i / 24)));
    picture.planes[static_cast<std::size_t>(p)] = {plane.data(), 24, 1, 24, height};
  }
  encoder.push(picture, {0, GST_SECOND / 25, 0});
  lowrank::EncodedPicture packet;
  fail_unless(encoder.pull(packet));
  const Decoded decoded = decode(packet.bytes);
  fail_unless_equals_text(field(decoded.caps, "format"), "Y444");
  const std::vector<int> chroma = samples(decoded.buffers[0], parse_caps(decoded.caps), 1);
  fail_unless_equals_int(static_cast<int>(chroma.size()), 24 * 15);
  for (int i = 0; i < 24 * 15; i++)
    fail_unless(std::abs(chroma[static_cast<std::size_t>(i)] - (100 + 4 * (i / 48))) <= 2);
  unref_all(decoded.buffers);
}
GST_END_TEST

GST_START_TEST(larger_frames_of_the_peers_pool_are_filled_in_part) {
  const GstVideoInfo info = parse_caps(small);
  Decoder plain, larger;
  propose_larger_frames(larger.harness()->sinkpad);
  for (int i = 0; i < 3; i++) {
    fail_unless_equals_int(plain.send(i), GST_FLOW_OK);
    fail_unless(larger.send(i) == GST_FLOW_OK, "%s", larger.error().c_str());
    GstBuffer* expected = plain.pull();
    GstBuffer* buffer = larger.pull();
    fail_unless_equals_int(static_cast<int>(gst_buffer_get_video_meta(buffer)->height), 48);
    for (guint c = 0; c < 3; c++)
      fail_unless(samples(buffer, info, c) == samples(expected, info, c));
    gst_buffer_unref(expected);
    gst_buffer_unref(buffer);
  }
}
GST_END_TEST

GST_START_TEST(sizes_change_without_new_caps) {
  Decoder decoder;
  decoder.send(0);
  for (GstBuffer* packet : packets_of(encode("", raw_caps("I420", 64, 40), 1, 1)))
    fail_unless_equals_int(decoder.push(packet), GST_FLOW_OK);
  fail_unless_equals_text(field(decoder.caps(), "width"), "64");
  fail_unless_equals_text(pull_description(decoder), "0 1 ");
}
GST_END_TEST

GST_START_TEST(a_stream_beyond_the_limits_is_a_named_error) {
  struct Case {
    const char* limit;
    const char* expected;
  };
  for (const Case& one : {Case{"max-side=40", "48x32"}, Case{"max-pixels=1000", "1000"},
                          Case{"max-payload=30", "30"}}) {
    Chain decoder(std::string("lowrankdecompress ") + one.limit);
    decoder.set_caps("video/x-lowrank,parsed=true");
    const std::vector<GstBuffer*> packets = packets_of(clip(1));
    fail_unless_equals_int(decoder.push(packets[0]), GST_FLOW_ERROR);
    const std::string error = decoder.error();
    fail_unless(error.find(one.expected) != std::string::npos, "\"%s\"", error.c_str());
    fail_unless(error.find("max-payload") != std::string::npos);
  }
}
GST_END_TEST

double error_at_rank(const Bytes& stream, const char* rank) {
  const Decoded decoded = decode(stream, std::string("max-rank=") + rank);
  const GstVideoInfo info = parse_caps(decoded.caps);
  GstBuffer* original = make_frame(info, 0);
  const double error = difference(decoded.buffers[0], original, info);
  gst_buffer_unref(original);
  unref_all(decoded.buffers);
  return error;
}

GST_START_TEST(fewer_components_are_a_coarser_picture) {
  const Bytes stream = encode("layout=frame quality=100", raw_caps("I420", 96, 64), 1);
  const double all = error_at_rank(stream, "0");
  const double eight = error_at_rank(stream, "8");
  const double one = error_at_rank(stream, "1");
  fail_unless(all < 0.6 && all <= eight && eight < one, "%f %f %f", all, eight, one);
}
GST_END_TEST

// What is predicted from does not depend on what is shown: from the key to the last frame the
// pictures of a rank and those of all of it are equally far apart.
GST_START_TEST(what_is_left_away_does_not_add_up) {
  const std::string caps = raw_caps("GRAY8", 96, 64);
  const GstVideoInfo info = parse_caps(caps);
  for (const char* properties : {"", "base-rank=4 "}) {
    const Bytes stream = encode(properties + std::string("key-int-max=40 quality=85"), caps, 40);
    const Decoded coarse = decode(stream, "max-rank=4");
    const Decoded whole = decode(stream);
    const double first = difference(coarse.buffers[0], whole.buffers[0], info);
    const double last = difference(coarse.buffers[39], whole.buffers[39], info);
    fail_unless(first > 0 && last < 2 * first, "%f, then %f", first, last);
    unref_all(coarse.buffers);
    unref_all(whole.buffers);
  }
}
GST_END_TEST

GST_START_TEST(the_rank_changes_while_playing) {
  const Bytes stream = encode("layout=frame quality=100", small, 3);
  const std::vector<GstBuffer*> packets = packets_of(stream);
  Chain decoder("lowrankdecompress name=d");
  decoder.set_caps("video/x-lowrank,parsed=true");
  const GstVideoInfo info = parse_caps(small);
  double errors[3];
  for (int i = 0; i < 3; i++) {
    decoder.set("d", "max-rank", i == 1 ? "1" : "0");
    decoder.push(packets[static_cast<std::size_t>(i)]);
    GstBuffer* frame = decoder.pull();
    GstBuffer* original = make_frame(info, i);
    errors[i] = difference(frame, original, info);
    gst_buffer_unref(original);
    gst_buffer_unref(frame);
  }
  fail_unless(errors[0] < 1 && errors[1] > 2 && errors[2] < 1);
}
GST_END_TEST

// Late frames are decoded, for those that follow, and not sent.
GST_START_TEST(late_frames_are_not_sent) {
  Decoder decoder;
  decoder.send(0);
  unref_all(decoder.pull_all());
  gst_harness_push_upstream_event(
      decoder.harness(),
      gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 2, GST_SECOND / 25, GST_SECOND / 25));
  for (int i = 1; i < 8; i++)
    fail_unless_equals_int(decoder.send(i), GST_FLOW_OK);
  fail_unless_equals_text(pull_description(decoder), "4 5 6 7 ");
  fail_unless(decoder.has_message(GST_MESSAGE_QOS));
}
GST_END_TEST

GST_START_TEST(any_bytes_are_survived) {
  const Bytes stream = clip(4);
  GRand* random = g_rand_new_with_seed(3);
  for (int round = 0; round < 60; round++) {
    Bytes broken = stream;
    for (int hits = 1 + round % 8; hits > 0; hits--)
      broken[static_cast<std::size_t>(
          g_rand_int_range(random, 0, static_cast<gint32>(broken.size())))] =
          static_cast<std::uint8_t>(g_rand_int(random));
    Chain decoder("lowrankparse ! lowrankdecompress");
    decoder.set_caps("video/x-lowrank");
    decoder.push(broken);
    decoder.finish();
    unref_all(decoder.pull_all());
    // And straight into the decoder, past the checks of the parser.
    Chain naked("lowrankdecompress");
    naked.set_caps("video/x-lowrank,parsed=true");
    const std::vector<std::size_t> at = {0, stream.size() / 3, stream.size() / 2, stream.size()};
    for (std::size_t i = 0; i + 1 < at.size(); i++)
      naked.push(Bytes(broken.begin() + static_cast<std::ptrdiff_t>(at[i]),
                       broken.begin() + static_cast<std::ptrdiff_t>(at[i + 1])));
    unref_all(naked.pull_all());
  }
  g_rand_free(random);
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("codec decoder", {frames_leave_as_they_come,
                                     caps_without_codec_data_will_do,
                                     caps_go_before_the_stream,
                                     decoding_begins_at_a_key,
                                     a_predicted_picture_marked_as_key_is_found_out,
                                     damage_is_concealed_and_told,
                                     a_lost_picture_is_noticed,
                                     a_key_is_asked_for_once,
                                     corrupted_frames_can_be_discarded,
                                     errors_are_counted,
                                     a_flush_waits_for_a_key,
                                     a_first_picture_that_meets_a_flush_is_no_error,
                                     sizes_change_within_a_stream,
                                     chroma_halved_vertically_alone_is_shown_whole,
                                     larger_frames_of_the_peers_pool_are_filled_in_part,
                                     sizes_change_without_new_caps,
                                     a_stream_beyond_the_limits_is_a_named_error,
                                     fewer_components_are_a_coarser_picture,
                                     what_is_left_away_does_not_add_up,
                                     the_rank_changes_while_playing,
                                     late_frames_are_not_sent,
                                     any_bytes_are_survived});
}
