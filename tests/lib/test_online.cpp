// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The online method against videos whose background and foreground are planted. The margins leave
// room for another compiler's rounding, not for another result: each was seen at the figure in the
// comment beside it.
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <vector>

#include "lowrank/background.h"
#include "synthetic_video.h"

namespace lowrank::test {
namespace {

struct Outcome {
  MaskScore settled;       ///< from frame 120 on
  double plate_psnr = 0;   ///< of the last frame
  double first_ratio = 0;  ///< foreground of the first frame
  int converged = -1;      ///< first frame from which the plate stays over 35 dB
  std::vector<std::uint8_t> last_mask;
  std::vector<std::uint8_t> last_background;
};

void keep(const PlaneView& plane, std::vector<std::uint8_t>& bytes) {
  for (int y = 0; y < plane.height; y++)
    for (int x = 0; x < plane.width; x++)
      bytes.push_back(plane.row(y)[x * plane.pixel_stride]);
}

Outcome run(const SyntheticVideo& video, const BackgroundOptions& options, int frames = 200) {
  BackgroundEngine engine;
  engine.configure(video.format, options);
  Outcome outcome;
  Separation separation;
  for (int t = 0; t < frames; t++) {
    const SyntheticVideo::Frame frame = video.frame(t);
    engine.push(view_of(video.format, frame.samples));
    EXPECT_TRUE(engine.pull(separation));
    if (t == 0)
      outcome.first_ratio = separation.foreground_ratio;
    if (t >= 120)
      outcome.settled.add(separation.mask, frame.truth);
    outcome.plate_psnr = psnr(separation.background, frame.background);
    if (outcome.plate_psnr < 35)
      outcome.converged = -1;
    else if (outcome.converged < 0)
      outcome.converged = t;
  }
  keep(separation.mask, outcome.last_mask);
  for (int p = 0; p < video.format.planes(); p++)
    keep(separation.background.planes[static_cast<std::size_t>(p)], outcome.last_background);
  return outcome;
}

TEST(Online, FindsMovingObjects) {
  const Outcome outcome = run({}, {});
  EXPECT_GT(outcome.settled.f(), 0.93);
  EXPECT_GT(outcome.plate_psnr, 40);
  EXPECT_EQ(outcome.first_ratio, 0);
  EXPECT_GE(outcome.converged, 0);
  EXPECT_LE(outcome.converged, 60);
}

TEST(Online, FollowsTheLight) {
  SyntheticVideo video;
  video.gain_drift = 0.15;
  const Outcome outcome = run(video, {});
  EXPECT_GT(outcome.settled.f(), 0.93);
  EXPECT_GT(outcome.plate_psnr, 38);
}

TEST(Online, FollowsAShakingCamera) {
  SyntheticVideo video;
  video.shake = 4;
  const Outcome outcome = run(video, {});
  EXPECT_GT(outcome.settled.f(), 0.90);
}

TEST(Online, SeparatesEveryColorModel) {
  for (const ImageFormat& format :
       {ImageFormat{ColorModel::gray, 160, 120, 0, 0, 0}, ImageFormat{ColorModel::rgb, 160, 120},
        ImageFormat{ColorModel::ycbcr, 160, 120, 0, 0, 16},
        ImageFormat{ColorModel::ycbcr, 160, 120, 1, 0, 16},
        ImageFormat{ColorModel::ycbcr, 161, 119, 1, 1, 16}}) {
    SyntheticVideo video;
    video.format = format;
    const Outcome outcome = run(video, {});
    EXPECT_GT(outcome.settled.f(), 0.93) << "planes " << format.planes();
    EXPECT_GT(outcome.plate_psnr, 38) << "planes " << format.planes();
  }
}

TEST(Online, EveryThreadCountGivesTheSame) {
  SyntheticVideo video;
  video.shake = 2;
  BackgroundOptions options;
  options.threads = 1;
  const Outcome one = run(video, options, 130);
  for (const unsigned threads : {2u, 3u, 7u}) {
    options.threads = threads;
    const Outcome several = run(video, options, 130);
    EXPECT_EQ(one.last_mask, several.last_mask);
    EXPECT_EQ(one.last_background, several.last_background);
  }
}

// The kernels round alike on every SIMD target that this processor has.
TEST(Online, EverySimdTargetGivesTheSame) {
  SyntheticVideo video;
  video.gain_drift = 0.1;
  const Outcome best = run(video, {}, 130);
  int targets = 0;
  const std::int64_t supported = hwy::SupportedTargets();
  for (std::int64_t left = supported; left; left &= left - 1) {
    hwy::SetSupportedTargetsForTest(left & -left);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    const Outcome outcome = run(video, {}, 130);
    EXPECT_EQ(best.last_mask, outcome.last_mask) << hwy::TargetName(left & -left);
    EXPECT_EQ(best.last_background, outcome.last_background) << hwy::TargetName(left & -left);
    targets++;
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  EXPECT_GT(targets, 0);
}

TEST(Online, HigherRanksWork) {
  SyntheticVideo video;
  video.gain_drift = 0.1;
  for (const int rank : {1, 2, 4, 8, 16}) {
    BackgroundOptions options;
    options.rank = rank;
    EXPECT_GT(run(video, options).settled.f(), 0.9) << "rank " << rank;
  }
}

// A plane that brightens on one side and dims on the other is neither gain nor offset; a learned
// component takes it up.
TEST(Online, ALearnedComponentTakesUpLightThatMoves) {
  const int width = 96;
  const int height = 64;
  const ImageFormat format{ColorModel::gray, width, height};
  double error[2] = {};
  for (const int rank : {1, 3}) {
    BackgroundEngine engine;
    BackgroundOptions options;
    options.rank = rank;
    engine.configure(format, options);
    std::vector<std::uint8_t> samples(width * height);
    for (int t = 0; t < 400; t++) {
      for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
          samples[static_cast<std::size_t>(y * width + x)] = static_cast<std::uint8_t>(
              128 + 25 * (hash(x / 4, y / 4, 1) - 0.5) +
              15 * std::sin(t * 0.07) * (x - width / 2) / (width / 2.0) + gaussian(x, y, t));
      engine.push(view_of(format, samples));
      Separation separation;
      ASSERT_TRUE(engine.pull(separation));
      if (t < 300)
        continue;
      for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
          error[rank == 3] += std::abs(separation.background.planes[0].row(y)[x] -
                                       samples[static_cast<std::size_t>(y * width + x)]);
    }
    EXPECT_EQ(engine.stats().rank > 1, rank > 1);
  }
  EXPECT_LT(error[1], 0.5 * error[0]);
}

TEST(Online, RawSupportAndCleanupDiffer) {
  SyntheticVideo video;
  video.noise = 9;
  BackgroundOptions options;
  options.threshold = 2;
  options.mask_cleanup = 0;
  const Outcome raw = run(video, options, 150);
  options.mask_cleanup = 4;
  const Outcome clean = run(video, options, 150);
  EXPECT_GT(raw.settled.false_positive, 5 * clean.settled.false_positive);
}

TEST(Online, ThresholdActsLive) {
  SyntheticVideo video;
  BackgroundEngine engine;
  BackgroundOptions options;
  engine.configure(video.format, options);
  Separation separation;
  double ratio[2] = {};
  for (int t = 0; t < 160; t++) {
    if (t == 140) {
      options.threshold = 1000;
      engine.set_options(options);
    }
    const SyntheticVideo::Frame frame = video.frame(t);
    engine.push(view_of(video.format, frame.samples));
    ASSERT_TRUE(engine.pull(separation));
    ratio[t >= 140] += separation.foreground_ratio;
  }
  EXPECT_GT(ratio[0], 0);
  EXPECT_EQ(ratio[1], 0);
}

TEST(Online, LearningRateZeroHoldsThePlate) {
  const ImageFormat format{ColorModel::gray, 64, 48};
  BackgroundEngine engine;
  BackgroundOptions options;
  options.learning_rate = 0;
  engine.configure(format, options);
  Separation separation;
  for (int t = 0; t < 300; t++) {
    // Ten levels up after the learning phase, on the left half only so that it is not the light.
    std::vector<std::uint8_t> samples(64 * 48, 100);
    for (std::size_t i = 0; t >= 120 && i < samples.size(); i++)
      samples[i] = i % 64 < 16 ? 110 : 100;
    engine.push(view_of(format, samples));
    ASSERT_TRUE(engine.pull(separation));
  }
  EXPECT_NEAR(separation.background.planes[0].row(20)[5], 100, 1);
}

// An object that stands where it is while the plate is learned is part of the plate; once it has
// gone, the plate must not show it for long, nor the mask.
TEST(Online, GhostsDissolve) {
  const int width = 160;
  const int height = 120;
  const ImageFormat format{ColorModel::ycbcr, width, height, 1, 1, 16};
  BackgroundEngine engine;
  engine.configure(format, {});
  SyntheticVideo scene;
  scene.objects = 0;
  Separation separation;
  double ghost_psnr = 0;
  for (int t = 0; t < 200; t++) {
    SyntheticVideo::Frame frame = scene.frame(t);
    for (int y = 40; y < 80 && t < 110; y++)
      for (int x = 70; x < 90; x++)
        frame.samples[static_cast<std::size_t>(y * width + x)] = 210;
    engine.push(view_of(format, frame.samples));
    ASSERT_TRUE(engine.pull(separation));
    if (t == 105)
      ghost_psnr = psnr(separation.background, frame.background);
  }
  EXPECT_LT(ghost_psnr, 30);  // the test has the ghost that it is about
  EXPECT_GT(psnr(separation.background, scene.frame(199).background), 40);
  EXPECT_EQ(separation.foreground_ratio, 0);
}

// What never ends in NaN, in a mask of everything or in a crash.
TEST(Online, StaysSaneOnDegenerateVideo) {
  for (const auto& [width, height] :
       std::vector<std::pair<int, int>>{{1, 1}, {1, 7}, {3, 5}, {16384, 2}, {2, 2049}, {64, 48}}) {
    for (int kind = 0; kind < 4; kind++) {  // black, white, noise, flicker
      const ImageFormat format{ColorModel::ycbcr, width, height, 1, 1, 16};
      BackgroundEngine engine;
      engine.configure(format, {});
      std::vector<std::uint8_t> samples(static_cast<std::size_t>(format.samples()));
      Separation separation;
      double last = 0;
      for (int t = 0; t < 130; t++) {
        for (std::size_t i = 0; i < samples.size(); i++)
          samples[i] = kind == 0   ? 0
                       : kind == 1 ? 255
                       : kind == 2
                           ? static_cast<std::uint8_t>(hash(static_cast<int>(i), t, 0) * 256)
                           : static_cast<std::uint8_t>(t % 2 ? 255 : 0);
        engine.push(view_of(format, samples));
        ASSERT_TRUE(engine.pull(separation));
        ASSERT_GE(separation.foreground_ratio, 0);
        ASSERT_LE(separation.foreground_ratio, 1);
        last = separation.foreground_ratio;
      }
      if (kind < 2) {
        EXPECT_EQ(last, 0);
        EXPECT_EQ(separation.background.planes[0].row(0)[0], kind == 0 ? 0 : 255);
      }
    }
  }
}

TEST(Online, ResetLearnsAfresh) {
  const ImageFormat format{ColorModel::gray, 64, 48};
  BackgroundEngine engine;
  engine.configure(format, {});
  Separation separation;
  const auto show = [&](std::uint8_t level) {
    std::vector<std::uint8_t> samples(64 * 48);
    for (std::size_t i = 0; i < samples.size(); i++)
      samples[i] = static_cast<std::uint8_t>(level + i % 7);
    engine.push(view_of(format, samples));
    ASSERT_TRUE(engine.pull(separation));
  };
  for (int t = 0; t < 20; t++)
    show(50);
  engine.reset();
  show(200);
  EXPECT_EQ(separation.foreground_ratio, 0);
  EXPECT_EQ(separation.background.planes[0].row(0)[0], 200);
  EXPECT_EQ(engine.stats().resets, 1u);
}

}  // namespace
}  // namespace lowrank::test
