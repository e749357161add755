// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>
#include <malloc.h>

#include <optional>
#include <random>

#include "codec/packet.h"
#include "codec_streams.h"
#include "messages.h"

namespace lowrank {
namespace {

using codec::PacketType;
using Kind = StreamError::Kind;
using test::at_picture;
using test::Bytes;

// Where the number of a picture stands in a payload whose time takes one byte.
constexpr std::size_t number_at = 2;

Bytes payload_of(const EncodedPicture& picture) {
  ByteSpan bytes = picture.bytes;
  codec::PacketHeader header;
  do {
    EXPECT_EQ(codec::read_packet_header(bytes, header), codec::HeaderCheck::whole);
    bytes = bytes.subspan(header.size);
    if (header.is_picture())
      break;
    bytes = bytes.subspan(header.payload_size);
  } while (true);
  return {bytes.begin(), bytes.end()};
}

/// The same picture as a predicted one with this number. (Pictures of layout frame refer to no
/// other, but what a decoder does about missing ones is the same for all layouts.)
Bytes predicted(const EncodedPicture& picture, int number) {
  Bytes payload = payload_of(picture);
  payload[number_at] = static_cast<std::uint8_t>(number);
  Bytes bytes;
  codec::append_packet(PacketType::predicted_picture, payload, bytes);
  return bytes;
}

struct Shown {
  Bytes samples;
  PictureInfo info;
  StreamInfo stream;
  bool key = false;
  bool damaged = false;
};

class Decoding : public testing::Test {
 protected:
  StreamInfo info = test::small_stream();
  std::vector<EncodedPicture> pictures = test::encode_some(info, 6);
  Decoder decoder;
  StreamError error;

