// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "codec/packet.h"
#include "codec_streams.h"
#include "lowrank/svd.h"
#include "matrices.h"

namespace lowrank {
namespace {

using test::Bytes;
using test::frame_options;

struct Coded {
  Bytes bytes;
  Bytes shown;
  EncoderStats stats;
};

Coded code(const StreamInfo& info, const ImageView& picture, EncoderOptions options,
           int max_rank = 0) {
  options.compute_psnr = true;
  Encoder encoder;
  encoder.configure(info, options);
  encoder.push(picture, {});
  EncodedPicture encoded;
  EXPECT_TRUE(encoder.pull(encoded));
  EXPECT_TRUE(encoded.key);
  Decoder decoder;
  DecoderOptions decoder_options;
  decoder_options.max_rank = max_rank;
  decoder.configure(decoder_options);
  const StreamError error = decoder.push(encoded.bytes);
  EXPECT_EQ(error.kind, StreamError::Kind::none) << error.message;
  DecodedPicture decoded;
  EXPECT_TRUE(decoder.pull(decoded));
  EXPECT_FALSE(decoded.damaged);
  EXPECT_EQ(decoded.stream, info);
  return {encoded.bytes, test::packed(decoded.image), encoder.stats()};
}

Coded code(const StreamInfo& info, const Bytes& samples, const EncoderOptions& options,
           int max_rank = 0) {
  return code(info, test::view_of(info.format, samples), options, max_rank);
}

using RowMajor = Eigen::Matrix<std::uint8_t, -1, -1, Eigen::RowMajor>;

Eigen::MatrixXd matrix_of(const Bytes& samples, int width, int height) {
  return Eigen::Map<const RowMajor>(samples.data(), height, width).cast<double>();
}

double psnr_of(const Eigen::MatrixXd& difference) {
  return 10 * std::log10(255 * 255 / (difference.squaredNorm() / difference.size()));
}

/// The best approximation of a rank, by Eckart and Young, as a picture of bytes.
Eigen::MatrixXd best_of(const Eigen::BDCSVD<Eigen::MatrixXd>& svd, Eigen::Index k) {
  const Eigen::MatrixXd best = svd.matrixU().leftCols(k) *
                               svd.singularValues().head(k).asDiagonal() *
                               svd.matrixV().leftCols(k).transpose();
  return best.array().round().min(255.0).max(0.0);
}

// The table of the textbooks: a picture of 512 x 512, k(m + n + 1) values kept.
TEST(FrameLayout, IsAsGoodAsTheBestOfItsRank) {
  constexpr int side = 512;
  const StreamInfo info = test::small_stream(side, side);
  const Bytes samples = test::sample_picture(info.format);
  const Eigen::MatrixXd a = matrix_of(samples, side, side);
  const Eigen::BDCSVD<Eigen::MatrixXd> svd(a, Eigen::ComputeThinU | Eigen::ComputeThinV);
  double last = 0;
  for (const int k : {10, 50, 100}) {
    const Coded coded = code(info, samples, frame_options(k));
    EXPECT_EQ(coded.stats.rank, k);
    const double best = psnr_of(a - best_of(svd, k));
    const double shown = psnr_of(a - matrix_of(coded.shown, side, side));
    EXPECT_GT(shown, best - 0.1) << k;
    EXPECT_LT(shown, best + 0.01) << k;
    EXPECT_GT(shown, last);
    EXPECT_NEAR(coded.stats.psnr, shown, 1e-9);
    EXPECT_EQ(coded.stats.bytes, coded.bytes.size());
    // Exact factors would take four bytes each.
    EXPECT_LT(coded.bytes.size(), static_cast<std::size_t>(k * (2 * side + 1)));
    last = shown;
  }
}

StreamInfo stream_of(const ImageFormat& format) {
  StreamInfo info = test::small_stream();
  info.format = format;
  return info;
}

Matrix floats_of(const Bytes& samples, int width, int height) {
  Matrix a(width, height);
  std::copy(samples.begin(), samples.end(), a.data());
  return a;
}

TEST(FrameLayout, EnergyKeepsTheFewestComponents) {
  const StreamInfo info = test::small_stream(120, 90);
  const Bytes samples = test::sample_picture(info.format);
  const Svd exact = svd(floats_of(samples, 120, 90));
  EncoderOptions options = frame_options(0);
  for (const double share : {0.9, 0.99, 0.999}) {
    options.energy = share;
    EXPECT_EQ(code(info, samples, options).stats.rank,
              static_cast<double>(rank_for_energy(exact.sigma, share)));
  }
  options.rank = 2;  // now a bound
  EXPECT_EQ(code(info, samples, options).stats.rank, 2);
}

TEST(FrameLayout, QualityLeavesWhatItsStepWould) {
  const StreamInfo info = test::small_stream(120, 90);
  const Bytes samples = test::sample_picture(info.format);
  const Svd exact = svd(floats_of(samples, 120, 90));
  for (const auto& [quality, index] : {std::pair{25, 36}, {50, 29}, {75, 21}, {90, 13}}) {
    const double step = std::exp2(index / 6.0);
    double residual = 0;
    std::size_t k = exact.sigma.size();
    for (; k > 0; k--) {
      residual += std::pow(static_cast<double>(exact.sigma[k - 1]), 2);
      if (residual > step * step / 12 * 120 * 90)
        break;
    }
    EncoderOptions options = frame_options(0);
    options.quality = quality;
    EXPECT_EQ(code(info, samples, options).stats.rank, static_cast<double>(k)) << quality;
  }
}

TEST(FrameLayout, TheDecoderMayLeaveComponentsAway) {
  constexpr int width = 150, height = 100;
  const StreamInfo info = test::small_stream(width, height);
  const Bytes samples = test::sample_picture(info.format);
  const Eigen::MatrixXd a = matrix_of(samples, width, height);
  const Eigen::BDCSVD<Eigen::MatrixXd> svd(a, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const Bytes all = code(info, samples, frame_options(20)).shown;
  for (const int k : {1, 3, 10, 20, 25}) {
    const Coded coded = code(info, samples, frame_options(20), k);
    const double best = psnr_of(a - best_of(svd, std::min(k, 20)));
    EXPECT_GT(psnr_of(a - matrix_of(coded.shown, width, height)), best - 0.1) << k;
    EXPECT_EQ(coded.shown == all, k >= 20);
  }
}

TEST(FrameLayout, FormatsAndSizes) {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 40}, {40, 1}, {17, 23}, {64, 48}})
    for (const ImageFormat& format : {ImageFormat{ColorModel::gray, width, height},
                                      ImageFormat{ColorModel::ycbcr, width, height, 1, 1, 16},
                                      ImageFormat{ColorModel::ycbcr, width, height, 1, 0},
                                      ImageFormat{ColorModel::ycbcr, width, height, 0, 0}}) {
      const Bytes samples = test::sample_picture(format);
      EncoderOptions options = frame_options(0);
      options.quality = 100;
      const Coded coded = code(stream_of(format), samples, options);
      // 1/12 is what quality 100 leaves, as much is lost by rounding to samples.
      EXPECT_GT(test::psnr(test::view_of(format, coded.shown), samples),
                10 * std::log10(255.0 * 255 / (2.1 / 12)))
          << width << "x" << height;
    }
}

