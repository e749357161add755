// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "lowrank/codec.h"
#include "synthetic_video.h"

/// Pictures and short streams to try the codec on.
namespace lowrank::test {

using Bytes = std::vector<std::uint8_t>;

/// Packed samples of a picture of a few waves, an edge and noise, another one for each `seed`.
inline Bytes sample_picture(const ImageFormat& format, int seed = 0) {
  Bytes samples;
  for (int p = 0; p < format.planes(); p++)
    for (int y = 0; y < format.plane_height(p); y++)
      for (int x = 0; x < format.plane_width(p); x++) {
        const double waves = 40 * std::sin(0.11 * x + 0.07 * y + seed) +
                             25 * std::sin(0.31 * y - 0.05 * x * (p + 1));
        const double edge = 3 * x + 2 * y > 2 * format.plane_width(p) ? 30 : -10;
        const double noise = 6 * (hash(x + 977 * seed, y, p) - 0.5);
        samples.push_back(static_cast<std::uint8_t>(std::lround(118 + waves + edge + noise)));
      }
  return samples;
}

/// Samples of all planes of an image, packed.
inline Bytes packed(const ImageView& image) {
  Bytes samples;
  for (int p = 0; p < image.format.planes(); p++) {
    const PlaneView& plane = image.planes[static_cast<std::size_t>(p)];
    for (int y = 0; y < plane.height; y++)
      for (int x = 0; x < plane.width; x++)
        samples.push_back(plane.row(y)[x * plane.pixel_stride]);
  }
  return samples;
}

inline StreamInfo small_stream(int width = 16, int height = 12) {
  StreamInfo info;
  info.format = {ColorModel::gray, width, height};
  info.frame_rate = {25, 1};
  return info;
}

inline EncoderOptions frame_options(int rank = 2) {
  EncoderOptions options;
  options.layout = Layout::frame;
  options.rank = rank;
  options.threads = 1;
  return options;
}

/// The time of picture n at 25 pictures a second.
inline PictureInfo at_picture(int n) {
  return {static_cast<std::uint64_t>(n) * 40'000'000, 40'000'000, 0};
}

/// `count` pictures, each with a sequence packet before it.
inline std::vector<EncodedPicture> encode_some(const StreamInfo& info, int count,
                                               const EncoderOptions& options = frame_options()) {
  Encoder encoder;
  encoder.configure(info, options);
  std::vector<EncodedPicture> pictures(static_cast<std::size_t>(count));
  for (int n = 0; n < count; n++) {
    const Bytes samples = sample_picture(info.format, n);
    encoder.push(view_of(info.format, samples), at_picture(n));
    EXPECT_TRUE(encoder.pull(pictures[static_cast<std::size_t>(n)]));
  }
  return pictures;
}

inline void append(Bytes& bytes, const Bytes& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

inline Bytes joined(const std::vector<EncodedPicture>& pictures) {
  Bytes bytes;
  for (const EncodedPicture& picture : pictures)
    append(bytes, picture.bytes);
  return bytes;
}

inline std::vector<ParsedPicture> pull_all(PacketParser& parser) {
  std::vector<ParsedPicture> pictures;
  for (ParsedPicture picture; parser.pull(picture);)
    pictures.push_back(picture);
  return pictures;
}

inline std::vector<ParsedPicture> parse_all(const Bytes& bytes) {
  PacketParser parser;
  parser.push(bytes);
  parser.drain();
  return pull_all(parser);
}

}  // namespace lowrank::test
