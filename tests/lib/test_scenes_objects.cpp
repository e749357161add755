// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Objects that are hard to tell from the background, or were there before it. A step of the engine
// that a scene needs is also left out, which has to show.
#include <gtest/gtest.h>

#include "scenes.h"

namespace lowrank::test {
namespace {

const Still& still() {
  static const Still scene(160, 120);
  return scene;
}

TEST(SceneObjects, MoveInDriftingLightPastAShakingCamera) {
  const auto film = [](int t) {
    Shot shot(still(), 4 * hash(t, 1, 9) - 2, 4 * hash(t, 2, 9) - 2);
    shot.light(1 + 0.3 * std::sin(t * 0.05), 0);
    shot.passers_by(t);
    return shot.finish(2, t);
  };
  const auto outcomes = watch(still().format(), 200, film,
                              {{}, without(OnlineStep::light), without(OnlineStep::stabilization)});
  EXPECT_GT(outcomes[0].f(50, 100), 0.87);
  EXPECT_GT(outcomes[0].f(120), 0.9);
  EXPECT_LE(outcomes[0].settled(30), 60);
  EXPECT_GT(outcomes[0].plate(120), 39);
  // A drift that is not followed is taken for noise, which costs the plate.
  EXPECT_LT(outcomes[1].plate(120), outcomes[0].plate(120) - 9);
  EXPECT_LT(outcomes[2].recall(120), outcomes[0].recall(120) - 0.02);
  EXPECT_LT(outcomes[2].plate(120), outcomes[0].plate(120) - 2);
}

TEST(SceneObjects, DifferInColorAlone) {
  Still wall(160, 120);
  wall.paint({0, 45, 160, 34}, 115);
  const auto film = [&](int t) {
    Shot shot(wall);
    shot.draw({along(1.5 * t, 160, 30), 50, 30, 24, 115, 80, 170, 4});
    return shot.finish(2, t);
  };
  const auto outcomes = watch(wall.format(), 200, film, {{}, without(OnlineStep::chroma)});
  EXPECT_GT(outcomes[0].f(120), 0.87);
  EXPECT_LT(outcomes[1].recall(120), 0.1);
}

// What differs by so few levels takes a lower threshold.
TEST(SceneObjects, DifferByTenLevels) {
  Still wall(160, 120);
  wall.paint({0, 20, 160, 80}, 100);
  const auto film = [&](int t) {
    Shot shot(wall);
    shot.draw({along(1.5 * t, 160, 30), 30, 30, 60, 110, 128, 128, 2});
    return shot.finish(2, t);
  };
  BackgroundOptions sensitive;
  sensitive.threshold = 1.2;
  const Outcome outcome = watch(wall.format(), 200, film, sensitive);
  EXPECT_GT(outcome.f(120), 0.92);
  EXPECT_GT(outcome.recall(120), 0.97);
  EXPECT_LT(outcome.false_alarms(0), 0.01);
}

// Three lanes of pedestrians, each in other clothes, hide each place more often than not until the
// plate is made.
TEST(SceneObjects, CrowdTheFirstFrames) {
  double hidden = 0;
  const auto film = [&](int t) {
    Shot shot(still());
    for (int k = 0; k < 10; k++) {
      for (int lane = 0; lane < 3 && t < 130; lane++) {
        const double x = 2.0 * t + 160 - 36 * k + 13 * lane;
        shot.draw({lane % 2 ? 140 - x : x, 8.0 + 38 * lane, 20, 30, 40 + 160 * hash(k, lane, 3),
                   108 + 40 * hash(k, lane, 4), 108 + 40 * hash(k, lane, 5), 24, false, k});
      }
    }
    SyntheticVideo::Frame frame = shot.finish(2, t);
    for (int x = 0; x < 160 && t < 100; x++)
      hidden += frame.truth[static_cast<std::size_t>(60 * 160 + x)] != 0;
    return frame;
  };
  const auto outcomes = watch(still().format(), 200, film, {{}, without(OnlineStep::startup)});
  EXPECT_GT(hidden / (160 * 100), 0.5);
  EXPECT_GT(outcomes[0].plate(100), 45);
  EXPECT_LE(outcomes[0].settled(35), 70);
  EXPECT_LT(outcomes[1].plate(100), 38);
}

// Who was there from the first frame is in the plate; what he leaves behind must not stay there.
TEST(SceneObjects, LeaveNoGhost) {
  const auto film = [](int t) {
    Shot shot(still());
    shot.draw({t < 150 ? 60 : 60 + 2.5 * (t - 150), 40, 24, 40, 200, 100, 140});
    return shot.finish(2, t);
  };
  const auto outcomes = watch(still().format(), 300, film, {{}, without(OnlineStep::absorption)});
  EXPECT_LT(outcomes[0].worst_plate(0, 140), 30);
  EXPECT_LE(outcomes[0].settled(40), 150 + 60);
  EXPECT_EQ(outcomes[0].most_foreground(230), 0);
  EXPECT_LT(outcomes[1].worst_plate(230), 30);
  EXPECT_GT(outcomes[1].most_foreground(230), 0.02);
}

// Who walks in and stands is foreground for long, and background in the end.
TEST(SceneObjects, StandStill) {
  const auto film = [](int t) {
    Shot shot(still());
    if (t >= 600)
      shot.draw({t < 640 ? 2.0 * (t - 600) - 20 : 60.0, 40, 20, 50, 190, 100, 140});
    return shot.finish(2, t);
  };
  const auto outcomes =
      watch(still().format(), 2300, film,
            {{}, without(OnlineStep::selective_update), without(OnlineStep::absorption)});
  EXPECT_GT(outcomes[0].recall(640, 1640), 0.95);
  EXPECT_LT(outcomes[0].recall(2250), 0.1);
  EXPECT_LT(outcomes[1].recall(1100, 1240), 0.5);
  EXPECT_GT(outcomes[2].recall(2250), 0.95);
}

TEST(SceneObjects, AreLargeAndSlow) {
  const auto film = [](int t) {
    Shot shot(still());
    if (t > 120)
      shot.draw({1.0 * (t - 120) - 60, 12, 60, 96, 180, 124, 132, 6});
    return shot.finish(2, t);
  };
  const auto outcomes =
      watch(still().format(), 300, film, {{}, without(OnlineStep::selective_update)});
  EXPECT_GT(outcomes[0].recall(180), 0.98);
  EXPECT_GT(outcomes[0].f(180), 0.94);
  EXPECT_GT(outcomes[0].plate(180), 48);
  EXPECT_LT(outcomes[1].plate(180), 45);
}

// Where the background happens to look like the object, the object goes on.
TEST(SceneObjects, HaveNoHoles) {
  Still spotted(160, 120);
  for (int y = 20; y < 100; y += 16)
    for (int x = 0; x < 160; x += 16)
      spotted.paint({x, y, 10, 10}, 180);
  const auto film = [&](int t) {
    Shot shot(spotted);
    if (t > 120)
      shot.draw({1.0 * (t - 120) - 60, 12, 60, 96, 180, 124, 132, 6});
    return shot.finish(2, t);
  };
  const auto outcomes = watch(spotted.format(), 300, film, {{}, without(OnlineStep::filling)});
  EXPECT_GT(outcomes[0].recall(180), 0.96);
  EXPECT_LT(outcomes[1].recall(180), outcomes[0].recall(180) - 0.04);
}

TEST(SceneObjects, CastShadows) {
  for (const double factor : {0.6, 0.7, 0.8}) {
    const auto film = [=](int t) {
      Shot shot(still());
      const double x = along(1.5 * t, 160, 50);
      shot.shadow({static_cast<int>(std::floor(x)) - 30, 60, 40, 30}, factor);
      shot.draw({x, 30, 20, 60, 190, 100, 140});
      return shot.finish(2, t);
    };
    const auto outcomes = watch(still().format(), 200, film, {{}, without(OnlineStep::shadows)});
    EXPECT_GT(outcomes[0].f(120), 0.88);
    EXPECT_GT(outcomes[0].recall(120), 0.97);
    EXPECT_LT(outcomes[1].f(120), 0.7);
  }
}

// By its luma this is a shadow; its colour says that it is not.
TEST(SceneObjects, AsDarkAsAShadowInAnotherColor) {
  Still wall(160, 120);
  wall.paint({0, 20, 160, 80}, 115);
  const auto film_of = [&](bool colored) {
    return [&wall, colored](int t) {
      Shot shot(wall);
      const double x = along(1.5 * t, 160, 50);
      if (colored)
        shot.draw({x, 30, 30, 60, 75, 95, 160, 0});
      else
        shot.shadow({static_cast<int>(std::floor(x)), 30, 30, 60}, 0.6);
      return shot.finish(2, t);
    };
  };
  const Outcome object = watch(wall.format(), 200, film_of(true));
  EXPECT_GT(object.f(120), 0.9);
  EXPECT_GT(object.recall(120), 0.97);
  const Outcome shadow = watch(wall.format(), 200, film_of(false));
  EXPECT_LT(shadow.false_alarms(120), 0.005);
}

}  // namespace
}  // namespace lowrank::test
