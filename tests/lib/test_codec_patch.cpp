// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <hwy/targets.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "codec/crc.h"
#include "codec/packet.h"
#include "lowrank/codec.h"
#include "synthetic_video.h"

namespace lowrank::test {
namespace {

using Bytes = std::vector<std::uint8_t>;

ImageFormat ycbcr(int width, int height, int shift_x, int shift_y) {
  return {ColorModel::ycbcr, width, height, shift_x, shift_y, 16};
}

StreamInfo stream_of(const ImageFormat& format) {
  StreamInfo info;
  info.format = format;
  info.frame_rate = {25, 1};
  return info;
}

Bytes samples_of(const ImageView& image) {
  Bytes out;
  for (int p = 0; p < image.format.planes(); p++) {
    const PlaneView& plane = image.planes[static_cast<std::size_t>(p)];
    for (int y = 0; y < plane.height; y++)
      out.insert(out.end(), plane.row(y), plane.row(y) + plane.width);
  }
  return out;
}

double luma_psnr(const ImageFormat& format, const Bytes& a, const Bytes& b) {
  const std::ptrdiff_t count = std::ptrdiff_t{format.width} * format.height;
  double sum = 0;
  for (std::ptrdiff_t i = 0; i < count; i++)
    sum += std::pow(a[static_cast<std::size_t>(i)] - b[static_cast<std::size_t>(i)], 2);
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(count) / std::max(sum, 1e-9));
}

/// A clip and its stream.
struct Coded {
  SyntheticVideo video;
  std::vector<Bytes> sources;
  std::vector<EncodedPicture> pictures;
  EncoderStats stats;

