// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <random>

#include "codec/crc.h"
#include "codec/packet.h"
#include "codec_streams.h"

namespace lowrank {
namespace {

using codec::PacketType;
using Kind = StreamError::Kind;
using test::append;
using test::at_picture;
using test::Bytes;

class Parser : public testing::Test {
 protected:
  StreamInfo info = test::small_stream();
  std::vector<EncodedPicture> pictures = test::encode_some(info, 4);
  Bytes stream = test::joined(pictures);

  // That they are pictures of the stream, the first ones or the last ones or all but some.
  void expect_some_of(const std::vector<ParsedPicture>& parsed) {
    std::size_t next = 0;
    for (const ParsedPicture& picture : parsed) {
      while (next < pictures.size() && pictures[next].bytes != picture.bytes)
        next++;
      ASSERT_LT(next, pictures.size()) << "a picture that nobody encoded";
      EXPECT_EQ(picture.info, pictures[next].info);
      EXPECT_EQ(picture.stream, info);
      next++;
    }
  }
};

TEST_F(Parser, CutsAStreamIntoPictures) {
  const std::vector<ParsedPicture> parsed = test::parse_all(stream);
  ASSERT_EQ(parsed.size(), pictures.size());
  expect_some_of(parsed);
  for (const ParsedPicture& picture : parsed) {
    EXPECT_TRUE(picture.key);
    EXPECT_FALSE(picture.discontinuous);
  }
}

TEST_F(Parser, ChunksDoNotMatter) {
  std::mt19937 engine(1);
  for (int round = 0; round < 200; round++) {
    PacketParser parser;
    std::vector<ParsedPicture> parsed;
    for (std::size_t at = 0; at < stream.size();) {
      const std::size_t size =
          std::min<std::size_t>(stream.size() - at, engine() % (engine() % 2 == 0 ? 4 : 200));
      parser.push(ByteSpan(stream).subspan(at, size));
      at += size;
      if (engine() % 2 == 0)
        for (ParsedPicture picture; parser.pull(picture);)
          parsed.push_back(picture);
    }
    for (ParsedPicture picture; parser.pull(picture);)
      parsed.push_back(picture);
    ASSERT_EQ(parsed.size(), pictures.size());
    expect_some_of(parsed);
    EXPECT_EQ(parser.take_error().kind, Kind::none);
  }
}

TEST_F(Parser, APictureComesWithItsLastByte) {
  PacketParser parser;
  std::size_t at = 0;
  for (const EncodedPicture& expected : pictures) {
    ParsedPicture picture;
    for (std::size_t i = 0; i + 1 < expected.bytes.size(); i++, at++) {
      parser.push(ByteSpan(stream).subspan(at, 1));
      ASSERT_FALSE(parser.pull(picture));
    }
    parser.push(ByteSpan(stream).subspan(at++, 1));
    EXPECT_TRUE(parser.pull(picture));
  }
}

TEST_F(Parser, SkipsWhatIsNoPicture) {
  Bytes mixed = {'L', 'R', 'L', 'R', 'V', 0x11, 'L'};
  append(mixed, pictures[0].bytes);
  codec::append_packet(static_cast<PacketType>(9), Bytes(100, 'L'), mixed);
  append(mixed, pictures[1].bytes);
  append(mixed, Bytes(5000, 'R'));
  append(mixed, pictures[2].bytes);
  PacketParser parser;
  parser.push(mixed);
  const std::vector<ParsedPicture> parsed = test::pull_all(parser);
  ASSERT_EQ(parsed.size(), 3u);
  expect_some_of(parsed);
  EXPECT_TRUE(parsed[0].discontinuous);
  EXPECT_FALSE(parsed[1].discontinuous) << "a packet of another type is no damage";
  EXPECT_TRUE(parsed[2].discontinuous);
  EXPECT_EQ(parser.take_error().kind, Kind::damaged);
  EXPECT_EQ(parser.take_error().kind, Kind::none);
}

TEST_F(Parser, JoinedStreamsOfOtherSizes) {
  const StreamInfo larger = test::small_stream(40, 30);
  append(stream, test::joined(test::encode_some(larger, 2)));
  const std::vector<ParsedPicture> parsed = test::parse_all(stream);
  ASSERT_EQ(parsed.size(), 6u);
  EXPECT_EQ(parsed[3].stream, info);
  EXPECT_EQ(parsed[4].stream, larger);
  EXPECT_EQ(parsed[5].stream, larger);
}

TEST_F(Parser, EveryDamagedByteCostsOnePictureAtMost) {
  for (std::size_t at = 0; at < stream.size(); at++)
    for (const unsigned change : {0x01u, 0x02u, 0x04u, 0x08u, 0x10u, 0x20u, 0x40u, 0x80u, 0xFFu}) {
      Bytes damaged = stream;
      damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ change);
      const std::vector<ParsedPicture> parsed = test::parse_all(damaged);
      ASSERT_EQ(parsed.size(), pictures.size() - 1) << "byte " << at;
      expect_some_of(parsed);
    }
}

TEST_F(Parser, EveryTruncationKeepsWhatIsWhole) {
  std::size_t whole = 0, end = pictures[0].bytes.size();
  for (std::size_t size = 0; size <= stream.size(); size++) {
    while (size >= end) {
      whole++;
      end = whole < pictures.size() ? end + pictures[whole].bytes.size() : stream.size() + 1;
    }
    const Bytes cut(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(test::parse_all(cut).size(), whole) << size;
  }
}

TEST_F(Parser, EveryMissingRunOfBytesCostsWhatItTouches) {
  for (std::size_t from = 0; from < stream.size(); from++)
    for (const std::size_t count : {1u, 5u, 40u, 150u}) {
      const std::size_t until = std::min(from + count, stream.size());
      Bytes cut = stream;
      cut.erase(cut.begin() + static_cast<std::ptrdiff_t>(from),
                cut.begin() + static_cast<std::ptrdiff_t>(until));
      std::size_t whole = 0, begin = 0;
      for (const EncodedPicture& picture : pictures) {
        const std::size_t end = begin + picture.bytes.size();
        whole += end <= from || begin >= until ? 1 : 0;
        begin = end;
      }
      const std::vector<ParsedPicture> parsed = test::parse_all(cut);
      EXPECT_EQ(parsed.size(), whole) << count << " from " << from;
      expect_some_of(parsed);
    }
}

// Each header says that all that follows is its payload, so that checking it again for each of them
// would take the square of the bytes.
TEST(PacketParser, HostileHeadersTakeLinearWork) {
  const StreamInfo info = test::small_stream(1000, 1000);
  Encoder encoder;
  encoder.configure(info, test::frame_options());
  Bytes stream = encoder.sequence_packet();
  const Bytes payload(4'000'000, 0);
  Bytes packet;
  codec::append_packet(PacketType::predicted_picture, payload, packet);
  packet.resize(packet.size() - payload.size());
  while (stream.size() < 8'000'000)
    append(stream, packet);
  const std::vector<EncodedPicture> good = test::encode_some(test::small_stream(), 2);
  append(stream, test::joined(good));
  EXPECT_EQ(test::parse_all(stream).size(), 2u);
}

TEST(PacketParser, LimitsWhatItWaitsFor) {
  const StreamInfo info = test::small_stream();
  Encoder encoder;
  encoder.configure(info, test::frame_options());
  Bytes stream = encoder.sequence_packet();
  codec::append_packet(PacketType::key_picture, Bytes(2'000'000, 1), stream);
  PacketParser parser;
  // Were it waited for, nothing would be known before its end.
  parser.push(ByteSpan(stream).first(100));
  ParsedPicture picture;
  EXPECT_FALSE(parser.pull(picture));
  EXPECT_EQ(parser.take_error().kind, Kind::over_limit);
}

TEST(PacketParser, SaysWhyPicturesWereRefused) {
  const StreamInfo info = test::small_stream(200, 100);
  const Bytes stream = test::joined(test::encode_some(info, 1));
  const auto kind_of = [](const Bytes& bytes, const CodecLimits& limits) {
    PacketParser parser(limits);
    parser.push(bytes);
    EXPECT_TRUE(test::pull_all(parser).empty());
    return parser.take_error();
  };
  const StreamError error = kind_of(stream, {199, 1 << 20, 0});
  EXPECT_EQ(error.kind, Kind::over_limit);
  EXPECT_NE(error.message.find("200x100"), std::string::npos) << error.message;
  EXPECT_EQ(kind_of(stream, {8192, 1 << 28, 10}).kind, Kind::over_limit);

  Encoder encoder;
  encoder.configure(info, test::frame_options());
  const Bytes sequence = encoder.sequence_packet();
  const Bytes alone(stream.begin() + static_cast<std::ptrdiff_t>(sequence.size()), stream.end());
  EXPECT_NE(kind_of(alone, {}).message.find("sequence"), std::string::npos);

  Bytes later = {'L', 'R', 'V', 2 << 4 | 1, 0, 0xFF, 0xFF};
  later.push_back(codec::crc8(later));
  EXPECT_EQ(kind_of(later, {}).kind, Kind::unsupported_version);
}

TEST_F(Parser, WhereverAStreamEndsAllBytesAreDoneWith) {
  for (std::size_t size = 0; size <= stream.size(); size++) {
    PacketParser parser;
    parser.push(ByteSpan(stream).first(size));
    parser.drain();
    test::pull_all(parser);
    ASSERT_EQ(parser.position(), size);
    // More may come after all.
    parser.push(stream);
    ASSERT_EQ(test::pull_all(parser).size(), pictures.size()) << size;
    ASSERT_EQ(parser.position(), size + stream.size());
  }
}

TEST(PacketParser, FlushKeepsTheStream) {
  const std::vector<EncodedPicture> pictures = test::encode_some(test::small_stream(), 2);
  PacketParser parser;
  parser.push(ByteSpan(pictures[0].bytes).first(60));
  parser.flush();
  parser.push(pictures[1].bytes);
  const std::vector<ParsedPicture> parsed = test::pull_all(parser);
  ASSERT_EQ(parsed.size(), 1u);
  EXPECT_FALSE(parsed[0].discontinuous);
}

TEST(PacketParser, Likelihood) {
  const Bytes stream = test::joined(test::encode_some(test::small_stream(), 1));
  EXPECT_EQ(PacketParser::likelihood(stream), 100);
  EXPECT_EQ(PacketParser::likelihood({}), 0);
  EXPECT_EQ(PacketParser::likelihood(ByteSpan(stream).first(3)), 0);
  EXPECT_EQ(PacketParser::likelihood(ByteSpan(stream).first(5)), 50);
  EXPECT_EQ(PacketParser::likelihood(ByteSpan(stream).first(12)), 90);
  EXPECT_EQ(PacketParser::likelihood(ByteSpan(stream).subspan(1)), 0);
  Bytes damaged = stream;
  damaged[5] ^= 1;
  EXPECT_EQ(PacketParser::likelihood(damaged), 0);
}

}  // namespace
}  // namespace lowrank