TEST(FrameLayout, AnyStridesGiveTheSame) {
  constexpr int width = 30, height = 20;
  const ImageFormat format{ColorModel::ycbcr, width, height, 1, 1};
  const Bytes samples = test::sample_picture(format);
  const ImageView plain = test::view_of(format, samples);
  // Luma upside down with padding, chroma interleaved.
  Bytes luma(40 * height), chroma(2 * 15 * 10);
  for (int y = 0; y < height; y++)
    std::copy_n(plain.planes[0].row(y), width, luma.begin() + (height - 1 - y) * 40);
  for (std::size_t i = 0; i < 150; i++) {
    chroma[2 * i] = samples[600 + i];
    chroma[2 * i + 1] = samples[750 + i];
  }
  ImageView odd{format, {}};
  odd.planes[0] = {luma.data() + (height - 1) * 40, -40, 1, width, height};
  odd.planes[1] = {chroma.data(), 30, 2, 15, 10};
  odd.planes[2] = {chroma.data() + 1, 30, 2, 15, 10};
  const StreamInfo info = stream_of(format);
  EXPECT_EQ(code(info, odd, frame_options(5)).bytes, code(info, plain, frame_options(5)).bytes);
}

TEST(FrameLayout, ExtremePicturesSurvive) {
  constexpr int side = 32;
  const StreamInfo info = test::small_stream(side, side);
  EncoderOptions options = frame_options(0);
  options.quality = 100;
  const auto shown = [&](const auto& level) {
    Bytes samples;
    for (int y = 0; y < side; y++)
      for (int x = 0; x < side; x++)
        samples.push_back(static_cast<std::uint8_t>(level(x, y)));
    const Coded coded = code(info, samples, options);
    EXPECT_GT(test::psnr(test::view_of(info.format, coded.shown), samples), 55);
    return coded.stats.rank;
  };
  EXPECT_EQ(shown([](int, int) { return 0; }), 0);
  EXPECT_EQ(shown([](int, int) { return 255; }), 1);
  EXPECT_EQ(shown([](int x, int y) { return (x + y) % 2 * 255; }), 2);
  EXPECT_EQ(shown([](int x, int y) { return x == y ? 255 : 0; }), side);
  EXPECT_EQ(shown([](int x, int y) { return x == 3 && y == 30 ? 255 : 0; }), 1);
  EXPECT_GT(shown([](int x, int y) { return test::hash(x, y, 0) < 0.5 ? 0 : 255; }), side / 2);
  EXPECT_EQ(code(info, Bytes(side * side, 0), frame_options(5)).stats.rank, 0);
}

