// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The online method on samples of more than 8 bits. Figures beside a margin are what was seen.
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "lowrank/background.h"
#include "synthetic_video.h"

namespace lowrank::test {
namespace {

constexpr int frames = 200;
constexpr int settled_from = 120;

ImageFormat deep(ImageFormat format, int depth, int shift = 0) {
  format.depth = depth;
  format.shift = shift;
  return format;
}

/// A frame of samples of any depth, at an odd address and with noise in the bits that mean nothing.
struct Samples {
  ImageFormat format;
  bool semi_planar;
  std::vector<std::uint8_t> bytes;
  ImageView image;

  Samples(const ImageFormat& image_format, const std::vector<double>& levels, bool interleaved)
      : format(image_format), semi_planar(interleaved), image{format, {}} {
    const std::size_t size = static_cast<std::size_t>(format.sample_bytes());
    bytes.resize(1 + levels.size() * size);
    std::uint8_t* data = bytes.data() + 1;
    auto level = levels.begin();
    for (int p = 0; p < format.planes(); p++) {
      const int width = format.plane_width(p);
      const int height = format.plane_height(p);
      const int step = (p > 0 && semi_planar ? 2 : 1) * format.sample_bytes();
      std::uint8_t* plane = p == 2 && semi_planar ? data + format.sample_bytes() : data;
      image.planes[static_cast<std::size_t>(p)] = {plane, width * step, step, width, height};
      for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
          put(plane + (y * width + x) * step, *level++);
      if (p == 0 || !semi_planar)
        data += width * height * step;
    }
  }

