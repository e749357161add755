// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Light that changes under the camera, and other scenes in its place. A step of the engine that a
// scene needs is also left out, which has to show.
#include <gtest/gtest.h>

#include "scenes.h"

namespace lowrank::test {
namespace {

const Still& still() {
  static const Still scene(160, 120);
  return scene;
}

// Passers-by in light of that gain.
template <typename Gain>
std::vector<Outcome> watch_in_light(int frames, const Gain& gain,
                                    const std::vector<BackgroundOptions>& options,
                                    double chroma_follows = 0) {
  const auto film = [&](int t) {
    Shot shot(still());
    const double now = gain(t);
    shot.light(now, now > 1 ? 8 : 0, 1 + chroma_follows * (now - 1));
    shot.passers_by(t);
    return shot.finish(2, t);
  };
  return watch(still().format(), frames, film, options);
}

TEST(SceneLight, SwitchedOn) {
  for (const double gain : {1.3, 1.6}) {
    const auto outcomes = watch_in_light(300, [&](int t) { return t < 200 ? 1 : gain; },
                                         {{}, without(OnlineStep::light)});
    EXPECT_GT(outcomes[0].f(200), 0.9);
    EXPECT_GT(outcomes[0].worst_plate(200), 40);
    EXPECT_LT(outcomes[0].most_foreground(200), 0.12);
    EXPECT_EQ(outcomes[0].stats.resets, 0u);
    EXPECT_LT(outcomes[1].f(200), outcomes[0].f(200) - 0.1);
  }
}

TEST(SceneLight, SwitchedOff) {
  const auto outcomes = watch_in_light(300, [](int t) { return t < 200 ? 1 : 0.5; },
                                       {{}, without(OnlineStep::light)});
  EXPECT_GT(outcomes[0].f(200), 0.9);
  EXPECT_GT(outcomes[0].worst_plate(200), 40);
  EXPECT_EQ(outcomes[0].stats.resets, 0u);
  EXPECT_LT(outcomes[1].worst_plate(200), 25);
}

TEST(SceneLight, Dusk) {
  const auto outcomes =
      watch_in_light(900, [](int t) { return std::clamp(1 - 0.001 * (t - 150), 0.4, 1.0); },
                     {{}, without(OnlineStep::light)});
  EXPECT_GT(outcomes[0].f(150), 0.9);
  EXPECT_GT(outcomes[0].worst_plate(150), 40);
  EXPECT_LT(outcomes[0].most_foreground(150), 0.12);
  EXPECT_LT(outcomes[1].worst_plate(150), 35);
}

// Exposure scales colour as well.
TEST(SceneLight, AutomaticExposure) {
  const auto outcomes = watch_in_light(
      350, [](int t) { return t < 150      ? 1
                              : t / 25 % 2 ? 1.3
                                           : 0.8; },
      {{}, without(OnlineStep::light)}, 1);
  EXPECT_GT(outcomes[0].f(150), 0.9);
  EXPECT_GT(outcomes[0].worst_plate(150), 36);
  EXPECT_LT(outcomes[0].most_foreground(150), 0.12);
  EXPECT_EQ(outcomes[0].stats.resets, 0u);
  EXPECT_LT(outcomes[1].f(150), 0.75);
}

TEST(SceneLight, PassingCloud) {
  const auto film = [&](int t) {
    Shot shot(still());
    const double middle = along(std::max(0, t - 120), 160, 100);
    shot.shade([&](int x, int y) {
      return 1 - 0.4 * std::exp(-std::pow((x - middle) / 40, 2) - std::pow((y - 50) / 60.0, 2));
    });
    shot.passers_by(t);
    return shot.finish(2, t);
  };
  const auto outcomes =
      watch(still().format(), 400, film, {{}, without(OnlineStep::shadows), with_rank(3)});
  EXPECT_GT(outcomes[0].f(120), 0.9);
  EXPECT_LT(outcomes[0].most_foreground(120), 0.12);
  EXPECT_GT(outcomes[0].plate(120), 31);
  EXPECT_LT(outcomes[1].f(120), 0.75);
  EXPECT_GT(outcomes[2].plate(120), outcomes[0].plate(120) + 3);
}

// A light that moves is a component that more than one rank learns.
TEST(SceneLight, ThatMovesIsLearned) {
  const auto film = [&](int t) {
    Shot shot(still());
    shot.shade([&](int x, int) { return 1 + 0.2 * std::sin(t * 0.07) * (x - 80) / 80.0; });
    shot.passers_by(t);
    return shot.finish(2, t);
  };
  const auto outcomes = watch(still().format(), 300, film,
                              {{}, with_rank(2), with_rank(3), with_rank(5), with_rank(8)});
  for (const Outcome& outcome : outcomes)
    EXPECT_GT(outcome.f(200), 0.9);
  for (std::size_t i = 1; i < outcomes.size(); i++) {
    EXPECT_GT(outcomes[i].plate(200), outcomes[0].plate(200) + 8);
    EXPECT_GT(outcomes[i].stats.rank, 1);
  }
}

TEST(SceneLight, StillSceneNeedsNoRank) {
  const auto film = [&](int t) {
    Shot shot(still());
    shot.passers_by(t);
    return shot.finish(2, t);
  };
  std::vector<BackgroundOptions> options;
  for (int rank = 1; rank <= 8; rank++)
    options.push_back(with_rank(rank));
  const auto outcomes = watch(still().format(), 150, film, options);
  for (const Outcome& outcome : outcomes) {
    EXPECT_NEAR(outcome.f(110), outcomes[0].f(110), 0.01);
    EXPECT_GT(outcome.f(110), 0.9);
    EXPECT_GT(outcome.plate(110), 45);
  }
}

TEST(SceneLight, SceneCut) {
  for (const int seed : {2, 3, 4}) {
    const Still other(160, 120, seed);
    const auto film = [&](int t) {
      Shot shot(t < 200 ? still() : other);
      shot.light(1, t >= 200 && seed == 4 ? 20 : 0);
      shot.passers_by(t);
      return shot.finish(2, t);
    };
    const auto outcomes =
        watch(still().format(), 350, film, {{}, without(OnlineStep::scene_change)});
    EXPECT_EQ(outcomes[0].stats.resets, 1u);
    EXPECT_LT(outcomes[0].most_foreground(200), 0.2);
    EXPECT_GT(outcomes[0].f(300), 0.9);
    EXPECT_GT(outcomes[0].plate(300), 45);
    EXPECT_LE(outcomes[0].settled(35), 200 + 60);
    EXPECT_EQ(outcomes[1].stats.resets, 0u);
    EXPECT_GT(outcomes[1].most_foreground(200), 0.5);
    EXPECT_LT(outcomes[1].f(300), 0.5);
  }
}

// Not a new scene, though it hides most of the picture and nearly all of its edges.
TEST(SceneLight, SomeoneBeforeTheCamera) {
  // After the first frames are learned, and while they are.
  for (const int from : {150, 80}) {
    const auto film = [from](int t) {
      Shot shot(still());
      if (t >= from && t < from + 150)
        shot.draw({std::max(5.0, 160 - 10.0 * (t - from)), 6, 150, 114, 200, 120, 136, 6});
      return shot.finish(2, t);
    };
    const Outcome outcome = watch(still().format(), from + 180, film);
    EXPECT_EQ(outcome.stats.resets, 0u) << from;
    EXPECT_GT(outcome.recall(from, from + 150), 0.9) << from;
    EXPECT_EQ(outcome.most_foreground(from + 160), 0) << from;
  }
}

}  // namespace
}  // namespace lowrank::test
