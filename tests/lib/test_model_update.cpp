// SPDX-License-Identifier: LGPL-2.1-or-later
//
// How the model follows the frames: adaptive, always, or not at all.
#include <gtest/gtest.h>

#include "scenes.h"

namespace lowrank::test {
namespace {

const Still& still() {
  static const Still scene(160, 120);
  return scene;
}

BackgroundOptions with_update(Update update) {
  BackgroundOptions options;
  options.update = update;
  options.threads = 1;
  return options;
}

// An empty scene where somebody stops at frame 150 and stays.
constexpr Object guest{70, 40, 24, 40, 210, 100, 150};
SyntheticVideo::Frame with_guest(int t) {
  Shot shot(still());
  if (t >= 150)
    shot.draw(guest);
  return shot.finish(2, t);
}

// The first frame from `from` on whose foreground is less than half of the guest.
int gone(const Outcome& outcome, int from) {
  int t = from;
  while (t < static_cast<int>(outcome.frames.size()) &&
         outcome.frames[static_cast<std::size_t>(t)].ratio * outcome.pixels > 24 * 40 / 2)
    t++;
  return t;
}

TEST(Update, SaysForHowLongWhoStopsIsForeground) {
  std::vector<BackgroundOptions> options;
  for (const Update update : {Update::adaptive, Update::always, Update::frozen})
    options.push_back(with_update(update));
  options.push_back(with_update(Update::always));
  options.back().learning_rate = 0.03;
  const int frames = 700;
  const auto outcomes = watch(still().format(), frames, with_guest, options);
  const int adaptive = gone(outcomes[0], 151);
  const int always = gone(outcomes[1], 151);
  EXPECT_GT(adaptive, 150 + 180);
  // What is left of 85 levels falls below the threshold of 16 after ln(85 / 16) / rate frames.
  EXPECT_NEAR(always - 150, 167, 40);
  EXPECT_NEAR(gone(outcomes[3], 151) - 150, 56, 20);
  EXPECT_EQ(gone(outcomes[2], 151), frames);
  EXPECT_GT(outcomes[2].recall(160), 0.95);
  EXPECT_LT(outcomes[2].false_alarms(160), 0.01);
}

void see(BackgroundEngine& engine, const SyntheticVideo::Frame& frame, double* ratio = nullptr) {
  engine.push(view_of(still().format(), frame.samples));
  Separation separation;
  ASSERT_TRUE(engine.pull(separation));
  if (ratio != nullptr)
    *ratio = separation.foreground_ratio;
}

// All that can happen to a picture.
SyntheticVideo::Frame eventful(int t) {
  Shot shot(still(), 2 * hash(t, 1, 9), 2 * hash(t, 2, 9));
  shot.sway(still(), {100, 20, 50, 80},
            [&](int, int) { return std::pair(2 * std::sin(t * 0.9), 0.0); });
  shot.light(t / 20 % 2 ? 1.2 : 0.8, 5);
  shot.draw(guest);
  shot.passers_by(t);
  return shot.finish(4, t);
}

TEST(Update, FrozenMovesNoBit) {
  for (const int rank : {1, 3}) {
    BackgroundOptions options = with_update(Update::adaptive);
    options.rank = rank;
    BackgroundEngine engine;
    engine.configure(still().format(), options);
    for (int t = 0; t < 130; t++)
      see(engine, eventful(t));
    const auto before = engine.save_model();
    options.update = Update::frozen;
    engine.set_options(options);
    EXPECT_EQ(engine.save_model(), before);
    for (int t = 130; t < 160; t++)
      see(engine, eventful(t));
    EXPECT_EQ(engine.save_model(), before);
    // A cut, too.
    for (int t = 160; t < 170; t++)
      see(engine, Shot(Still(160, 120, 5)).finish(2, t));
    EXPECT_EQ(engine.save_model(), before);
    EXPECT_EQ(engine.stats().resets, 0u);
    options.update = Update::adaptive;
    engine.set_options(options);
    see(engine, eventful(170));
    EXPECT_NE(engine.save_model(), before);
  }
}

TEST(Update, FrozenStillFollowsLightAndCamera) {
  const auto film = [](int t) {
    Shot shot(still(), t < 120 ? 0 : 3, t < 120 ? 0 : 2);
    shot.light(t < 120 ? 1 : 1.3, 0);
    return shot.finish(2, t);
  };
  const Outcome outcome = watch(still().format(), 160, film, with_update(Update::frozen));
  EXPECT_LT(outcome.most_foreground(140), 0.02);
}

TEST(Update, FrozenFromTheStartLearnsTheFirstFrames) {
  BackgroundEngine engine;
  engine.configure(still().format(), with_update(Update::frozen));
  const auto scene = [](int t) {
    Shot shot(still());
    shot.passers_by(t);
    return shot.finish(2, t);
  };
  for (int t = 0; t < 100; t++)
    see(engine, scene(t));
  const auto learned = engine.save_model();
  BackgroundEngine adaptive;
  adaptive.configure(still().format(), with_update(Update::adaptive));
  for (int t = 0; t < 100; t++)
    see(adaptive, scene(t));
  EXPECT_EQ(adaptive.save_model(), learned);
  for (int t = 100; t < 120; t++)
    see(engine, scene(t));
  EXPECT_EQ(engine.save_model(), learned);
  // A reset learns them again.
  engine.reset();
  for (int t = 200; t < 300; t++)
    see(engine, scene(t));
  EXPECT_NE(engine.save_model(), learned);
}

// People hide the scene when it is frozen: what has been seen of it by then is the model.
TEST(Update, FreezingEndsTheStartup) {
  for (const int frames : {1, 2, 3, 6, 10, 30, 60}) {
    BackgroundEngine engine;
    BackgroundOptions options = with_update(Update::adaptive);
    engine.configure(still().format(), options);
    for (int t = 0; t < frames; t++)
      see(engine, Shot(still()).finish(3, t));
    options.update = Update::frozen;
    engine.set_options(options);
    const auto before = engine.save_model();
    double ratio = 0;
    for (int t = frames; t < frames + 20; t++) {
      see(engine, Shot(still()).finish(3, t), &ratio);
      EXPECT_LT(ratio, 0.005) << frames << " frames learned, frame " << t;
    }
    for (int t = frames + 20; t < frames + 40; t++) {
      Shot shot(still());
      shot.draw(guest);
      see(engine, shot.finish(3, t), &ratio);
      EXPECT_NEAR(ratio, 24 * 40 / 19200.0, 0.01) << frames << " frames learned, frame " << t;
    }
    EXPECT_EQ(engine.save_model(), before);
  }
}

// All of a noisy picture differs, once each difference counts.
TEST(Update, FrozenTakesANewThreshold) {
  BackgroundEngine changed, loaded;
  BackgroundOptions options = with_update(Update::adaptive);
  options.mask_cleanup = 0;
  changed.configure(still().format(), options);
  const auto noisy = [](int t) { return Shot(still()).finish(40, t); };
  for (int t = 0; t < 110; t++)
    see(changed, noisy(t));
  options.update = Update::frozen;
  changed.set_options(options);
  options.threshold = 0.05;
  changed.set_options(options);
  loaded.configure(still().format(), options);
  loaded.load_model(changed.save_model());
  double ratios[2] = {};
  see(loaded, noisy(110), &ratios[0]);
  see(changed, noisy(110), &ratios[1]);
  EXPECT_EQ(ratios[0], ratios[1]);
  EXPECT_GT(ratios[0], 0.9);
}

// A few samples agree by chance; the pixels are noisy all the same.
TEST(Update, FreezingKeepsTheNoiseSeen) {
  for (const int frames : {6, 10, 14}) {
    BackgroundEngine engine;
    BackgroundOptions options = with_update(Update::adaptive);
    engine.configure(still().format(), options);
    for (int t = 0; t < frames; t++)
      see(engine, Shot(still()).finish(12, t));
    options.update = Update::frozen;
    engine.set_options(options);
    double sum = 0;
    for (int t = frames; t < frames + 10; t++) {
      double ratio = 0;
      see(engine, Shot(still()).finish(12, t), &ratio);
      sum += ratio / 10;
    }
    EXPECT_LT(sum, 0.001) << frames << " frames learned";
  }
}

}  // namespace
}  // namespace lowrank::test
