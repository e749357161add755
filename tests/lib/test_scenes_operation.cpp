// SPDX-License-Identifier: LGPL-2.1-or-later
//
// One scene in every size, on every number of threads, for hours, and with settings that change
// while it runs.
#include <gtest/gtest.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <utility>

#include "scenes.h"

namespace lowrank::test {
namespace {

const Still& still() {
  static const Still scene(160, 120);
  return scene;
}

TEST(SceneOperation, EverySizeFindsTheSame) {
  double least = 1;
  double most = 0;
  for (const auto& [width, height] : {std::pair{320, 240}, {1280, 720}, {1920, 1080}}) {
    const Still scene(width, height);
    const double scale = height / 120.0;
    const auto film = [&](int t) {
      Shot shot(scene);
      shot.draw({scale * (2 * t - 20), scale * 20, scale * 30, scale * 24, 200, 90, 150});
      shot.draw({scale * 1.5 * t, scale * 70, scale * 26, scale * 26, 40, 150, 110, 24, true, 2});
      return shot.finish(2, t);
    };
    const Outcome outcome = watch(scene.format(), 60, film);
    EXPECT_GT(outcome.plate(45), 44) << height;
    least = std::min(least, outcome.f(45));
    most = std::max(most, outcome.f(45));
  }
  EXPECT_GT(least, 0.94);
  EXPECT_LT(most - least, 0.04);
}

TEST(SceneOperation, NoFrameIsAllForeground) {
  std::vector<BackgroundOptions> options = {{}, with_rank(4), {}, {}};
  options[2].mask_cleanup = 0;
  options[3].learning_rate = 0;
  for (const double noise : {0, 3, 8, 12, 16, 20}) {
    const auto film = [=](int t) {
      Shot shot(still());
      shot.passers_by(t);
      return shot.finish(noise, t);
    };
    const auto outcomes = watch(still().format(), 120, film, options);
    for (std::size_t i = 0; i < options.size(); i++) {
      EXPECT_EQ(outcomes[i].frames[0].ratio, 0) << noise;
      EXPECT_LT(outcomes[i].most_foreground(0), options[i].mask_cleanup == 0 ? 0.5 : 0.2) << noise;
    }
  }
}

TEST(SceneOperation, PureNoiseIsNoForeground) {
  const auto film = [](int t) {
    Shot shot(still());
    shot.disturb([t](int x, int y, double) { return 255 * hash(x, y, t); });
    return shot.finish(0, t);
  };
  EXPECT_LT(watch(still().format(), 250, film).most_foreground(0), 0.05);
}

#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
std::size_t bytes_in_use() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}
#else
std::size_t bytes_in_use() {
  return 0;
}
#endif

// Two days of light, and somebody who comes by now and then.
TEST(SceneOperation, HoursLeaveNoTrace) {
  const Still scene(64, 48);
  const int frames = 12000;
  const auto film = [&](int t) {
    Shot shot(scene);
    shot.light(1 - 0.3 * std::sin(2 * two_pi * t / frames), 0);
    if (t / 100 % 3 == 0)
      shot.draw({along(1.5 * t, 64, 14), 12, 14, 20, 200, 90, 150});
    return shot.finish(2, t);
  };
  Watcher watcher(scene.format(), {}, frames);
  std::size_t early = 0;
  for (int t = 0; t < frames; t++) {
    watcher.see(film(t));
    if (t == 1000)
      early = bytes_in_use();
  }
  const Outcome& outcome = watcher.outcome();
  EXPECT_LT(bytes_in_use(), early + 16384);
  EXPECT_GT(outcome.f(1000), 0.83);
  EXPECT_GT(outcome.worst_plate(1000), 45);
  EXPECT_GT(outcome.plate(frames - 1000), outcome.plate(1000, 2000) - 2);
  EXPECT_LT(outcome.most_foreground(100), 0.2);
  EXPECT_EQ(outcome.stats.resets, 0u);
}

TEST(SceneOperation, EveryNumberOfThreadsGivesTheSame) {
  const Still scene(160, 200);
  const Box tree{100, 20, 50, 80};
  const auto film = [&](int t) {
    Shot shot(scene, 2 * hash(t, 1, 9), 0);
    shot.sway(scene, tree, [&](int, int) { return std::pair(2 * std::sin(t * 0.9), 0.0); });
    shot.shadow({20, 60, 40, 30}, t / 8 % 2 ? 0.7 : 1);
    shot.passers_by(t);
    return shot.finish(3, t);
  };
  std::vector<BackgroundOptions> options;
  for (const unsigned threads : {1u, 2u, 3u, 5u}) {
    options.push_back(with_rank(3));
    options.back().threads = threads;
  }
  const auto outcomes = watch(scene.format(), 150, film, options);
  for (const Outcome& outcome : outcomes) {
    EXPECT_EQ(outcome.mask, outcomes[0].mask);
    EXPECT_EQ(outcome.background, outcomes[0].background);
    for (std::size_t t = 0; t < outcome.frames.size(); t++) {
      EXPECT_EQ(outcome.frames[t].ratio, outcomes[0].frames[t].ratio) << t;
      EXPECT_EQ(outcome.frames[t].psnr, outcomes[0].frames[t].psnr) << t;
    }
  }
}

// Engines that have learned the same film, each of which takes other options from then on.
class ChangedLive {
 public:
  ChangedLive(const std::vector<BackgroundOptions>& before, const Film& film) : film_(film) {
    for (const BackgroundOptions& options : before)
      watchers_.emplace_back(still().format(), options);
    watch(learned);
  }
  void change(const std::vector<BackgroundOptions>& options) {
    for (std::size_t i = 0; i < watchers_.size(); i++)
      watchers_[i].change(options[i]);
  }
  void watch(int frames) {
    for (int i = 0; i < frames; i++, t_++) {
      const SyntheticVideo::Frame frame = film_(t_);
      for (Watcher& watcher : watchers_)
        watcher.see(frame);
    }
  }
  const Outcome& outcome(std::size_t i) const { return watchers_[i].outcome(); }
  static constexpr int learned = 120;