  std::optional<Shown> show(ByteSpan bytes) {
    error = decoder.push(bytes);
    DecodedPicture picture;
    if (!decoder.pull(picture))
      return std::nullopt;
    EXPECT_FALSE(decoder.pull(picture));
    return Shown{test::packed(picture.image), picture.info, picture.stream, picture.key,
                 picture.damaged};
  }
};

TEST_F(Decoding, GivesWhatWasEncoded) {
  for (std::size_t n = 0; n < pictures.size(); n++) {
    const std::optional<Shown> shown = show(pictures[n].bytes);
    ASSERT_TRUE(shown);
    EXPECT_EQ(error.kind, Kind::none) << error.message;
    EXPECT_EQ(shown->info, at_picture(static_cast<int>(n)));
    EXPECT_EQ(shown->stream, info);
    EXPECT_TRUE(shown->key);
    EXPECT_FALSE(shown->damaged);
    // Two components of sixteen are not exact, but no other picture either.
    const Bytes samples = test::sample_picture(info.format, static_cast<int>(n));
    EXPECT_GT(test::psnr(test::view_of(info.format, shown->samples), samples), 20);
  }
}

TEST_F(Decoding, MissingPicturesShowInTheNumbers) {
  ASSERT_TRUE(show(pictures[0].bytes));
  const std::optional<Shown> second = show(predicted(pictures[1], 1));
  ASSERT_TRUE(second);
  EXPECT_EQ(error.kind, Kind::none);
  EXPECT_FALSE(second->damaged);
  EXPECT_FALSE(second->key);

  for (const int number : {3, 2, 4}) {  // once one is missing, those after it do not help
    const std::optional<Shown> third = show(predicted(pictures[2], number));
    ASSERT_TRUE(third);
    EXPECT_EQ(error.kind, Kind::damaged);
    EXPECT_TRUE(third->damaged);
    EXPECT_EQ(third->samples, second->samples);
    EXPECT_EQ(third->info, at_picture(2));
  }
  const std::optional<Shown> key = show(pictures[4].bytes);
  ASSERT_TRUE(key);
  EXPECT_FALSE(key->damaged);
  ASSERT_TRUE(show(predicted(pictures[5], 5)));
  EXPECT_EQ(error.kind, Kind::none);
}

TEST_F(Decoding, NumbersBeginAgainAt256) {
  ASSERT_TRUE(show(pictures[0].bytes));
  for (int n = 1; n < 600; n++) {
    ASSERT_TRUE(show(predicted(pictures[1], n % 256)));
    ASSERT_EQ(error.kind, Kind::none) << error.message;
  }
}

TEST_F(Decoding, WhatIsDamagedIsConcealed) {
  const std::optional<Shown> first = show(pictures[0].bytes);
  ASSERT_TRUE(first);
  Bytes damaged = pictures[1].bytes;
  damaged.back() ^= 1;
  const std::optional<Shown> second = show(damaged);
  ASSERT_TRUE(second);
  EXPECT_EQ(error.kind, Kind::damaged);
  EXPECT_TRUE(second->damaged);
  EXPECT_EQ(second->samples, first->samples);
  show(predicted(pictures[2], 2));
  EXPECT_EQ(error.kind, Kind::damaged) << "it refers to the one that was damaged";
}

TEST_F(Decoding, NothingIsShownBeforeTheFirstKey) {
  EXPECT_FALSE(show(predicted(pictures[0], 0)));
  EXPECT_EQ(error.kind, Kind::damaged);
  EXPECT_FALSE(show({}));
  EXPECT_EQ(error.kind, Kind::damaged);
  EXPECT_FALSE(show(Bytes(100, 'L')));
  EXPECT_EQ(error.kind, Kind::damaged);
  Encoder encoder;
  encoder.configure(info, test::frame_options());
  EXPECT_FALSE(show(encoder.sequence_packet()));
  EXPECT_EQ(error.kind, Kind::none);
  EXPECT_FALSE(show(predicted(pictures[0], 0)));
  EXPECT_EQ(error.kind, Kind::damaged);
  // A sequence packet may have come by another way.
  Bytes alone;
  codec::append_packet(PacketType::key_picture, payload_of(pictures[0]), alone);
  EXPECT_TRUE(show(alone));
  EXPECT_EQ(error.kind, Kind::none);
}

TEST_F(Decoding, FlushForgetsReferencesAndPictures) {
  ASSERT_TRUE(show(pictures[0].bytes));
  decoder.flush();
  EXPECT_FALSE(show(predicted(pictures[1], 1)));
  EXPECT_EQ(error.kind, Kind::damaged);
  EXPECT_TRUE(show(pictures[2].bytes));
}

TEST_F(Decoding, SizesMayChange) {
  ASSERT_TRUE(show(pictures[0].bytes));
  const StreamInfo larger = test::small_stream(33, 50);
  const std::optional<Shown> other = show(test::encode_some(larger, 1)[0].bytes);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->stream, larger);
  EXPECT_EQ(other->samples.size(), 33u * 50u);
  StreamInfo color = info;
  color.format.color = ColorModel::ycbcr;
  color.format.chroma_shift_x = 1;
  const std::optional<Shown> in_color = show(test::encode_some(color, 1)[0].bytes);
  ASSERT_TRUE(in_color);
  EXPECT_EQ(in_color->samples.size(), 2u * 16u * 12u);
  // A picture of another size does not stand for one that is missing.
  Bytes damaged = pictures[1].bytes;
  damaged.back() ^= 1;
  EXPECT_FALSE(show(damaged));
  EXPECT_EQ(error.kind, Kind::damaged);
}

TEST_F(Decoding, LimitsHold) {
  DecoderOptions options;
  options.limits.side = 15;
  decoder.configure(options);
  EXPECT_FALSE(show(pictures[0].bytes));
  EXPECT_EQ(error.kind, Kind::over_limit);
  EXPECT_NE(error.message.find("16x12"), std::string::npos);
  options.limits = {};
  options.limits.pixels = 191;
  decoder.configure(options);
  EXPECT_FALSE(show(pictures[0].bytes));
  EXPECT_EQ(error.kind, Kind::over_limit);
  options.limits = {};
  options.limits.payload = 20;
  decoder.configure(options);
  EXPECT_FALSE(show(pictures[0].bytes));
  EXPECT_EQ(error.kind, Kind::over_limit);
}

TEST_F(Decoding, MoreThanOnePictureAtATimeIsRefused) {
  Bytes two = pictures[0].bytes;
  test::append(two, pictures[1].bytes);
  EXPECT_TRUE(show(two));
  EXPECT_EQ(error.kind, Kind::damaged);
}

TEST(DecoderArguments, AreNamedWhenBad) {
  const auto message = [](const DecoderOptions& options) {
    Decoder decoder;
    return test::message_of([&] { decoder.configure(options); });
  };
  EXPECT_NE(message({-1, 0, {}}).find("max_rank is -1"), std::string::npos);
  EXPECT_NE(message({0, 2000, {}}).find("threads is 2000"), std::string::npos);
  EXPECT_NE(message({0, 0, {0, 1, 0}}).find("side is 0"), std::string::npos);
  EXPECT_NE(message({0, 0, {1, 0, 0}}).find("picture is 0"), std::string::npos);
  Decoder decoder;
  EXPECT_THROW(decoder.set_max_rank(-1), std::invalid_argument);
}

TEST_F(Decoding, EveryDamagedByteIsNoticed) {
  for (std::size_t at = 0; at < pictures[1].bytes.size(); at++)
    for (int change = 1; change < 256; change++) {
      decoder.configure({0, 1, {}});
      const std::optional<Shown> first = show(pictures[0].bytes);
      Bytes damaged = pictures[1].bytes;
      damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ change);
      const std::optional<Shown> second = show(damaged);
      ASSERT_NE(error.kind, Kind::none) << at;
      ASSERT_TRUE(!second || (second->damaged && second->samples == first->samples));
      show(pictures[2].bytes);
      ASSERT_EQ(error.kind, Kind::none) << error.message;
    }
}

