// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "codec/packet.h"
#include "codec_streams.h"

namespace lowrank {
namespace {

using Kind = StreamError::Kind;
using test::Bytes;

// What stands before the payload of layout patch in that of a picture: the byte of modes, a time of
// one byte, number and layout. The step index is the first byte behind it, the base rank the
// fourth.
constexpr std::size_t layout_at = 4;
constexpr std::size_t base_rank_at = layout_at + 3;

EncoderOptions with_base_rank(int base_rank) {
  EncoderOptions options;
  options.base_rank = base_rank;
  options.threads = 1;
  return options;
}

/// The packets of a picture, the payload of the picture itself changed.
template <typename Change>
Bytes changed(const EncodedPicture& picture, const Change& change) {
  Bytes bytes;
  for (ByteSpan left = picture.bytes; !left.empty();) {
    codec::PacketHeader header;
    EXPECT_EQ(codec::read_packet_header(left, header), codec::HeaderCheck::whole);
    const ByteSpan whole = left.subspan(header.size, header.payload_size);
    left = left.subspan(header.size + header.payload_size);
    Bytes payload(whole.begin(), whole.end());
    if (header.is_picture())
      change(payload);
    codec::append_packet(header.type, payload, bytes);
  }
  return bytes;
}

class Concealment : public testing::Test {
 protected:
  StreamError error;
  bool damaged = false;

  Bytes show(Decoder& decoder, ByteSpan bytes) {
    error = decoder.push(bytes);
    DecodedPicture picture;
    EXPECT_TRUE(decoder.pull(picture));
    damaged = picture.damaged;
    return test::packed(picture.image);
  }
};

TEST_F(Concealment, ShowsThePictureBeforeWhenTheHeaderOfPatchesIsDamaged) {
  for (const int base_rank : {0, 4})
    for (const int key_interval : {1, 250}) {
      EncoderOptions options = with_base_rank(base_rank);
      options.key_interval = key_interval;
      const auto pictures = test::encode_some(test::small_stream(40, 24), 3, options);
      Decoder decoder;
      const Bytes first = show(decoder, pictures[0].bytes);
      const Bytes second =
          show(decoder, changed(pictures[1], [](Bytes& payload) { payload[layout_at] = 255; }));
      EXPECT_EQ(error.kind, Kind::damaged);
      EXPECT_TRUE(damaged);
      EXPECT_EQ(second, first) << "base rank " << base_rank << ", keys " << key_interval;
      if (key_interval > 1)
        continue;
      Decoder fresh;
      EXPECT_EQ(show(decoder, pictures[2].bytes), show(fresh, pictures[2].bytes));
    }
}

TEST_F(Concealment, OfAPredictedPictureWithAnotherBaseRank) {
  const auto pictures = test::encode_some(test::small_stream(40, 24), 2, with_base_rank(4));
  ASSERT_FALSE(pictures[1].key);
  for (const std::uint8_t other : {1, 5, 63}) {
    Decoder decoder;
    const Bytes first = show(decoder, pictures[0].bytes);
    const Bytes second = show(decoder, changed(pictures[1], [&](Bytes& payload) {
                                ASSERT_EQ(payload[base_rank_at], 4);
                                payload[base_rank_at] = other;
                              }));
    EXPECT_EQ(error.kind, Kind::damaged);
    EXPECT_TRUE(damaged);
    EXPECT_EQ(second, first);
  }
}

}  // namespace
}  // namespace lowrank