 private:
  Film film_;
  std::vector<Watcher> watchers_;
  int t_ = 0;
};

// What is foreground at a threshold is so at every lower one.
TEST(SceneOperation, ThresholdActsAtOnceAndIsMonotone) {
  const auto film = [](int t) {
    Shot shot(still());
    shot.passers_by(t);
    return shot.finish(5, t);
  };
  std::vector<BackgroundOptions> options;
  for (const double threshold : {0.01, 0.3, 1.0, 2.0, 3.0, 4.5, 8.0, 20.0, 1000.0}) {
    options.emplace_back();
    options.back().mask_cleanup = 0;
    options.back().threshold = threshold;
  }
  BackgroundOptions before;
  before.mask_cleanup = 0;
  ChangedLive live(std::vector(options.size(), before), film);
  live.change(options);
  live.watch(1);
  EXPECT_GT(live.outcome(0).frames.back().ratio, 0.7);
  EXPECT_EQ(live.outcome(options.size() - 1).frames.back().ratio, 0);
  for (std::size_t i = 1; i < options.size(); i++) {
    const std::vector<std::uint8_t>& lower = live.outcome(i - 1).mask;
    const std::vector<std::uint8_t>& higher = live.outcome(i).mask;
    for (std::size_t k = 0; k < lower.size(); k++)
      ASSERT_LE(higher[k], lower[k]) << options[i].threshold << " at " << k;
  }
}

TEST(SceneOperation, MaskCleanupActsAtOnceAndIsMonotone) {
  const auto film = [](int t) {
    Shot shot(still());
    shot.passers_by(t);
    return shot.finish(9, t);
  };
  std::vector<BackgroundOptions> options;
  for (const int radius : {0, 1, 2, 4, 8, 15}) {
    options.emplace_back();
    options.back().threshold = 1.6;
    options.back().mask_cleanup = radius;
  }
  BackgroundOptions before;
  before.threshold = 1.6;
  ChangedLive live(std::vector(options.size(), before), film);
  live.change(options);
  live.watch(10);
  const int changed = ChangedLive::learned;
  for (std::size_t i = 0; i < options.size(); i++)
    EXPECT_GT(live.outcome(i).recall(changed), 0.97) << options[i].mask_cleanup;
  for (std::size_t i = 1; i < options.size(); i++)
    EXPECT_LT(live.outcome(i).false_alarms(changed),
              0.95 * live.outcome(i - 1).false_alarms(changed))
        << options[i].mask_cleanup;
}

// A step that is no foreground, in a part of the picture, and without the fit of the light, of
// which it is no part.
TEST(SceneOperation, LearningRateIsTheShareOfTheDifference) {
  const int frames = 40;
  const double step = 11;
  const auto film = [=](int t) {
    Shot shot(still());
    shot.disturb(
        [&](int x, int, double v) { return t >= ChangedLive::learned && x < 40 ? v + step : v; });
    return shot.finish(2, t);
  };
  const std::vector<double> rates = {0, 0.002, 0.01, 0.03, 0.2, 1};
  std::vector<BackgroundOptions> options;
  for (const double rate : rates) {
    options.emplace_back();
    options.back().learning_rate = rate;
    options.back().without = static_cast<std::uint32_t>(OnlineStep::light);
  }
  ChangedLive live(std::vector(options.size(), without(OnlineStep::light)), film);
  live.change(options);
  live.watch(1);
  const std::vector<std::uint8_t> before = live.outcome(0).background;
  live.watch(frames);
  for (std::size_t i = 0; i < rates.size(); i++) {
    const std::vector<std::uint8_t>& now = live.outcome(i).background;
    double taken = 0;
    for (std::size_t y = 0; y < 120; y++)
      for (std::size_t x = 2; x < 38; x++)
        taken += (now[y * 160 + x] - before[y * 160 + x]) / (120 * 36.0);
    EXPECT_EQ(now == before, rates[i] == 0);
    EXPECT_NEAR(taken, step * (1 - std::pow(1 - rates[i], frames)), 0.5) << rates[i];
  }
}

}  // namespace
}  // namespace lowrank::test