TEST(FrameLayout, ThreadsChangeNothing) {
  const StreamInfo info = stream_of({ColorModel::ycbcr, 210, 130, 1, 1});
  const Bytes samples = test::sample_picture(info.format);
  EncoderOptions options = frame_options(12);
  const Coded one = code(info, samples, options);
  options.threads = 3;
  const Coded three = code(info, samples, options);
  EXPECT_EQ(one.bytes, three.bytes);
  EXPECT_EQ(one.shown, three.shown);
}

/// A second decoder of a gray picture, written from docs/bitstream.md alone.
class Stranger {
 public:
  Stranger(const Bytes& layout_bytes, int width, int height)
      : bytes_(layout_bytes), width_(width), height_(height) {}

  Bytes picture() {
    const std::uint64_t rank = varint();
    const std::uint64_t scale = bytes_.at(at_++);
    const int fraction = bytes_.at(at_++);
    const std::uint64_t size = varint();
    EXPECT_EQ(at_ + size, bytes_.size());
    EXPECT_GE(16 * size, rank * static_cast<std::uint64_t>(width_ + height_));
    for (int i = 0; i < 4; i++)
      code_ = code_ << 8 | next();
    std::vector<std::int64_t> sums(static_cast<std::size_t>(width_ * height_));
    for (std::uint64_t k = 0; k < rank; k++) {
      const int shift = static_cast<int>(raw(5));
      const std::vector<std::int64_t> column = vector(contexts_[0], height_);
      const std::vector<std::int64_t> row = vector(contexts_[1], width_);
      for (std::size_t i = 0; i < sums.size(); i++)
        sums[i] += column[i / static_cast<std::size_t>(width_)] *
                   (row[i % static_cast<std::size_t>(width_)] << shift);
    }
    EXPECT_EQ(raw(8), 0u);
    Bytes samples;
    for (const std::int64_t sum : sums) {
      const auto level =
          (static_cast<std::int64_t>(scale) * sum + (std::int64_t{1} << (fraction - 1))) >>
          fraction;
      samples.push_back(static_cast<std::uint8_t>(std::clamp<std::int64_t>(level, 0, 255)));
    }
    return samples;
  }

