// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <functional>

#include "codec/encoder_options.h"
#include "codec_streams.h"
#include "messages.h"

namespace lowrank {
namespace {

using test::Bytes;
using test::message_of;

struct BadOption {
  const char* named;  // in the message
  std::function<void(StreamInfo&, EncoderOptions&)> make;
};

TEST(EncoderArguments, AreNamedWhenBad) {
  const std::vector<BadOption> all{
      {"0x12, but must have 1 to 16384", [](auto& s, auto&) { s.format.width = 0; }},
      {"16x16385", [](auto& s, auto&) { s.format.height = 16385; }},
      {"rgb, but must be gray or ycbcr", [](auto& s, auto&) { s.format.color = ColorModel::rgb; }},
      {"10 bits, but must have 8", [](auto& s, auto&) { s.format.depth = 10; }},
      {"chroma shifts", [](auto& s, auto&) { s.format.chroma_shift_x = 1; }},
      {"black is 15", [](auto& s, auto&) { s.format.black = 15; }},
      {"frame rate is 25/0",
       [](auto& s, auto&) {
         s.frame_rate = {25, 0};
       }},
      {"aspect ratio is 0/1",
       [](auto& s, auto&) {
         s.pixel_aspect = {0, 1};
       }},
      {"scan", [](auto& s, auto&) { s.scan = static_cast<Scan>(3); }},
      {"layout", [](auto&, auto& o) { o.layout = static_cast<Layout>(2); }},
      {"speed", [](auto&, auto& o) { o.speed = static_cast<Speed>(3); }},
      {"quality is 0, but must be 1 to 100", [](auto&, auto& o) { o.quality = 0; }},
      {"quality is 101", [](auto&, auto& o) { o.quality = 101; }},
      {"rank is -1", [](auto&, auto& o) { o.rank = -1; }},
      {"energy is 1.5", [](auto&, auto& o) { o.energy = 1.5; }},
      {"energy is nan", [](auto&, auto& o) { o.energy = std::nan(""); }},
      {"base_rank is 64", [](auto&, auto& o) { o.base_rank = 64; }},
      {"base_rank is for layout patch", [](auto&, auto& o) { o.base_rank = 6; }},
      {"energy is for layout frame",
       [](auto&, auto& o) {
         o.layout = Layout::patch;
         o.energy = 0.5;
       }},
      {"bitrate is -5", [](auto&, auto& o) { o.bitrate = -5; }},
      {"needs a frame rate",
       [](auto& s, auto& o) {
         s.frame_rate = {0, 1};
         o.rank = 0;
         o.bitrate = 100;
       }},
      {"by changing the quality", [](auto&, auto& o) { o.bitrate = 100; }},
      {"key_interval is -1", [](auto&, auto& o) { o.key_interval = -1; }},
      {"threads is 1025", [](auto&, auto& o) { o.threads = 1025; }},
  };
  for (const BadOption& bad : all) {
    StreamInfo info = test::small_stream();
    EncoderOptions options = test::frame_options();
    bad.make(info, options);
    Encoder encoder;
    const std::string message = message_of([&] { encoder.configure(info, options); });
    EXPECT_NE(message.find(bad.named), std::string::npos) << message;
    EXPECT_EQ(message.find("Encoder::configure: "), 0u) << message;
  }
}

TEST(EncoderArguments, PicturesAreChecked) {
  const StreamInfo info = test::small_stream();
  Encoder encoder;
  encoder.configure(info, test::frame_options());
  const Bytes samples = test::sample_picture(info.format);
  const ImageView good = test::view_of(info.format, samples);
  const auto message = [&](const ImageView& picture, const PictureInfo& about = {}) {
    return message_of([&] { encoder.push(picture, about); });
  };
  ImageView other = good;
  other.format.width = 15;
  EXPECT_NE(message(other).find("is 15x12 and the stream 16x12"), std::string::npos);
  ImageView empty = good;
  empty.planes[0].data = nullptr;
  EXPECT_NE(message(empty).find("plane 0 of the picture is a null pointer"), std::string::npos);
  ImageView narrow = good;
  narrow.planes[0].width = 15;
  EXPECT_NE(message(narrow).find("plane 0 of the picture is 15x12"), std::string::npos);
  EXPECT_NE(message(good, {{}, {}, 16}).find("fields is 16"), std::string::npos);
  EXPECT_EQ(message(good), "nothing thrown");
}

TEST(EncoderUse, OutOfOrderIsALogicError) {
  const StreamInfo info = test::small_stream();
  const Bytes samples = test::sample_picture(info.format);
  const ImageView picture = test::view_of(info.format, samples);
  Encoder encoder;
  EXPECT_THROW(encoder.push(picture, {}), std::logic_error);
  EXPECT_THROW(encoder.request_key(), std::logic_error);
  EXPECT_THROW(encoder.sequence_packet(), std::logic_error);
  EXPECT_THROW(encoder.set_options({}), std::logic_error);
  EncodedPicture result;
  EXPECT_FALSE(encoder.pull(result));
  EXPECT_EQ(encoder.stats().pictures, 0u);

  encoder.configure(info, test::frame_options());
  encoder.push(picture, {});
  EXPECT_THROW(encoder.push(picture, {}), std::logic_error);
  encoder.flush();
  EXPECT_FALSE(encoder.pull(result));
  encoder.push(picture, {});
  EXPECT_TRUE(encoder.pull(result));
  EXPECT_FALSE(encoder.pull(result));
}

TEST(EncoderUse, OptionsOfTheStreamStay) {
  Encoder encoder;
  EncoderOptions options = test::frame_options();
  encoder.configure(test::small_stream(), options);
  options.threads = 2;
  EXPECT_THROW(encoder.set_options(options), std::invalid_argument);
  options.threads = 1;
  options.quality = 200;
  EXPECT_THROW(encoder.set_options(options), std::invalid_argument);
  options.quality = 20;
  encoder.set_options(options);
}

TEST(EncoderUse, AllPicturesOfLayoutFrameAreKeysBehindASequence) {
  const StreamInfo info = test::small_stream();
  Encoder encoder;
  encoder.configure(info, test::frame_options());
  const Bytes sequence = encoder.sequence_packet();
  for (const EncodedPicture& picture : test::encode_some(info, 3)) {
    EXPECT_TRUE(picture.key);
    ASSERT_GT(picture.bytes.size(), sequence.size());
    EXPECT_TRUE(std::equal(sequence.begin(), sequence.end(), picture.bytes.begin()));
  }
}

TEST(EncoderUse, StatsAddUp) {
  StreamInfo info = test::small_stream(64, 48);
  EncoderOptions options = test::frame_options(3);
  options.compute_psnr = true;
  Encoder encoder;
  encoder.configure(info, options);
  std::size_t bytes = 0;
  for (int n = 0; n < 3; n++) {
    const Bytes samples = test::sample_picture(info.format, n);
    encoder.push(test::view_of(info.format, samples), test::at_picture(n));
    EncodedPicture result;
    ASSERT_TRUE(encoder.pull(result));
    EXPECT_EQ(result.info, test::at_picture(n));
    bytes += result.bytes.size();
  }
  const EncoderStats stats = encoder.stats();
  EXPECT_EQ(stats.pictures, 3u);
  EXPECT_EQ(stats.bytes, bytes);
  EXPECT_DOUBLE_EQ(stats.bits_per_pixel, 8.0 * static_cast<double>(bytes) / (3 * 64 * 48));
  EXPECT_DOUBLE_EQ(stats.rank, 3);
  EXPECT_GT(stats.psnr, 20);
  EXPECT_LT(stats.psnr, 50);
}

TEST(EncoderUse, BitrateIsMet) {
  const StreamInfo info = test::small_stream(160, 120);
  EncoderOptions options = test::frame_options(0);
  options.bitrate = 1000;
  Encoder encoder;
  encoder.configure(info, options);
  for (const int kilobits : {1000, 400}) {
    options.bitrate = kilobits;
    encoder.set_options(options);
    std::size_t bytes = 0;
    for (int n = 0; n < 150; n++) {
      const Bytes samples = test::sample_picture(info.format, n % 7);
      encoder.push(test::view_of(info.format, samples), {});
      EncodedPicture result;
      ASSERT_TRUE(encoder.pull(result));
      bytes += n >= 50 ? result.bytes.size() : 0;
    }
    EXPECT_NEAR(8.0 * static_cast<double>(bytes) / 4000, kilobits, 0.1 * kilobits);
  }
}

codec::KeyPolicy policy_of(Layout layout, int interval, const Rational& rate) {
  StreamInfo info = test::small_stream();
  info.frame_rate = rate;
  EncoderOptions options;
  options.layout = layout;
  options.key_interval = interval;
  return codec::key_policy(options, info);
}

TEST(KeyPolicy, AutomaticIsTenSeconds) {
  EXPECT_EQ(policy_of(Layout::patch, 0, {10, 1}).interval, 100);
  EXPECT_EQ(policy_of(Layout::patch, 0, {24000, 1001}).interval, 239);
  EXPECT_EQ(policy_of(Layout::patch, 0, {60, 1}).interval, 250);
  EXPECT_EQ(policy_of(Layout::patch, 0, {0, 1}).interval, 250);
  EXPECT_EQ(policy_of(Layout::patch, 0, {1, 100}).interval, 1);
  EXPECT_EQ(policy_of(Layout::patch, 77, {60, 1}).interval, 77);
  EXPECT_EQ(policy_of(Layout::frame, 77, {60, 1}).interval, 1);
}

TEST(KeyPolicy, KeysAreFinerWhereOthersReferToThem) {
  EXPECT_EQ(policy_of(Layout::patch, 77, {60, 1}).refinement, 8);
  EXPECT_EQ(policy_of(Layout::patch, 1, {60, 1}).refinement, 0);
  EXPECT_EQ(policy_of(Layout::frame, 77, {60, 1}).refinement, 0);
}

}  // namespace
}  // namespace lowrank
