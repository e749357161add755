// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Backgrounds that move, cameras that shake, sensors and codecs that add noise. A step of the
// engine that a scene needs is also left out, which has to show.
#include <gtest/gtest.h>

#include <utility>

#include "scenes.h"

namespace lowrank::test {
namespace {

const Still& still() {
  static const Still scene(160, 120);
  return scene;
}

// Leaves of that contrast that sway by up to so many pixels, each branch in its own rhythm of
// shortest to twice shortest frames; from frame 250 on somebody walks past.
Film leaves(const Still& scene, const Box& tree, double reach, double shortest) {
  return [=, &scene](int t) {
    Shot shot(scene);
    shot.sway(scene, tree, [&](int x, int y) {
      const double period = shortest * (1 + hash(x / 16, y / 16, 3));
      const double phase = hash(x / 16, y / 16, 4);
      const double dx = reach * std::sin(two_pi * (t / period + phase));
      return std::pair(dx, 0.4 * dx);
    });
    if (t >= 250)
      shot.draw({2.0 * (t - 250) - 30, 30, 30, 50, 215, 90, 160});
    return shot.finish(2, t);
  };
}

TEST(SceneBackground, RustlingLeavesAreNoForeground) {
  const Box tree{20, 20, 80, 80};
  Still scene(160, 120);
  scene.roughen(tree, 40);
  const auto outcomes = watch(scene.format(), 350, leaves(scene, tree, 2, 6),
                              {{}, without(OnlineStep::moving_background)});
  EXPECT_LT(outcomes[0].false_alarms(0, 100), 0.02);
  EXPECT_LT(outcomes[0].false_alarms(100, 250), 0.004);
  EXPECT_GT(outcomes[0].f(265, 340), 0.9);
  EXPECT_GT(outcomes[1].false_alarms(0, 100), 0.04);
}

TEST(SceneBackground, SwayingBranchesAreNoForegroundOnceLearned) {
  const Box tree{20, 20, 80, 80};
  Still scene(160, 120);
  scene.roughen(tree, 25);
  const auto outcomes =
      watch(scene.format(), 350, leaves(scene, tree, 2, 30), {{}, without(OnlineStep::noise)});
  EXPECT_LT(outcomes[0].false_alarms(100, 250), 0.01);
  EXPECT_GT(outcomes[0].f(265, 340), 0.9);
  EXPECT_GT(outcomes[1].false_alarms(100, 250), 0.02);
}

// Traffic that hides most of the road most of the time, in two lanes and ever other colours.
TEST(SceneBackground, DenseTrafficIsForeground) {
  double lane = 0;
  const auto film = [&](int t) {
    Shot shot(still());
    for (int k = 0; k < 50; k++) {
      const double x = 3.0 * (t + 60) - 40 * k;
      if (x < -24 || x >= 160)
        continue;
      const auto vehicle = [&](double from, double y, int kind) {
        shot.draw({from, y, 24, 22, 30 + 190 * hash(k, kind, 3), 108 + 40 * hash(k, kind, 4),
                   108 + 40 * hash(k, kind, 5), 24, false, k});
      };
      vehicle(x, 30, 0);
      vehicle(136 - x, 62, 1);
    }
    SyntheticVideo::Frame frame = shot.finish(2, t);
    lane += frame.truth[40 * 160 + 80] != 0;
    return frame;
  };
  const auto outcomes =
      watch(still().format(), 300, film, {{}, without(OnlineStep::moving_background)});
  EXPECT_GT(lane / 300, 0.5);
  EXPECT_GT(outcomes[0].f(120), 0.9);
  EXPECT_GT(outcomes[0].f(120), outcomes[1].f(120) - 0.01);
  EXPECT_GT(outcomes[0].plate(120), 40);
}

TEST(SceneBackground, ShakingCamera) {
  const auto film = [&](int t) {
    Shot shot(still(), 6 * hash(t, 1, 9) - 3, 6 * hash(t, 2, 9) - 3);
    shot.passers_by(t);
    return shot.finish(2, t);
  };
  const auto outcomes =
      watch(still().format(), 250, film, {{}, without(OnlineStep::stabilization)});
  EXPECT_GT(outcomes[0].f(120), 0.9);
  EXPECT_GT(outcomes[0].recall(120), 0.98);
  EXPECT_GT(outcomes[0].plate(120), 40);
  EXPECT_LT(outcomes[1].plate(120), outcomes[0].plate(120) - 6);
  EXPECT_LT(outcomes[1].recall(120), outcomes[0].recall(120) - 0.02);
}

// A sensor that shows little but its noise.
TEST(SceneBackground, NightIsNoForeground) {
  const auto film_of = [](double noise) {
    return [=](int t) {
      Shot shot(still());
      shot.light(0.5, 0);
      shot.draw({along(1.5 * t, 160, 30), 20, 30, 24, 180, 90, 150});
      return shot.finish(noise, t);
    };
  };
  const Outcome usual = watch(still().format(), 250, film_of(12));
  EXPECT_GT(usual.f(120), 0.88);
  EXPECT_GT(usual.plate(120), 38);
  const auto worst = watch(still().format(), 250, film_of(20), {{}, without(OnlineStep::noise)});
  EXPECT_GT(worst[0].f(120), 0.85);
  EXPECT_LT(worst[0].false_alarms(120), 0.004);
  EXPECT_LT(worst[1].f(120), worst[0].f(120) - 0.08);
  EXPECT_GT(worst[1].false_alarms(120), 0.008);
}

// Blocks of a codec that come with each group of pictures and fade.
TEST(SceneBackground, BlocksOfACodecAreNoForeground) {
  const auto film_of = [](double amplitude) {
    return [=](int t) {
      Shot shot(still());
      shot.passers_by(t);
      shot.disturb([&](int x, int y, double v) {
        return v + amplitude * (1 - (t % 12) / 12.0) * (2 * hash(x / 8, y / 8, t / 12) - 1);
      });
      return shot.finish(1, t);
    };
  };
  const Outcome usual = watch(still().format(), 250, film_of(10));
  EXPECT_GT(usual.f(120), 0.9);
  EXPECT_GT(usual.plate(120), 42);
  const auto coarse = watch(still().format(), 250, film_of(24), {{}, without(OnlineStep::noise)});
  EXPECT_GT(coarse[0].f(120), 0.8);
  EXPECT_LT(coarse[1].f(120), coarse[0].f(120) - 0.05);
}

}  // namespace
}  // namespace lowrank::test