  std::size_t bytes() const {
    std::size_t sum = 0;
    for (const EncodedPicture& picture : pictures)
      sum += picture.bytes.size();
    return sum;
  }
};

Coded encode(const ImageFormat& format, int count, const EncoderOptions& options) {
  Coded coded;
  coded.video.format = format;
  coded.video.radius = std::max(2, std::min(format.width, format.height) / 6);
  Encoder encoder;
  encoder.configure(stream_of(format), options);
  for (int t = 0; t < count; t++) {
    coded.sources.push_back(coded.video.frame(t).samples);
    encoder.push(view_of(format, coded.sources.back()), {});
    encoder.pull(coded.pictures.emplace_back());
  }
  coded.stats = encoder.stats();
  return coded;
}

std::vector<Bytes> decode(const Coded& coded, const DecoderOptions& options = {}) {
  Decoder decoder;
  decoder.configure(options);
  std::vector<Bytes> out;
  for (const EncodedPicture& picture : coded.pictures) {
    EXPECT_EQ(decoder.push(picture.bytes).message, "");
    DecodedPicture decoded;
    EXPECT_TRUE(decoder.pull(decoded));
    EXPECT_FALSE(decoded.damaged);
    EXPECT_EQ(decoded.key, picture.key);
    out.push_back(samples_of(decoded.image));
  }
  return out;
}

class PatchFormats : public ::testing::TestWithParam<ImageFormat> {};

// Encoder and decoder agree on every sample: what the encoder believes to be shown is what is.
TEST_P(PatchFormats, DecodesToWhatTheEncoderSaw) {
  for (const int base_rank : {0, 6})
    for (const Speed speed : {Speed::fast, Speed::medium, Speed::best}) {
      EncoderOptions options;
      options.speed = speed;
      options.base_rank = base_rank;
      options.key_interval = 4;
      options.compute_psnr = true;
      const Coded coded = encode(GetParam(), 6, options);
      const std::vector<Bytes> pictures = decode(coded);
      double error = 0;
      for (std::size_t i = 0; i < pictures.size(); i++)
        error += std::pow(10, -luma_psnr(GetParam(), pictures[i], coded.sources[i]) / 10);
      EXPECT_NEAR(-10 * std::log10(error / 6), coded.stats.psnr, 1e-9);
      EXPECT_GT(coded.stats.psnr, 34);
    }
}

INSTANTIATE_TEST_SUITE_P(Sizes, PatchFormats,
                         ::testing::Values(ImageFormat{ColorModel::gray, 1, 1},
                                           ImageFormat{ColorModel::gray, 33, 17},
                                           ycbcr(96, 64, 1, 1), ycbcr(75, 53, 1, 0),
                                           ycbcr(40, 41, 0, 0), ycbcr(16, 530, 1, 1)));

TEST(PatchLayout, BytesAndPicturesDoNotDependOnThreads) {
  const ImageFormat tall = ycbcr(64, 800, 1, 1);  // three slices
  EncoderOptions options;
  options.key_interval = 4;
  options.threads = 1;
  const Coded alone = encode(tall, 5, options);
  options.threads = 3;
  const Coded together = encode(tall, 5, options);
  for (std::size_t i = 0; i < alone.pictures.size(); i++)
    EXPECT_EQ(alone.pictures[i].bytes, together.pictures[i].bytes);
  DecoderOptions one;
  one.threads = 1;
  DecoderOptions three;
  three.threads = 3;
  EXPECT_EQ(decode(alone, one), decode(alone, three));
}

// The same stream, and the same pictures of it, on every SIMD target; and with every compiler,
// which the checksums stand for: they change only with the bitstream or the encoder's choices.
TEST(PatchLayout, BytesAndPicturesDoNotDependOnTheProcessor) {
  const ImageFormat format = ycbcr(96, 80, 1, 1);
  EncoderOptions options;
  options.key_interval = 3;
  const std::int64_t supported = hwy::SupportedTargets();
  for (std::int64_t left = supported; left != 0; left &= left - 1) {
    hwy::SetSupportedTargetsForTest(left & -left);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    const Coded coded = encode(format, 5, options);
    Bytes stream;
    Bytes pictures;
    for (const EncodedPicture& picture : coded.pictures)
      stream.insert(stream.end(), picture.bytes.begin(), picture.bytes.end());
    for (const Bytes& picture : decode(coded))
      pictures.insert(pictures.end(), picture.begin(), picture.end());
    EXPECT_EQ(codec::crc16(stream), 65481) << hwy::TargetName(left & -left);
    EXPECT_EQ(codec::crc16(pictures), 8128) << hwy::TargetName(left & -left);
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

TEST(PatchLayout, QualityOrdersRateAndDistortion) {
  double psnr = 100;
  std::size_t bytes = 1u << 30;
  for (const int quality : {100, 90, 75, 50, 25, 1}) {
    EncoderOptions options;
    options.quality = quality;
    options.key_interval = 1;
    options.compute_psnr = true;
    const Coded coded = encode({ColorModel::gray, 128, 96}, 1, options);
    EXPECT_LT(coded.stats.psnr, psnr);
    EXPECT_LT(coded.bytes(), bytes);
    psnr = coded.stats.psnr;
    bytes = coded.bytes();
    EXPECT_TRUE(quality < 100 || psnr > 54);
  }
  EXPECT_GT(psnr, 18);
}

// The second picture shows nothing new: a few bytes say so.
TEST(PatchLayout, StillPicturesTakeNextToNothing) {
  SyntheticVideo video;
  const Bytes still = video.frame(0).samples;
  Encoder encoder;
  EncoderOptions options;
  options.key_interval = 100;
  encoder.configure(stream_of(video.format), options);
  EncodedPicture first;
  EncodedPicture later;
  encoder.push(view_of(video.format, still), {});
  encoder.pull(first);
  for (int t = 0; t < 10; t++) {
    encoder.push(view_of(video.format, still), {});
    encoder.pull(later);
  }
  EXPECT_LT(later.bytes.size(), 60u);
  EXPECT_LT(50 * later.bytes.size(), first.bytes.size());
}

// A rank bounds what is kept of each patch.
TEST(PatchLayout, RankBoundsComponents) {
  double psnr = 0;
  for (const int rank : {1, 4, 16}) {
    EncoderOptions options;
    options.quality = 95;
    options.rank = rank;
    options.key_interval = 1;
    options.compute_psnr = true;
    const Coded coded = encode({ColorModel::gray, 128, 96}, 1, options);
    EXPECT_LE(coded.stats.rank, rank);
    EXPECT_GT(coded.stats.psnr, psnr);
    psnr = coded.stats.psnr;
  }
}

// Without the later components pictures are coarser, but what is lost does not grow.
TEST(PatchLayout, LowerRanksDoNotDrift) {
  for (const int base_rank : {0, 6}) {
    EncoderOptions options;
    options.base_rank = base_rank;
    options.quality = 85;
    options.key_interval = 100;
    const Coded coded = encode(ycbcr(96, 64, 1, 1), 61, options);
    const auto psnr_at = [&](const std::vector<Bytes>& pictures, std::size_t i) {
      return luma_psnr(coded.video.format, pictures[i], coded.sources[i]);
    };
    double before = 0;
    for (const int max_rank : {1, 3, 10}) {
      DecoderOptions few;
      few.max_rank = max_rank;
      const std::vector<Bytes> pictures = decode(coded, few);
      const double early = psnr_at(pictures, 20);
      EXPECT_GT(early, before);
      EXPECT_GT(psnr_at(pictures, 60), early - 1);
      before = early;
    }
    DecoderOptions all;
    all.max_rank = 64;
    EXPECT_EQ(decode(coded, all), decode(coded));
  }
}

// The rest of a patch goes on from what was shown before: it need not be coded again.
TEST(PatchLayout, BaseRanksCostLittle) {
  EncoderOptions options;
  options.key_interval = 100;
  options.compute_psnr = true;
  const Coded without = encode(ycbcr(192, 160, 1, 1), 40, options);
  options.base_rank = 6;
  const Coded with = encode(ycbcr(192, 160, 1, 1), 40, options);
  EXPECT_GT(with.stats.psnr, without.stats.psnr - 0.2);
  EXPECT_LT(static_cast<double>(with.bytes()), 1.15 * static_cast<double>(without.bytes()));
}

TEST(PatchLayout, MaxRankChangesBetweenPictures) {
  EncoderOptions options;
  options.key_interval = 4;
  const Coded coded = encode({ColorModel::gray, 64, 48}, 9, options);
  const std::vector<Bytes> full = decode(coded);
  Decoder decoder;
  decoder.configure({});
  for (std::size_t i = 0; i < coded.pictures.size(); i++) {
    decoder.set_max_rank(i >= 2 && i < 6 ? 2 : 0);
    EXPECT_EQ(decoder.push(coded.pictures[i].bytes).message, "");
    DecodedPicture decoded;
    ASSERT_TRUE(decoder.pull(decoded));
    const bool same = samples_of(decoded.image) == full[i];
    EXPECT_TRUE(same || (i >= 2 && i < 8)) << i;  // the key at 8 shows everything again
    EXPECT_FALSE(same && i == 4);
  }
}

// From a key on, pictures are those that a decoder shows which has shown no others before.
TEST(PatchLayout, WhatIsShownFromAKeyOnDoesNotDependOnThePast) {
  EncoderOptions options;
  options.base_rank = 6;
  options.key_interval = 20;
  const Coded coded = encode(ycbcr(96, 64, 1, 1), 30, options);
  for (const int max_rank : {3, 6, 20}) {
    DecoderOptions few;
    few.max_rank = max_rank;
    const std::vector<Bytes> fresh = decode(coded, few);
    Decoder decoder;
    decoder.configure({});
    for (std::size_t i = 0; i < coded.pictures.size(); i++) {
      decoder.set_max_rank(i < 10 ? 2 : max_rank);
      EXPECT_EQ(decoder.push(coded.pictures[i].bytes).message, "");
      DecodedPicture decoded;
      ASSERT_TRUE(decoder.pull(decoded));
      if (i >= 20) {
        EXPECT_EQ(samples_of(decoded.image), fresh[i]) << max_rank << ": " << i;
      }
    }
  }
}

/// A picture whose payload is broken behind the layout's byte, with checks that are right.
Bytes broken(const EncodedPicture& picture, std::mt19937& engine) {
  Bytes out;
  ByteSpan rest = picture.bytes;
  while (!rest.empty()) {
    codec::PacketHeader header;
    EXPECT_EQ(codec::read_packet_header(rest, header), codec::HeaderCheck::whole);
    const ByteSpan payload = rest.subspan(header.size, header.payload_size);
    rest = rest.subspan(header.size + header.payload_size);
    Bytes changed(payload.begin(), payload.end());
    constexpr std::size_t intact = 3;  // of a picture without time
    if (header.is_picture()) {
      for (unsigned n = engine() % 9; n > 0; n--)
        changed[intact + engine() % (changed.size() - intact)] =
            static_cast<std::uint8_t>(engine());
      if (engine() % 2)
        changed.resize(intact + engine() % (changed.size() - intact));
    }
    codec::append_packet(header.type, changed, out);
  }
  return out;
}

// Everything that a checksum would have caught: whatever the bytes, decoding ends, and the next key
// is whole again.
TEST(PatchLayout, AnyBytesDecodeToSomething) {
  for (const int base_rank : {0, 5}) {
    EncoderOptions options;
    options.key_interval = 3;
    options.base_rank = base_rank;
    const Coded coded = encode(ycbcr(80, 560, 1, 1), 3, options);
    const Bytes whole = decode(coded)[0];
    std::mt19937 engine(17);
    Decoder decoder;
    decoder.configure({});
    int refused = 0;
    for (int round = 0; round < 200; round++) {
      DecodedPicture decoded;
      const auto last = static_cast<std::size_t>(round % 3);
      for (std::size_t i = 0; i < last; i++)
        decoder.push(coded.pictures[i].bytes);
      refused += decoder.push(broken(coded.pictures[last], engine)).message != "";
      EXPECT_TRUE(decoder.pull(decoded) || last == 0);
      decoder.flush();
      EXPECT_EQ(decoder.push(coded.pictures[0].bytes).message, "");
      ASSERT_TRUE(decoder.pull(decoded));
      EXPECT_EQ(samples_of(decoded.image), whole);
    }
    EXPECT_GT(refused, 60);
  }
}

}  // namespace
}  // namespace lowrank::test
