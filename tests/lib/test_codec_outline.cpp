// SPDX-License-Identifier: LGPL-2.1-or-later

// Where in a stream its pictures are: by the parser, and by the headers of their packets alone.
#include <gtest/gtest.h>

#include "codec/packet.h"
#include "codec_streams.h"

namespace lowrank {
namespace {

using codec::PacketType;
using test::append;
using test::at_picture;
using test::Bytes;

Bytes unknown_packet(std::size_t payload) {
  Bytes packet;
  codec::append_packet(static_cast<PacketType>(9), Bytes(payload, 5), packet);
  return packet;
}

class Outline : public testing::Test {
 protected:
  static EncoderOptions options() {
    EncoderOptions result;
    result.key_interval = 3;
    result.threads = 1;
    return result;
  }

  StreamInfo info = test::small_stream();
  std::vector<EncodedPicture> pictures = test::encode_some(info, 7, options());
  Bytes stream = test::joined(pictures);
};

TEST_F(Outline, ThePlacesOfParsedPicturesAreThoseOfTheirBytes) {
  Bytes bytes(10, 'x');
  append(bytes, stream);
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{50}, bytes.size()}) {
    PacketParser parser;
    ParsedPicture picture;
    std::uint64_t end = 10;
    for (std::size_t at = 0; at < bytes.size(); at += chunk) {
      parser.push(ByteSpan(bytes).subspan(at, std::min(chunk, bytes.size() - at)));
      while (parser.pull(picture)) {
        EXPECT_EQ(picture.begin, end);
        EXPECT_EQ(picture.sequence_size > 0, picture.key);
        end += picture.bytes.size();
        EXPECT_EQ(picture.end, end);
        EXPECT_EQ(Bytes(bytes.begin() + static_cast<std::ptrdiff_t>(picture.begin),
                        bytes.begin() + static_cast<std::ptrdiff_t>(picture.end)),
                  picture.bytes);
        EXPECT_EQ(parser.position(), end);
      }
    }
    EXPECT_EQ(end, bytes.size());
  }
}

TEST_F(Outline, ThePlaceOfAPictureWithStrangePacketsWithinIsLargerThanItsBytes) {
  const std::vector<ParsedPicture> plain = test::parse_all(pictures[0].bytes);
  Bytes bytes = pictures[0].bytes;
  const Bytes strange = unknown_packet(20);
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(plain[0].sequence_size), strange.begin(),
               strange.end());
  const std::vector<ParsedPicture> parsed = test::parse_all(bytes);
  ASSERT_EQ(parsed.size(), 1u);
  EXPECT_EQ(parsed[0].begin, 0u);
  EXPECT_EQ(parsed[0].end, bytes.size());
  EXPECT_EQ(parsed[0].bytes, pictures[0].bytes);

  PictureOutline outline;
  ASSERT_TRUE(PacketParser::outline(bytes, outline));
  EXPECT_EQ(outline.size, bytes.size());
}

TEST_F(Outline, ThePositionIsBeforeWhatMayStillBecomeAPicture) {
  PacketParser parser;
  ParsedPicture picture;
  const Bytes noise(33, 'z');
  parser.push(noise);
  EXPECT_FALSE(parser.pull(picture));
  EXPECT_EQ(parser.position(), noise.size());
  parser.push(ByteSpan(stream).first(pictures[0].bytes.size() - 1));
  EXPECT_FALSE(parser.pull(picture));
  EXPECT_EQ(parser.position(), noise.size());
  parser.flush();
  EXPECT_EQ(parser.position(), 0u);
  parser.push(stream);
  EXPECT_TRUE(parser.pull(picture));
  EXPECT_EQ(picture.begin, 0u);
}

TEST_F(Outline, LeadsFromPictureToPicture) {
  PictureOutline outline;
  std::size_t at = 0;
  for (std::size_t n = 0; n < pictures.size(); n++) {
    // The first bytes are enough.
    const std::size_t some = std::min<std::size_t>(stream.size() - at, 64);
    ASSERT_TRUE(PacketParser::outline(ByteSpan(stream).subspan(at, some), outline)) << n;
    EXPECT_EQ(outline.size, pictures[n].bytes.size());
    EXPECT_EQ(outline.key, pictures[n].key);
    EXPECT_EQ(outline.info, at_picture(static_cast<int>(n)));
    EXPECT_EQ(outline.stream, info);
    at += outline.size;
  }
  EXPECT_EQ(at, stream.size());
}

TEST_F(Outline, IsRefusedWhereNoPictureBegins) {
  PictureOutline outline;
  const ByteSpan key = pictures[0].bytes;
  const std::size_t sequence = test::parse_all(pictures[0].bytes)[0].sequence_size;
  // Up to the header of the second packet.
  for (std::size_t size = 0; size < sequence + 8; size++)
    EXPECT_FALSE(PacketParser::outline(key.first(size), outline)) << size;
  EXPECT_FALSE(PacketParser::outline(key.subspan(1), outline));
  // A key without its sequence packet.
  EXPECT_FALSE(PacketParser::outline(key.subspan(sequence), outline));
  EXPECT_EQ(outline.size, 0u) << "it was not to be touched";
}

// No encoder of ours writes that, but the parser gives it out, and so who goes by outlines passes
// it.
TEST_F(Outline, ASequencePacketMayComeBeforeAPredictedPicture) {
  const std::size_t sequence = test::parse_all(pictures[0].bytes)[0].sequence_size;
  Bytes mixed(pictures[0].bytes.begin(),
              pictures[0].bytes.begin() + static_cast<std::ptrdiff_t>(sequence));
  append(mixed, pictures[1].bytes);
  PictureOutline outline;
  ASSERT_TRUE(PacketParser::outline(mixed, outline));
  const std::vector<ParsedPicture> parsed = test::parse_all(mixed);
  ASSERT_EQ(parsed.size(), 1u);
  EXPECT_EQ(outline.size, parsed[0].bytes.size());
  EXPECT_EQ(outline.key, parsed[0].key);
  EXPECT_FALSE(outline.key);
}

}  // namespace
}  // namespace lowrank
