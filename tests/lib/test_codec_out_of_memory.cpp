// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Memory runs out at each allocation of a parser and decoder in turn: std::bad_alloc says so, and
// then they decode the same as if nothing had been.
#include <gtest/gtest.h>

#include <new>

#include "allocations.h"
#include "codec_streams.h"

namespace lowrank {
namespace {

using test::Bytes;

/// A parser and a decoder that play a stream from its beginning, as often as wanted.
class Player {
 public:
  explicit Player(unsigned threads) { decoder_.configure({0, threads, {}}); }

  /// Half-way fewer components are shown.
  std::vector<Bytes> play(const Bytes& stream) {
    parser_.flush();
    decoder_.flush();
    decoder_.set_max_rank(0);
    parser_.push(stream);
    std::vector<Bytes> shown;
    for (ParsedPicture parsed; parser_.pull(parsed);) {
      if (shown.size() == 2)
        decoder_.set_max_rank(1);
      EXPECT_EQ(decoder_.push(parsed.bytes).kind, StreamError::Kind::none);
      DecodedPicture picture;
      EXPECT_TRUE(decoder_.pull(picture));
      shown.push_back(test::packed(picture.image));
    }
    return shown;
  }

 private:
  PacketParser parser_;
  Decoder decoder_;
};

// Ends at the first allocation that is not made any more.
void survives_all(const Bytes& stream, unsigned threads) {
  const std::vector<Bytes> expected = Player(threads).play(stream);
  ASSERT_EQ(expected.size(), 4u);
  const long live = allocations::live;
  long failed = 0;
  for (bool refused = true; refused; failed += refused) {
    Player player(threads);
    bool thrown = false;
    allocations::fail_from(failed + 1, failed + 1);
    try {
      player.play(stream);
    } catch (const std::bad_alloc&) {
      thrown = true;
    }
    allocations::fail_never();
    refused = allocations::refused > 0;
    // A pool does without the threads that it cannot start.
    ASSERT_TRUE(thrown || !refused || threads > 1) << failed;
    ASSERT_EQ(player.play(stream), expected) << "after allocation " << failed + 1;
  }
  EXPECT_EQ(allocations::live, live);
  EXPECT_GT(failed, 20);
}

TEST(CodecOutOfMemory, DecodingGoesOn) {
  StreamInfo info = test::small_stream();
  info.format = {ColorModel::ycbcr, 24, 20, 1, 1};
  for (const int base_rank : {-1, 0, 2}) {
    EncoderOptions options = test::frame_options();
    if (base_rank >= 0) {
      options = {};
      options.base_rank = base_rank;
      options.threads = 1;
    }
    const Bytes stream = test::joined(test::encode_some(info, 4, options));
    for (const unsigned threads : {1u, 3u})
      survives_all(stream, threads);
  }
}

// The call that failed is made again, and gives what it would have given.
TEST(CodecOutOfMemory, ParsingGoesOnWhereItWas) {
  const Bytes stream =
      test::joined(test::encode_some(test::small_stream(), 3, test::frame_options()));
  std::vector<Bytes> expected;
  for (const ParsedPicture& picture : test::parse_all(stream))
    expected.push_back(picture.bytes);
  bool refused = true;
  for (long n = 1; refused; n++) {
    PacketParser parser;
    parser.push(stream);
    std::vector<Bytes> parsed;
    parsed.reserve(expected.size());
    allocations::fail_from(n, n);
    for (bool more = true; more;) {
      ParsedPicture picture;
      try {
        more = parser.pull(picture);
      } catch (const std::bad_alloc&) {
        continue;
      }
      if (more)
        parsed.push_back(std::move(picture.bytes));
    }
    allocations::fail_never();
    refused = allocations::refused > 0;
    ASSERT_EQ(parsed, expected) << "after allocation " << n;
    ASSERT_EQ(parser.take_error().kind, StreamError::Kind::none);
  }
}

}  // namespace
}  // namespace lowrank