  void put(std::uint8_t* to, double level) const {
    const double most = (1 << format.depth) - 1;
    const double value = std::clamp(level * (1 << (format.depth - 8)), 0.0, most);
    const auto sample = static_cast<std::uint16_t>(std::lround(value));
    const int below = format.shift ? static_cast<int>(std::lround(level * 16)) & 7 : 0;
    const auto word = static_cast<std::uint16_t>(sample << format.shift | below);
    if (format.depth == 8)
      *to = static_cast<std::uint8_t>(sample);
    else
      std::memcpy(to, &word, sizeof word);
  }
};

/// A sample in grey levels; in deep formats the bits below it are to be 0.
double level_of(const ImageFormat& format, const PlaneView& plane, int x, int y) {
  const std::uint8_t* at = plane.row(y) + x * plane.pixel_stride;
  if (format.depth == 8)
    return *at;
  std::uint16_t word;
  std::memcpy(&word, at, sizeof word);
  EXPECT_EQ(word & ((1 << format.shift) - 1), 0);
  return (word >> format.shift) / static_cast<double>(1 << (format.depth - 8));
}

struct Outcome {
  MaskScore settled;
  std::vector<std::uint8_t> masks;  ///< of all settled frames
  std::vector<double> background;   ///< of the last frame
  double luma_error = 0;            ///< root of the mean square, of the last frames
  double chroma_error = 0;
};

struct Case {
  bool semi_planar = false;
  int border = 0;  ///< left out of the errors
  int rank = 0;
};

Outcome run(SyntheticVideo video, const ImageFormat& format, const Case& how = {}) {
  video.format = format;
  BackgroundEngine engine;
  BackgroundOptions options;
  options.rank = how.rank;
  engine.configure(format, options);
  Outcome outcome;
  double squares[2] = {};
  double counts[2] = {};
  for (int t = 0; t < frames; t++) {
    const SyntheticVideo::Levels exact = video.levels(t);
    const Samples samples(format, exact.shown, how.semi_planar);
    engine.push(samples.image);
    Separation result;
    EXPECT_TRUE(engine.pull(result));
    EXPECT_EQ(result.background.format, format);
    if (t < settled_from)
      continue;
    outcome.settled.add(result.mask, exact.truth);
    for (int y = 0; y < format.height; y++)
      outcome.masks.insert(outcome.masks.end(), result.mask.row(y),
                           result.mask.row(y) + format.width);
    outcome.background.clear();
    std::size_t i = 0;
    for (int p = 0; p < format.planes(); p++) {
      const PlaneView& plane = result.background.planes[static_cast<std::size_t>(p)];
      for (int y = 0; y < plane.height; y++)
        for (int x = 0; x < plane.width; x++, i++) {
          outcome.background.push_back(level_of(format, plane, x, y));
          if (std::min({x, y, plane.width - 1 - x, plane.height - 1 - y}) < how.border)
            continue;
          const double e = outcome.background.back() - exact.background[i];
          squares[p > 0] += e * e;
          counts[p > 0]++;
        }
    }
  }
  outcome.luma_error = std::sqrt(squares[0] / counts[0]);
  outcome.chroma_error = std::sqrt(squares[1] / counts[1]);
  return outcome;
}

SyntheticVideo quiet() {
  SyntheticVideo video;
  video.objects = 0;
  video.noise = 1;
  return video;
}

// The rounding of whole levels alone is an error of 0.29.
TEST(Deep, ThePlateIsFinerThanALevel) {
  const SyntheticVideo video = quiet();
  const Outcome coarse = run(video, video.format);
  const Outcome fine = run(video, deep(video.format, 10));
  EXPECT_GT(coarse.luma_error, 0.28);  // 0.37
  EXPECT_LT(fine.luma_error, 0.2);     // 0.16
  EXPECT_GT(coarse.chroma_error, 0.28);
  EXPECT_LT(fine.chroma_error, 0.2);
}

TEST(Deep, FollowsTheLightAtFullDepth) {
  SyntheticVideo video = quiet();
  video.gain_drift = 0.15;
  for (const int rank : {1, 3}) {
    const Outcome coarse = run(video, video.format, {.rank = rank});
    const Outcome fine = run(video, deep(video.format, 12), {.rank = rank});
    EXPECT_LT(fine.luma_error, 0.85 * coarse.luma_error) << "rank " << rank;     // 0.75 times
    EXPECT_LT(fine.chroma_error, 0.5 * coarse.chroma_error) << "rank " << rank;  // 0.39 times
  }
}

TEST(Deep, TheMaskIsThatOf8Bits) {
  const SyntheticVideo video;
  const Outcome coarse = run(video, video.format);
  for (const int depth : {9, 10, 12, 16}) {
    const Outcome fine = run(video, deep(video.format, depth));
    ASSERT_EQ(fine.masks.size(), coarse.masks.size());
    std::size_t differ = 0;
    for (std::size_t i = 0; i < fine.masks.size(); i++)
      differ += fine.masks[i] != coarse.masks[i];
    EXPECT_LT(differ, fine.masks.size() / 10000) << depth << " bits";  // 71 of 1536000
    EXPECT_GT(fine.settled.f(), 0.93);
    EXPECT_LT(fine.luma_error, 0.85 * coarse.luma_error);  // 0.78 times
  }
}

TEST(Deep, SamplesMayLieHighAndInterleaved) {
  SyntheticVideo video;
  video.format.width = 157;
  video.format.height = 119;
  const Outcome low = run(video, deep(video.format, 10));
  const Outcome high = run(video, deep(video.format, 10, 6), {.semi_planar = true});
  EXPECT_EQ(low.masks, high.masks);
  EXPECT_EQ(low.background, high.background);
}

TEST(Deep, FollowsAShakingCamera) {
  SyntheticVideo video = quiet();
  video.shake = 4;
  const Outcome coarse = run(video, video.format, {.border = 8});
  const Outcome fine = run(video, deep(video.format, 10), {.border = 8});
  EXPECT_LT(fine.luma_error, 0.85 * coarse.luma_error);     // 0.76 times
  EXPECT_LT(fine.chroma_error, 0.5 * coarse.chroma_error);  // 0.31 times
  video.objects = 2;
  EXPECT_GT(run(video, deep(video.format, 10)).settled.f(), 0.90);
}

// What never changes comes out as it is, whatever its depth, from black to white.
TEST(Deep, WhatIsStillIsExact) {
  for (const int depth : {9, 10, 12, 14, 16}) {
    const int most = (1 << depth) - 1;
    for (const int value : {0, 1, most / 3, most / 2 + 1, most - 1, most}) {
      const ImageFormat format{ColorModel::ycbcr, 20, 14, 1, 0, 16, depth, 16 - depth};
      const std::vector<double> levels(static_cast<std::size_t>(format.samples()),
                                       value / static_cast<double>(1 << (depth - 8)));
      const Samples samples(format, levels, false);
      BackgroundEngine engine;
      engine.configure(format, {});
      Separation result;
      for (int t = 0; t < 150; t++) {
        engine.push(samples.image);
        ASSERT_TRUE(engine.pull(result));
        ASSERT_EQ(result.foreground_ratio, 0);
        for (int p = 0; p < 3; p++)
          ASSERT_NEAR(
              level_of(format, result.background.planes[static_cast<std::size_t>(p)], 7, 5) *
                  (1 << (depth - 8)),
              value, 1)
              << depth << " bits, frame " << t << ", plane " << p;
      }
    }
  }
}

TEST(Deep, EverySimdTargetGivesTheSame) {
  SyntheticVideo video;
  video.format = deep({ColorModel::ycbcr, 75, 50, 1, 1, 16}, 10);
  video.gain_drift = 0.1;
  video.shake = 2;
  const Outcome best = run(video, video.format);
  const std::int64_t supported = hwy::SupportedTargets();
  for (std::int64_t left = supported; left; left &= left - 1) {
    hwy::SetSupportedTargetsForTest(left & -left);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    const Outcome outcome = run(video, video.format);
    EXPECT_EQ(best.masks, outcome.masks) << hwy::TargetName(left & -left);
    EXPECT_EQ(best.background, outcome.background) << hwy::TargetName(left & -left);
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace
}  // namespace lowrank::test