 private:
  struct Bit {
    std::uint32_t fast = 32768, slow = 32768;
  };
  struct Contexts {
    Bit differences;
    Bit longer[16][29];
    Bit second[30];
  };

  std::uint32_t next() { return at_ < bytes_.size() ? bytes_[at_++] : 0; }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int i = 0;; i += 7) {
      const std::uint64_t byte = bytes_.at(at_++);
      value += (byte % 128) << i;
      if (byte < 128)
        return value;
    }
  }

  bool bit(std::uint64_t p) {
    const std::uint64_t bound = (range_ * p) >> 16;
    const bool one = code_ < bound;
    if (!one)
      code_ -= bound;
    range_ = one ? bound : range_ - bound;
    while (range_ < 1 << 24) {
      range_ *= 256;
      code_ = (code_ * 256 + next()) % (std::uint64_t{1} << 32);
    }
    return one;
  }

  bool adaptive(Bit& b) {
    const bool one = bit((b.fast + b.slow) >> 1);
    b.fast = one ? b.fast + ((65536 - b.fast) >> 4) : b.fast - (b.fast >> 4);
    b.slow = one ? b.slow + ((65536 - b.slow) >> 7) : b.slow - (b.slow >> 7);
    return one;
  }

  std::uint64_t raw(int count) {
    std::uint64_t value = 0;
    for (int i = 0; i < count; i++)
      value = 2 * value + (bit(32768) ? 1 : 0);
    return value;
  }

  std::vector<std::int64_t> vector(Contexts& contexts, int count) {
    const bool differences = adaptive(contexts.differences);
    std::vector<std::int64_t> result;
    std::int64_t a = 0, b = 0, last = 0;
    for (int i = 0; i < count; i++) {
      int context = 0;
      while (context < 15 && (2 * std::abs(a) + std::abs(b)) >> context != 0)
        context++;
      const std::int64_t value_now = value(contexts, context);
      b = a;
      a = value_now;
      last = differences ? last + value_now : value_now;
      result.push_back(last);
    }
    return result;
  }

  std::int64_t value(Contexts& contexts, int context) {
    int length = 0;
    while (length < 29 && adaptive(contexts.longer[context][length]))
      length++;
    if (length == 0)
      return 0;
    const bool negative = raw(1) == 1;
    std::int64_t magnitude = 1;
    if (length > 1) {
      magnitude = 2 + (adaptive(contexts.second[length]) ? 1 : 0);
      magnitude = (magnitude << (length - 2)) + static_cast<std::int64_t>(raw(length - 2));
    }
    return negative ? -magnitude : magnitude;
  }

  Bytes bytes_;
  int width_, height_;
  std::size_t at_ = 0;
  std::uint64_t range_ = 0xFFFFFFFF, code_ = 0;
  Contexts contexts_[2];
};

TEST(FrameLayout, IsWhatTheSpecificationSays) {
  constexpr int width = 90, height = 70;
  const StreamInfo info = test::small_stream(width, height);
  const Bytes samples = test::sample_picture(info.format);
  for (const int rank : {1, 4, 30, 70}) {
    const Coded coded = code(info, samples, frame_options(rank));
    ByteSpan bytes = coded.bytes;
    codec::PacketHeader header;
    ASSERT_EQ(codec::read_packet_header(bytes, header), codec::HeaderCheck::whole);
    bytes = bytes.subspan(header.size + header.payload_size);
    ASSERT_EQ(codec::read_packet_header(bytes, header), codec::HeaderCheck::whole);
    bytes = bytes.subspan(header.size + 3);  // no times, number, layout
    Stranger stranger({bytes.begin(), bytes.end()}, width, height);
    EXPECT_EQ(stranger.picture(), coded.shown);
  }
}

}  // namespace
}  // namespace lowrank
