// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the methods make of windows of frames.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "lowrank/background.h"
#include "synthetic_video.h"

namespace lowrank::test {
namespace {

const ImageFormat small{ColorModel::ycbcr, 33, 21, 1, 1, 16};

std::vector<std::uint8_t> flat(const ImageFormat& format, std::uint8_t value) {
  return std::vector<std::uint8_t>(static_cast<std::size_t>(format.samples()), value);
}

class Windowed : public ::testing::TestWithParam<Method> {
 protected:
  BackgroundOptions options(int window) const {
    BackgroundOptions options;
    options.method = GetParam();
    options.window = window;
    return options;
  }
};

TEST_P(Windowed, GivesEveryFrameInOrder) {
  SyntheticVideo video;
  video.format = small;
  video.radius = 4;
  for (const int window : {8, 0}) {
    BackgroundEngine engine;
    engine.configure(small, options(window));
    EXPECT_EQ(engine.delay(), window ? 2 * 8 - 2 - 1 : BackgroundEngine::unbounded_delay);
    EXPECT_EQ(engine.delay(), BackgroundEngine::delay_of(options(window)));
    int given = 0;
    const auto pull_all = [&] {
      Separation separation;
      while (engine.pull(separation)) {
        const auto expected = video.frame(given).samples;
        EXPECT_EQ(0,
                  std::memcmp(separation.input.planes[0].data, expected.data(), expected.size()));
        given++;
      }
    };
    for (int t = 0; t < 21; t++) {
      engine.push(view_of(small, video.frame(t).samples));
      pull_all();
    }
    EXPECT_EQ(given, window ? 21 - 13 : 0);
    engine.drain();
    pull_all();
    EXPECT_EQ(given, 21);
    EXPECT_EQ(engine.stats().frames, 21u);
  }
}

TEST_P(Windowed, SeparatesMovingObjects) {
  SyntheticVideo video;
  video.format = {ColorModel::ycbcr, 96, 64, 1, 1, 16};
  video.radius = 8;
  BackgroundEngine engine;
  engine.configure(video.format, options(60));
  MaskScore score;
  double worst = 100;
  int t = 0;
  for (int i = 0; i < 60; i++)
    engine.push(view_of(video.format, video.frame(i).samples));
  engine.drain();
  Separation separation;
  while (engine.pull(separation)) {
    const SyntheticVideo::Frame frame = video.frame(t++);
    score.add(separation.mask, frame.truth);
    worst = std::min(worst, psnr(separation.background, frame.background));
  }
  EXPECT_EQ(t, 60);
  // Least squares alone smears the objects over L.
  const bool sparse = GetParam() != Method::svd;
  EXPECT_GT(score.f(), sparse ? 0.85 : 0.7);
  EXPECT_GT(worst, sparse ? 34 : 24);
}

TEST_P(Windowed, FlushForgetsPendingFrames) {
  BackgroundEngine engine;
  engine.configure(small, options(4));
  const auto samples = flat(small, 90);
  engine.push(view_of(small, samples));
  engine.flush();
  engine.drain();
  Separation separation;
  EXPECT_FALSE(engine.pull(separation));
}

TEST_P(Windowed, WindowsOverTheMemoryLimitAreRefused) {
  const ImageFormat hd{ColorModel::ycbcr, 1920, 1080, 1, 1, 16};
  BackgroundOptions wanted = options(3000);
  BackgroundEngine engine;
  std::string message = "nothing was thrown";
  try {
    engine.configure(hd, wanted);
  } catch (const MemoryLimitError& error) {
    message = error.what();
  }
  EXPECT_NE(message.find("MiB"), std::string::npos) << message;
  const auto at = message.find("window=");
  ASSERT_NE(at, std::string::npos) << message;
  wanted.window = std::stoi(message.substr(at + 7));
  EXPECT_GT(wanted.window, 0);
  engine.configure(hd, wanted);  // what the message promises
  wanted.window++;
  EXPECT_THROW(engine.configure(hd, wanted), MemoryLimitError);
}

TEST_P(Windowed, AStreamThatOutgrowsTheMemoryIsRefused) {
  const ImageFormat vga{ColorModel::gray, 640, 480};
  BackgroundOptions wanted = options(0);
  wanted.threads = 1;
  wanted.max_memory = 120 << 20;
  BackgroundEngine engine;
  engine.configure(vga, wanted);
  const auto samples = flat(vga, 90);
  int taken = 0;
  EXPECT_THROW(
      {
        for (; taken < 1000; taken++)
          engine.push(view_of(vga, samples));
      },
      MemoryLimitError);
  EXPECT_GT(taken, 2);
}

TEST_P(Windowed, ConstantVideoIsAllBackground) {
  for (const std::uint8_t level : {0, 128, 255}) {
    BackgroundEngine engine;
    engine.configure(small, options(5));
    const auto samples = flat(small, level);
    for (int t = 0; t < 5; t++)
      engine.push(view_of(small, samples));
    engine.drain();
    Separation separation;
    int frames = 0;
    while (engine.pull(separation)) {
      EXPECT_EQ(separation.foreground_ratio, 0);
      EXPECT_NEAR(separation.background.planes[0].row(3)[3], level, 1);
      frames++;
    }
    EXPECT_EQ(frames, 5);
  }
}

TEST_P(Windowed, OnePixelAndOneFrameWork) {
  const ImageFormat pixel{ColorModel::gray, 1, 1};
  for (const int window : {1, 3}) {
    BackgroundEngine engine;
    engine.configure(pixel, options(window));
    Separation separation;
    int frames = 0;
    for (int t = 0; t < 6; t++) {
      const std::vector<std::uint8_t> samples{static_cast<std::uint8_t>(40 * t)};
      engine.push(view_of(pixel, samples));
      while (engine.pull(separation))
        frames++;
    }
    engine.drain();
    while (engine.pull(separation))
      frames++;
    EXPECT_EQ(frames, 6);
  }
}

// The right half is as noisy as objects are bright; more frames than the noise is measured in.
TEST_P(Windowed, NoisyPixelsNeedMoreToBeForeground) {
  const ImageFormat format{ColorModel::gray, 64, 16};
  for (const int frames : {40, 300}) {
    BackgroundEngine engine;
    BackgroundOptions wanted = options(0);
    wanted.mask_cleanup = 0;
    wanted.threshold = 4;
    if (GetParam() == Method::pcp)
      wanted.rank = 1;
    engine.configure(format, wanted);
    for (int t = 0; t < frames; t++) {
      auto samples = flat(format, 100);
      for (int y = 0; y < 16; y++)
        for (int x = 0; x < 64; x++)
          samples[static_cast<std::size_t>(64 * y + x)] = static_cast<std::uint8_t>(
              std::lround(100 + (x < 32 ? 1 : 15) * gaussian(x, y, t) + (x < 8 && t == 20) * 40));
      engine.push(view_of(format, samples));
    }
    engine.drain();
    Separation separation;
    double right = 0;
    for (int t = 0; engine.pull(separation); t++)
      for (int y = 0; y < 16; y++)
        for (int x = 0; x < 64; x++) {
          const bool foreground = separation.mask.row(y)[x] != 0;
          EXPECT_TRUE(foreground || x >= 8 || t != 20) << x << " " << y;
          right += x >= 32 && foreground;
        }
    EXPECT_LT(right / (frames * 16 * 32), 0.01);
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, Windowed,
                         ::testing::Values(Method::pcp, Method::svd, Method::nmf,
                                           Method::fixed_rank));

// Frames pushed in a window of their own; what comes out of it.
struct WindowResult {
  BackgroundStats stats;
  double worst = 100;  ///< PSNR of the background
};

WindowResult separate_window(const SyntheticVideo& video, int frames, BackgroundOptions options) {
  BackgroundEngine engine;
  engine.configure(video.format, options);
  for (int t = 0; t < frames; t++)
    engine.push(view_of(video.format, video.frame(t).samples));
  engine.drain();
  WindowResult result;
  Separation separation;
  for (int t = 0; engine.pull(separation); t++)
    result.worst = std::min(result.worst, psnr(separation.background, video.frame(t).background));
  result.stats = engine.stats();
  return result;
}

// Exact PCP needs a rank of half the frames to explain what stable PCP leaves aside.
TEST(Windows, StablePcpLeavesNoiseAside) {
  SyntheticVideo video;
  video.format = {ColorModel::gray, 96, 64};
  video.radius = 6;
  video.noise = 3;
  BackgroundOptions options;
  options.method = Method::pcp;
  const WindowResult estimated = separate_window(video, 60, options);
  options.noise = 3;
  const WindowResult given = separate_window(video, 60, options);
  options.noise = 0;
  const WindowResult exact = separate_window(video, 60, options);
  EXPECT_LE(estimated.stats.rank, 6);
  EXPECT_NEAR(given.stats.rank, estimated.stats.rank, 1);
  EXPECT_GE(exact.stats.rank, 20);
  EXPECT_GT(estimated.worst, 40);
  EXPECT_NEAR(given.worst, estimated.worst, 0.5);
}

TEST(Windows, MemoryOfAWindowDependsOnTheNoise) {
  const ImageFormat hd{ColorModel::gray, 1920, 1080};
  BackgroundOptions options;
  options.method = Method::pcp;
  options.window = 100000;
  options.max_memory = std::uint64_t{4} << 30;
  const auto fitting = [&] {
    BackgroundEngine engine;
    try {
      engine.configure(hd, options);
    } catch (const MemoryLimitError& error) {
      return error.window;
    }
    return options.window;
  };
  const int estimated = fitting();
  options.noise = 0;
  const int exact = fitting();
  EXPECT_GT(exact, estimated);
  EXPECT_GT(estimated, 0);
}

}  // namespace
}  // namespace lowrank::test
