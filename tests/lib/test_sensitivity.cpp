// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What each pixel of the residual counts.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "mask_regions.h"
#include "synthetic_video.h"

namespace lowrank::test {
namespace {

using Bytes = std::vector<std::uint8_t>;

PlaneView plane_of(const Bytes& samples, const ImageFormat& format) {
  return {samples.data(), format.width, 1, format.width, format.height};
}

Bytes uniform(const ImageFormat& format, int s) {
  return Bytes(static_cast<std::size_t>(format.width * format.height),
               static_cast<std::uint8_t>(s));
}

// Nothing counts in the left part of the picture, and everything beside it.
Bytes right_of(const ImageFormat& format, int column) {
  Bytes samples = uniform(format, 255);
  for (int y = 0; y < format.height; y++)
    std::fill_n(samples.begin() + y * format.width, column, std::uint8_t{0});
  return samples;
}

BackgroundOptions options_of(Method method) {
  BackgroundOptions options;
  options.method = method;
  options.window = method == Method::online ? 0 : 40;
  options.threads = 1;
  return options;
}

std::vector<Bytes> masks(const SyntheticVideo& video, int frames, const BackgroundOptions& options,
                         const Bytes& sensitivity) {
  BackgroundEngine engine;
  engine.configure(video.format, options);
  if (!sensitivity.empty())
    engine.set_sensitivity(plane_of(sensitivity, video.format));
  std::vector<Bytes> all;
  Separation separation;
  for (int t = 0; t < frames; t++) {
    const auto frame = video.frame(t);
    engine.push(view_of(video.format, frame.samples));
    while (engine.pull(separation))
      all.push_back(copy_of(separation.mask));
  }
  engine.drain();
  while (engine.pull(separation))
    all.push_back(copy_of(separation.mask));
  return all;
}

std::size_t differing(const Bytes& a, const Bytes& b) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size(); i++)
    count += a[i] != b[i];
  return count;
}

std::size_t set_in(const Bytes& mask, const ImageFormat& format, int first, int last) {
  std::size_t count = 0;
  for (int y = 0; y < format.height; y++)
    count += static_cast<std::size_t>(std::count(mask.begin() + y * format.width + first,
                                                 mask.begin() + y * format.width + last, 255));
  return count;
}

TEST(Sensitivity, InFullChangesNothing) {
  const SyntheticVideo video;
  for (const Method method : {Method::online, Method::pcp}) {
    const auto options = options_of(method);
    EXPECT_EQ(masks(video, 60, options, uniform(video.format, 255)), masks(video, 60, options, {}));
  }
}

TEST(Sensitivity, OfZeroKeepsPixelsOutOfTheMask) {
  SyntheticVideo video;
  video.format = {ColorModel::ycbcr, 161, 121, 1, 1, 16};
  for (const int shake : {0, 3}) {
    video.shake = shake;
    for (const Method method : {Method::online, Method::pcp}) {
      const auto options = options_of(method);
      const int border = 75;
      const auto whole = masks(video, 80, options, {});
      const auto zoned = masks(video, 80, options, right_of(video.format, border));
      std::size_t there = 0, beside = 0, beside_zoned = 0;
      for (std::size_t t = 0; t < whole.size(); t++) {
        EXPECT_EQ(set_in(zoned[t], video.format, 0, border), 0u) << t;
        there += set_in(whole[t], video.format, 0, border);
        beside += set_in(whole[t], video.format, border + 20, 161);
        beside_zoned += set_in(zoned[t], video.format, border + 20, 161);
      }
      EXPECT_GT(there, 5000u);
      EXPECT_GT(beside, 5000u);
      EXPECT_NEAR(static_cast<double>(beside_zoned), static_cast<double>(beside),
                  0.02 * static_cast<double>(beside));
    }
  }
}

// The same mask as with a threshold that is so much higher.
TEST(Sensitivity, ScalesTheThreshold) {
  const SyntheticVideo video;
  for (const Method method : {Method::online, Method::pcp}) {
    BackgroundOptions options = options_of(method);
    options.mask_cleanup = 0;
    const auto unscaled = masks(video, 60, options, {});
    const auto scaled = masks(video, 60, options, uniform(video.format, 100));
    options.threshold = 3 * 2.55;
    const auto expected = masks(video, 60, options, {});
    std::size_t wrong = 0, would_be = 0, set = 0;
    for (std::size_t t = 0; t < scaled.size(); t++) {
      wrong += differing(scaled[t], expected[t]);
      would_be += differing(unscaled[t], expected[t]);
      set += set_in(expected[t], video.format, 0, video.format.width);
    }
    EXPECT_GT(set, 20000u);
    EXPECT_LT(wrong, set / 50);
    EXPECT_GT(would_be, 5 * wrong);
  }
}