TEST_F(Decoding, EveryTruncationIsNoticed) {
  for (std::size_t size = 0; size < pictures[1].bytes.size(); size++) {
    decoder.configure({0, 1, {}});
    show(ByteSpan(pictures[1].bytes).first(size));
    Encoder encoder;
    encoder.configure(info, test::frame_options());
    const bool sequence_alone = size == encoder.sequence_packet().size();
    EXPECT_EQ(error.kind == Kind::none, sequence_alone) << size;
  }
}

// What is lost on the way costs the pictures up to the next key, and no more.
TEST_F(Decoding, LostPicturesOfLayoutPatchEndAtTheNextKey) {
  EncoderOptions options;
  options.key_interval = 5;
  options.threads = 1;
  const std::vector<EncodedPicture> stream =
      test::encode_some(test::small_stream(40, 24), 12, options);
  for (int n = 0; n < 12; n++) {
    ASSERT_EQ(stream[static_cast<std::size_t>(n)].key, n % 5 == 0);
    if (n == 2)
      continue;
    const std::optional<Shown> shown = show(stream[static_cast<std::size_t>(n)].bytes);
    ASSERT_TRUE(shown);
    const bool lost = n > 2 && n < 5;
    EXPECT_EQ(shown->damaged, lost) << n;
    EXPECT_EQ(error.kind, lost ? Kind::damaged : Kind::none) << n;
    EXPECT_EQ(shown->info, at_picture(n));
  }
}

// Damage that checksums do not show, as of who means harm.
class AnyPayload : public testing::TestWithParam<Layout> {
 protected:
  static constexpr int width = 40, height = 24;
  StreamInfo info;
  std::vector<EncodedPicture> pictures;
  Bytes sequence;

  void SetUp() override {
    info = test::small_stream();
    info.format = {ColorModel::ycbcr, width, height, 1, 1};
    EncoderOptions options = test::frame_options();
    if (GetParam() == Layout::patch)
      options = {};
    options.quality = 60;
    options.threads = 1;
    pictures = test::encode_some(info, 2, options);
    Encoder encoder;
    encoder.configure(info, options);
    sequence = encoder.sequence_packet();
  }

