// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>

#include "codec_streams.h"

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

}  // namespace
}  // namespace lowrank