// A ramp of residuals on a scene without noise, under a band of each sensitivity.
TEST(Sensitivity, IsExactToALevel) {
  const ImageFormat format{ColorModel::gray, 256, 400};
  constexpr int levels[] = {255, 200, 128, 64, 40, 30};
  constexpr int band = 8;
  constexpr double floor = 16;  // grey levels: noise counts as 5.3, three times
  Bytes scene(static_cast<std::size_t>(format.samples()));
  for (int y = 0; y < format.height; y++)
    for (int x = 0; x < format.width; x++)
      scene[static_cast<std::size_t>(y * 256 + x)] =
          static_cast<std::uint8_t>(20 + 80 * hash(x / 7, y / 7, 3));
  Bytes ramp = scene;
  Bytes sensitivity = uniform(format, 255);
  int row = 0;
  for (const int s : levels) {
    for (int y = row; y < row + band; y++) {
      for (std::size_t x = 0; x < 256; x++) {
        const std::size_t i = static_cast<std::size_t>(y) * 256 + x;
        ramp[i] = static_cast<std::uint8_t>(ramp[i] + x / 2);
        sensitivity[i] = static_cast<std::uint8_t>(s);
      }
    }
    row += band;
  }
  BackgroundOptions options = options_of(Method::online);
  options.mask_cleanup = 0;
  // What is added to the scene leaves its edges, as light does.
  options.without = static_cast<std::uint32_t>(OnlineStep::scene_change);
  for (const bool interlaced : {false, true}) {
    options.interlaced = interlaced;
    BackgroundEngine engine;
    engine.configure(format, options);
    engine.set_sensitivity(plane_of(sensitivity, format));
    Separation separation;
    for (int t = 0; t < 130; t++) {
      engine.push(view_of(format, t < 129 ? scene : ramp));
      ASSERT_TRUE(engine.pull(separation));
    }
    for (int y = 0; y < row; y++) {
      const int s = levels[y / band];
      const double limit = floor * 255 / s;
      for (int x = 0; x < 256; x++)
        if (std::abs(x / 2 - limit) > 1.0 + 0.01 * limit) {
          ASSERT_EQ(separation.mask.row(y)[x] != 0, x / 2 > limit)
              << "sensitivity " << s << ", residual " << x / 2 << ", row " << y;
        }
    }
  }
}

TEST(Sensitivity, HoldsUntilConfigure) {
  const SyntheticVideo video;
  const auto frame = video.frame(0);
  const ImageView view = view_of(video.format, frame.samples);
  Bytes bright = frame.samples;
  std::fill_n(bright.begin() + 40 * 160, 20 * 160, std::uint8_t{250});
  BackgroundEngine engine;
  EXPECT_THROW(engine.set_sensitivity({}), std::logic_error);
  Separation separation;
  const auto foreground = [&] {
    for (int t = 0; t < 10; t++) {
      engine.push(view);
      EXPECT_TRUE(engine.pull(separation));
    }
    engine.push(view_of(video.format, bright));
    EXPECT_TRUE(engine.pull(separation));
    return separation.foreground_ratio > 0;
  };
  engine.configure(video.format, options_of(Method::online));
  {
    const Bytes nothing = uniform(video.format, 0);
    engine.set_sensitivity(plane_of(nothing, video.format));
  }
  EXPECT_FALSE(foreground());
  engine.reset();
  EXPECT_FALSE(foreground());
  engine.set_sensitivity({});
  engine.reset();
  EXPECT_TRUE(foreground());
  const Bytes nothing = uniform(video.format, 0);
  engine.set_sensitivity(plane_of(nothing, video.format));
  engine.configure(video.format, options_of(Method::online));
  EXPECT_TRUE(foreground());
  EXPECT_THROW(engine.set_sensitivity(plane_of(nothing, {ColorModel::gray, 159, 120})),
               std::invalid_argument);
}

// A mask that is held through a change of light was found before the zone was set.
TEST(Sensitivity, HoldsForAMaskThatIsHeld) {
  SyntheticVideo video;
  BackgroundOptions options = options_of(Method::online);
  options.held_mask = HeldMask::last;
  BackgroundEngine engine;
  engine.configure(video.format, options);
  const Bytes zone = right_of(video.format, 80);
  Separation separation;
  std::size_t before = 0;
  int held = 0;
  for (int t = 0; t < 130; t++) {
    auto frame = video.frame(t);
    // A lamp lights a part of the picture.
    for (int y = 0; t >= 120 && y < 120; y++)
      for (int x = 0; x < 160; x++) {
        std::uint8_t& luma = frame.samples[static_cast<std::size_t>(y * 160 + x)];
        const double lamp =
            1 + 1.2 * std::exp(-std::pow((x - 60) / 80.0, 2) - std::pow((y - 40) / 60.0, 2));
        luma = static_cast<std::uint8_t>(std::clamp(16 + (luma - 16) * lamp, 0.0, 255.0));
      }
    if (t == 121)
      engine.set_sensitivity(plane_of(zone, video.format));
    engine.push(view_of(video.format, frame.samples));
    ASSERT_TRUE(engine.pull(separation));
    const Bytes mask = copy_of(separation.mask);
    if (t == 119)
      before = set_in(mask, video.format, 0, 80);
    held += t >= 121 && separation.mask_held;
    if (t >= 121) {
      EXPECT_EQ(set_in(mask, video.format, 0, 80), 0u) << t;
    }
    EXPECT_NEAR(separation.foreground_ratio,
                static_cast<double>(set_in(mask, video.format, 0, 160)) / (160 * 120), 1e-9);
  }
  EXPECT_GT(before, 100u);
  EXPECT_GT(held, 0);
}

}  // namespace
}  // namespace lowrank::test