  // As it comes behind the first picture.
  void endure(PacketType type, const Bytes& payload) {
    Decoder decoder;
    decoder.configure({0, 1, {}});
    ASSERT_EQ(decoder.push(pictures[0].bytes).kind, Kind::none);
    Bytes bytes = sequence;
    codec::append_packet(type, payload, bytes);
    decoder.push(bytes);
    DecodedPicture shown;
    ASSERT_TRUE(decoder.pull(shown));
    ASSERT_EQ(test::packed(shown.image).size(), static_cast<std::size_t>(info.format.samples()));
    ASSERT_EQ(decoder.push(pictures[0].bytes).kind, Kind::none) << "a key is all that it takes";
  }
};

TEST_P(AnyPayload, IsEnduredWithEveryByteDamaged) {
  for (std::size_t n = 0; n < 2; n++) {
    const PacketType type =
        pictures[n].key ? PacketType::key_picture : PacketType::predicted_picture;
    const Bytes good = payload_of(pictures[n]);
    for (std::size_t at = 0; at < good.size(); at++)
      for (const unsigned change : {0x01u, 0x04u, 0x10u, 0x80u, 0xFFu}) {
        Bytes payload = good;
        payload[at] = static_cast<std::uint8_t>(payload[at] ^ change);
        endure(type, payload);
      }
  }
}

TEST_P(AnyPayload, IsEnduredCutAnywhere) {
  for (std::size_t n = 0; n < 2; n++) {
    const PacketType type =
        pictures[n].key ? PacketType::key_picture : PacketType::predicted_picture;
    const Bytes good = payload_of(pictures[n]);
    for (std::size_t size = 0; size < good.size(); size++)
      endure(type, {good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)});
  }
}

TEST_P(AnyPayload, IsEnduredAtRandom) {
  std::mt19937 engine(1);
  for (int round = 0; round < 1000; round++) {
    const Bytes good = payload_of(pictures[engine() % 2]);
    Bytes payload(good.begin(), good.begin() + number_at + 2 + engine() % 8);
    const std::size_t size = payload.size() + engine() % 300;
    const unsigned range = engine() % 2 == 0 ? 256 : 2;
    while (payload.size() < size)
      payload.push_back(static_cast<std::uint8_t>(engine() % range));
    endure(engine() % 2 == 0 ? PacketType::key_picture : PacketType::predicted_picture, payload);
  }
}

INSTANTIATE_TEST_SUITE_P(Layouts, AnyPayload, testing::Values(Layout::patch, Layout::frame),
                         [](const auto& instance) {
                           return instance.param == Layout::patch ? "Patch" : "Frame";
                         });

// Bytes that say of themselves that they are many.
TEST(DecoderMemory, IsTakenForWhatIsThereAndNotForWhatIsClaimed) {
  StreamInfo info = test::small_stream(8192, 8192);
  Encoder encoder;
  EncoderOptions options = test::frame_options();
  encoder.configure(info, options);
  const auto in_use = [] {
    const struct mallinfo2 state = mallinfo2();
    return state.uordblks + state.hblkhd;
  };
  const std::size_t before = in_use();
  Bytes bytes = encoder.sequence_packet();
  const Bytes rank_of_8191{0, 0, 1, 0xFF, 0x3F, 1, 1, 0xFF, 0xFF, 0x03};
  codec::append_packet(PacketType::key_picture, rank_of_8191, bytes);
  PacketParser parser;
  Decoder decoder;
  decoder.configure({0, 1, {}});
  for (int i = 0; i < 100; i++) {
    parser.push(bytes);
    ParsedPicture picture;
    ASSERT_TRUE(parser.pull(picture));
    EXPECT_EQ(decoder.push(picture.bytes).kind, Kind::damaged);
  }
  constexpr std::size_t picture_bytes = 8192u * 8192u;
  EXPECT_LT(in_use() - before, picture_bytes + (1u << 20));
  // Many bytes that are no picture.
  const Bytes junk(1 << 20, 'L');
  for (int i = 0; i < 64; i++) {
    parser.push(junk);
    ParsedPicture picture;
    ASSERT_FALSE(parser.pull(picture));
  }
  EXPECT_LT(in_use() - before, picture_bytes + (4u << 20));
}

}  // namespace
}  // namespace lowrank
