// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Changes of all of the picture at once: no false alarm while they last, told as what they are, and
// learned within seconds where they stay.
#include <gtest/gtest.h>

#include <functional>

#include "scenes.h"

namespace lowrank::test {
namespace {

constexpr int begin = 200;
constexpr int end = 400;

const Still& still() {
  static const Still scene(160, 120);
  return scene;
}

using Change = std::function<void(int t, Shot& shot)>;

Outcome watch_change(const Change& change, BackgroundOptions options = {}) {
  const auto film = [&](int t) {
    Shot shot(still());
    shot.passers_by(t);
    change(t, shot);
    return shot.finish(2, t);
  };
  return watch(still().format(), end, film, options);
}

// Of one frame, but for those right after learning, when the plate may still show who was there.
double worst_false_alarm(const Outcome& outcome) {
  constexpr int learned = 75;  // frames
  double worst = 0;
  for (int t = begin; t < end; t++)
    if (outcome.frames[static_cast<std::size_t>(t)].change != GlobalChange::none ||
        outcome.stats.resets == 0 || t >= begin + learned)
      worst = std::max(worst, outcome.false_alarms(t, t + 1));
  return worst;
}

int frames_with(const Outcome& outcome, bool Outcome::Frame::*flag) {
  int count = 0;
  for (const Outcome::Frame& frame : outcome.frames)
    count += frame.*flag;
  return count;
}

// Brighter near a place, by so many times at most.
double lamp(int x, int y, double strength) {
  return 1 + strength * std::exp(-std::pow((x - 60) / 80.0, 2) - std::pow((y - 40) / 60.0, 2));
}

TEST(SceneChanges, LampThatLightsAPart) {
  const Outcome outcome = watch_change([](int t, Shot& shot) {
    if (t >= begin)
      shot.shade([](int x, int y) { return lamp(x, y, 1.2); });
  });
  EXPECT_LT(worst_false_alarm(outcome), 0.02);
  EXPECT_EQ(outcome.frames[begin].change, GlobalChange::light);
  EXPECT_TRUE(outcome.frames[begin].held);
  EXPECT_EQ(frames_with(outcome, &Outcome::Frame::relearned), 1);
  EXPECT_EQ(outcome.stats.resets, 1u);
  EXPECT_GT(outcome.f(begin + 75), 0.9);
  EXPECT_GT(outcome.plate(begin + 110), 40);
}

TEST(SceneChanges, IrCutFilter) {
  // Night shows other tones, no colour and more noise.
  const auto night = [](int t, Shot& shot) {
    shot.light(0.8, 0, 0);
    shot.disturb([t](int x, int y, double luma) {
      const double level = std::clamp((luma - 16) / 219, 0.0, 1.0);
      return 16 + 200 * std::pow(level, 0.6) + 6 * (hash(x, y, t) - 0.5);
    });
  };
  for (const bool falls : {true, false}) {
    const Outcome outcome = watch_change([&](int t, Shot& shot) {
      if ((t >= begin) == falls)
        night(t, shot);
    });
    EXPECT_LT(worst_false_alarm(outcome), 0.02) << falls;
    EXPECT_EQ(outcome.frames[begin].change, GlobalChange::light) << falls;
    EXPECT_EQ(outcome.stats.resets, 1u) << falls;
    EXPECT_GT(outcome.f(begin + 75), 0.85) << falls;
  }
}

TEST(SceneChanges, Flash) {
  for (const int frames : {1, 2, 5, 8}) {
    const Outcome outcome = watch_change([&](int t, Shot& shot) {
      if (t >= begin && t < begin + frames)
        shot.disturb([](int, int, double luma) { return std::min(255.0, 1.8 * luma + 60); });
    });
    EXPECT_LT(worst_false_alarm(outcome), 0.02) << frames;
    EXPECT_NE(outcome.frames[begin].change, GlobalChange::none) << frames;
    EXPECT_EQ(outcome.stats.resets, 0u) << frames;
    EXPECT_GT(outcome.f(begin + frames + 3), 0.9) << frames;
    EXPECT_GT(outcome.worst_plate(begin + frames + 3), 40) << frames;
  }
}

// A tone curve that drifts within half a second, as the exposure of a camera does.
TEST(SceneChanges, ToneCurve) {
  const Outcome outcome = watch_change([](int t, Shot& shot) {
    const double share = std::clamp((t - begin) / 10.0, 0.0, 1.0);
    shot.disturb([=](int, int, double luma) {
      return 16 + 219 * std::pow(std::clamp((luma - 16) / 219, 0.0, 1.0), 1 - 0.5 * share);
    });
  });
  EXPECT_LT(worst_false_alarm(outcome), 0.02);
  EXPECT_GT(outcome.f(begin + 100), 0.9);
}

TEST(SceneChanges, RampIsTold) {
  const Outcome outcome = watch_change(
      [](int t, Shot& shot) { shot.light(std::clamp(1 - 0.006 * (t - begin), 0.4, 1.0), 0); });
  EXPECT_LT(worst_false_alarm(outcome), 0.02);
  EXPECT_EQ(outcome.frames[begin - 1].change, GlobalChange::none);
  EXPECT_EQ(outcome.frames[begin + 60].change, GlobalChange::light);
  EXPECT_FALSE(outcome.frames[begin + 60].held);
  EXPECT_EQ(outcome.stats.resets, 0u);
  EXPECT_GT(outcome.f(begin), 0.85);
}

SyntheticVideo::Frame cut(int t) {
  static const Still other(160, 120, 2);
  Shot shot(t < begin ? still() : other);
  shot.passers_by(t);
  return shot.finish(2, t);
}

TEST(SceneChanges, CutIsTold) {
  const Outcome outcome = watch(still().format(), end, cut);
  EXPECT_LT(worst_false_alarm(outcome), 0.02);
  EXPECT_EQ(outcome.frames[begin].change, GlobalChange::scene);
  EXPECT_EQ(outcome.stats.resets, 1u);
}

// However little makes foreground: what a low threshold marks besides is not the scene's.
TEST(SceneChanges, CutIsToldByAnyThreshold) {
  std::vector<BackgroundOptions> options;
  for (const double threshold : {0.2, 0.5, 0.7, 0.9, 1.0, 1.1, 2.0}) {
    options.emplace_back();
    options.back().threshold = threshold;
  }
  const auto outcomes = watch(still().format(), end, cut, options);
  for (std::size_t i = 0; i < options.size(); i++) {
    const double threshold = options[i].threshold;
    EXPECT_EQ(outcomes[i].frames[begin - 1].change, GlobalChange::none) << threshold;
    EXPECT_EQ(outcomes[i].frames[begin].change, GlobalChange::scene) << threshold;
    EXPECT_EQ(outcomes[i].stats.resets, 1u) << threshold;
  }
}

TEST(SceneChanges, LastMaskIsHeld) {
  BackgroundOptions options;
  options.held_mask = HeldMask::last;
  std::vector<std::uint8_t> before;
  Watcher watcher(still().format(), options);
  int held = 0;
  for (int t = 0; t < begin + 5; t++) {
    Shot shot(still());
    shot.passers_by(t);
    if (t >= begin)
      shot.shade([](int x, int y) { return lamp(x, y, 1.2); });
    watcher.see(shot.finish(2, t));
    const Outcome& outcome = watcher.outcome();
    if (t == begin - 1)
      before = outcome.mask;
    if (t >= begin && outcome.frames.back().held) {
      held++;
      EXPECT_EQ(outcome.mask, before) << t;
      EXPECT_GT(outcome.frames.back().ratio, 0) << t;
    }
  }
  EXPECT_EQ(held, 5);
}

TEST(SceneChanges, NobodyMakesOne) {
  const Outcome outcome = watch_change([](int, Shot&) {});
  EXPECT_EQ(frames_with(outcome, &Outcome::Frame::held), 0);
  for (const Outcome::Frame& frame : outcome.frames)
    EXPECT_EQ(frame.change, GlobalChange::none);
}

}  // namespace
}  // namespace lowrank::test
