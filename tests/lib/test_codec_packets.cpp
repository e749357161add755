// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <string_view>

#include "codec/byte_reader.h"
#include "codec/byte_writer.h"
#include "codec/crc.h"
#include "codec/packet.h"
#include "codec/picture_header.h"
#include "codec/sequence.h"
#include "codec_streams.h"

namespace lowrank {
namespace {

using codec::ByteReader;
using codec::ByteWriter;
using codec::HeaderCheck;
using codec::PacketHeader;
using codec::PacketType;
using codec::PictureHeader;
using test::Bytes;

Bytes text(std::string_view characters) {
  return {characters.begin(), characters.end()};
}

// The check values that catalogues of CRCs list.
TEST(Crc, HasTheCheckValues) {
  EXPECT_EQ(codec::crc16(text("123456789")), 0x29B1);
  EXPECT_EQ(codec::crc8(text("123456789")), 0xF4);
  EXPECT_EQ(codec::crc16({}), 0xFFFF);
}

TEST(ByteReader, ReadsVarintsOfEveryLength) {
  for (int bits = 0; bits <= 64; bits++) {
    const std::uint64_t value = bits == 0 ? 0 : UINT64_MAX >> (64 - bits);
    Bytes bytes;
    ByteWriter(bytes).varint(value);
    EXPECT_EQ(bytes.size(), static_cast<std::size_t>(std::max(1, (bits + 6) / 7)));
    ByteReader reader(bytes);
    EXPECT_EQ(reader.varint64(), value);
    EXPECT_TRUE(reader.ok());
    EXPECT_EQ(reader.left(), 0u);
    ByteReader narrow(bytes);
    EXPECT_EQ(narrow.varint(), bits <= 32 ? value : 0);
    EXPECT_EQ(narrow.ok(), bits <= 32);
  }
}

TEST(ByteReader, FailsForGoodAtWhatIsTooLongOrNotThere) {
  for (const Bytes& bytes : {Bytes(11, 0xFF), Bytes{0x80}, Bytes{},
                             Bytes{255, 255, 255, 255, 255, 255, 255, 255, 255, 2}}) {
    ByteReader reader(bytes);
    EXPECT_EQ(reader.varint64(), 0u);
    EXPECT_FALSE(reader.ok());
    EXPECT_EQ(reader.byte(), 0);
    EXPECT_EQ(reader.left(), 0u);
  }
}

TEST(ByteReader, PartsDoNotReachBeyondTheirEnd) {
  const Bytes bytes{1, 2, 3, 4, 5};
  ByteReader reader(bytes);
  ByteReader part = reader.part(2);
  EXPECT_EQ(part.byte(), 1);
  EXPECT_EQ(part.two_bytes(), 0);
  EXPECT_FALSE(part.ok());
  EXPECT_EQ(reader.byte(), 3);
  ByteReader beyond = reader.part(3);
  EXPECT_FALSE(beyond.ok());
  EXPECT_FALSE(reader.ok());
}

TEST(Packet, HeaderSaysWhatWasWritten) {
  for (const std::size_t size : {0u, 1u, 127u, 128u, 20000u}) {
    const Bytes payload(size, 7);
    Bytes packet;
    codec::append_packet(PacketType::key_picture, payload, packet);
    PacketHeader header;
    ASSERT_EQ(codec::read_packet_header(packet, header), HeaderCheck::whole);
    EXPECT_EQ(header.version, 1);
    EXPECT_EQ(header.type, PacketType::key_picture);
    EXPECT_EQ(header.payload_size, size);
    EXPECT_EQ(header.payload_checksum, codec::crc16(payload));
    EXPECT_EQ(header.size + size, packet.size());
    EXPECT_LE(header.size, codec::largest_packet_header);
    for (std::size_t i = 0; i < header.size; i++)
      EXPECT_EQ(codec::read_packet_header(ByteSpan(packet).first(i), header),
                HeaderCheck::incomplete);
  }
}

TEST(Packet, EveryFlippedBitOfAHeaderShows) {
  Bytes packet;
  codec::append_packet(PacketType::predicted_picture, Bytes(300, 1), packet);
  PacketHeader header;
  ASSERT_EQ(codec::read_packet_header(packet, header), HeaderCheck::whole);
  const std::size_t size = header.size;
  for (std::size_t bit = 0; bit < 8 * size; bit++) {
    Bytes damaged = packet;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ 1u << bit % 8);
    EXPECT_NE(codec::read_packet_header(damaged, header), HeaderCheck::whole) << bit;
  }
}

StreamInfo random_stream(std::mt19937& engine) {
  const auto upto = [&](std::uint32_t most) {
    return std::uniform_int_distribution<std::uint32_t>(0, most)(engine);
  };
  StreamInfo info;
  info.format.color = upto(1) != 0 ? ColorModel::ycbcr : ColorModel::gray;
  info.format.width = static_cast<int>(1 + upto(8191));
  info.format.height = static_cast<int>(1 + upto(8191));
  if (info.format.color == ColorModel::ycbcr) {
    info.format.chroma_shift_x = static_cast<int>(upto(1));
    info.format.chroma_shift_y = static_cast<int>(upto(1));
  }
  info.format.black = upto(1) != 0 ? 16 : 0;
  info.frame_rate = {upto(UINT32_MAX), 1 + upto(UINT32_MAX - 1)};
  info.pixel_aspect = {1 + upto(300), 1 + upto(UINT32_MAX - 1)};
  info.primaries = static_cast<std::uint8_t>(upto(255));
  info.transfer = static_cast<std::uint8_t>(upto(255));
  info.matrix = static_cast<std::uint8_t>(upto(255));
  info.chroma_site = static_cast<std::uint8_t>(upto(255));
  info.scan = static_cast<Scan>(upto(2));
  return info;
}

TEST(Sequence, ComesBackAsItWas) {
  std::mt19937 engine(1);
  for (int i = 0; i < 1000; i++) {
    const StreamInfo info = random_stream(engine);
    Bytes payload = codec::sequence_payload(info);
    StreamInfo read;
    EXPECT_EQ(codec::read_sequence(payload, {}, read).kind, StreamError::Kind::none);
    EXPECT_EQ(read, info);
    payload.push_back(99);  // of a later version
    EXPECT_EQ(codec::read_sequence(payload, {}, read).kind, StreamError::Kind::none);
    EXPECT_EQ(read, info);
    for (std::size_t size = 0; size + 1 < payload.size(); size++)
      EXPECT_EQ(codec::read_sequence(ByteSpan(payload).first(size), {}, read).kind,
                StreamError::Kind::damaged);
  }
}

// A payload by hand, after docs/bitstream.md.
Bytes handmade_sequence() {
  return {0, 0x80, 0x0A, 0xD0, 0x05, 1 | 2 | 4 | 8 | 1 << 4, 8, 0xB0, 0xEA, 0x01, 0xE9, 7, 1,
          1, 1,    6,    9,    2};
}

TEST(Sequence, IsWhatTheSpecificationSays) {
  StreamInfo info;
  ASSERT_EQ(codec::read_sequence(handmade_sequence(), {}, info).kind, StreamError::Kind::none);
  StreamInfo expected;
  expected.format = {ColorModel::ycbcr, 1280, 720, 1, 1, 16};
  expected.frame_rate = {30000, 1001};
  expected.primaries = 1;
  expected.transfer = 6;
  expected.matrix = 9;
  expected.chroma_site = 2;
  expected.scan = Scan::interleaved;
  EXPECT_EQ(info, expected);
  EXPECT_EQ(codec::sequence_payload(expected), handmade_sequence());
}

StreamError::Kind kind_with(std::size_t position, std::uint8_t value,
                            const CodecLimits& limits = {}) {
  Bytes payload = handmade_sequence();
  payload[position] = value;
  StreamInfo info;
  return codec::read_sequence(payload, limits, info).kind;
}

TEST(Sequence, WhatItSaysIsChecked) {
  using Kind = StreamError::Kind;
  EXPECT_EQ(kind_with(0, 1), Kind::unsupported_version);       // profile
  EXPECT_EQ(kind_with(5, 64 | 1), Kind::unsupported_version);  // flags
  EXPECT_EQ(kind_with(6, 10), Kind::unsupported_version);      // bits
  EXPECT_EQ(kind_with(5, 2), Kind::damaged);                   // half the chroma of gray
  EXPECT_EQ(kind_with(5, 48), Kind::damaged);                  // scan 3
  EXPECT_EQ(kind_with(12, 0), Kind::damaged);                  // pixel aspect 0
  EXPECT_EQ(kind_with(13, 0), Kind::damaged);                  // and 1/0
  EXPECT_EQ(kind_with(2, 0x7F), Kind::over_limit);             // 16256 wide
  EXPECT_EQ(kind_with(2, 0x0A, {1279, 1 << 28, 0}), Kind::over_limit);
  EXPECT_EQ(kind_with(2, 0x0A, {1280, 1280 * 720, 0}), Kind::none);
  EXPECT_EQ(kind_with(2, 0x0A, {1280, 1280 * 720 - 1, 0}), Kind::over_limit);
}

PictureHeader round_trip(const PictureHeader& header, const Rational& rate, std::size_t& size) {
  Bytes bytes;
  codec::append_picture_header(header, rate, bytes);
  size = bytes.size();
  ByteReader reader(bytes);
  PictureHeader read;
  EXPECT_TRUE(codec::read_picture_header(reader, rate, read));
  EXPECT_EQ(reader.left(), 0u);
  EXPECT_EQ(read.number, header.number);
  EXPECT_EQ(read.layout, header.layout);
  for (std::size_t i = 0; i < bytes.size(); i++) {
    ByteReader cut(ByteSpan(bytes).first(i));
    PictureHeader none;
    EXPECT_FALSE(codec::read_picture_header(cut, rate, none));
  }
  return read;
}

TEST(PictureHeader, TimesOfAConstantRateTakeOneNumber) {
  for (const Rational rate : {Rational{25, 1}, {30000, 1001}, {24000, 1001}, {1, 10}, {90000, 1}}) {
    for (const std::uint64_t n : {0ull, 1ull, 2ull, 100ull, 127ull, 12345ull}) {
      const auto time = [&](std::uint64_t i) {
        return i * 1'000'000'000 * rate.denominator / rate.numerator;
      };
      const PictureInfo info{time(n), time(n + 1) - time(n), 5};
      std::size_t size = 0;
      EXPECT_EQ(round_trip({info, 200, Layout::frame}, rate, size).info, info);
      EXPECT_EQ(size, n < 128 ? 4u : 5u);
    }
  }
}

TEST(PictureHeader, AnyTimeComesBackExactly) {
  std::mt19937_64 engine(2);
  const auto any = [&] { return engine() >> (engine() % 64); };
  const auto maybe = [&] {
    return engine() % 4 == 0 ? std::nullopt : std::optional<std::uint64_t>(any());
  };
  for (int i = 0; i < 20000; i++) {
    const Rational rate{static_cast<std::uint32_t>(any()), static_cast<std::uint32_t>(any() | 1)};
    const PictureInfo info{maybe(), maybe(), static_cast<std::uint8_t>(engine() % 16)};
    std::size_t size = 0;
    EXPECT_EQ(round_trip({info, static_cast<std::uint8_t>(i), Layout::patch}, rate, size).info,
              info);
  }
}

TEST(PictureHeader, LargestTimesAreExact) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  std::size_t size = 0;
  for (const Rational rate :
       {Rational{1'000'000'000, 1}, {UINT32_MAX, 1}, {1, UINT32_MAX}, {0, 1}}) {
    const PictureInfo info{most, most, 0};
    EXPECT_EQ(round_trip({info, 0, Layout::patch}, rate, size).info, info);
  }
  const PictureInfo nanoseconds{most - 1, 1, 0};
  EXPECT_EQ(round_trip({nanoseconds, 0, Layout::patch}, {1'000'000'000, 1}, size).info,
            nanoseconds);
}

TEST(PictureHeader, WhatCannotBeIsRefused) {
  const Bytes no_rate{1, 5, 0, 0};  // a time on a grid that is none
  const Bytes mode{3, 5, 0, 0};     // a mode that is none
  const Bytes layout{0, 0, 2};
  const Bytes late{1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0, 0};
  const auto read = [](const Bytes& bytes, const Rational& rate) {
    ByteReader reader(bytes);
    PictureHeader header;
    return codec::read_picture_header(reader, rate, header);
  };
  EXPECT_FALSE(read(no_rate, {0, 1}));
  EXPECT_TRUE(read(no_rate, {25, 1}));
  EXPECT_FALSE(read(mode, {25, 1}));
  EXPECT_FALSE(read(layout, {25, 1}));
  EXPECT_FALSE(read(late, {25, 1}));  // 2⁶⁴ − 1 times 40 ms
  EXPECT_TRUE(read(late, {1'000'000'000, 1}));
}

}  // namespace
}  // namespace lowrank
