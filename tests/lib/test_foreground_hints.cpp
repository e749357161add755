// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What somebody says is foreground is not learned.
#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "scenes.h"

namespace lowrank::test {
namespace {

constexpr int width = 97;
constexpr int height = 75;
constexpr Rectangle stop{31, 23, 22, 19};  // where somebody stops

const Still& still() {
  static const Still scene(width, height);
  return scene;
}

// Somebody stands there from `since` on.
SyntheticVideo::Frame shoot(int t, int since) {
  Shot shot(still());
  if (t >= since)
    shot.draw({stop.x + 2.0, stop.y + 2.0, stop.width - 4.0, stop.height - 4.0, 210, 90, 160});
  return shot.finish(1, t);
}

class Stage {
 public:
  explicit Stage(bool interlaced = false) {
    BackgroundOptions options;
    options.threads = 1;
    options.interlaced = interlaced;
    engine_.configure(still().format(), options);
  }

  void show(const SyntheticVideo::Frame& frame, std::span<const Rectangle> hints) {
    engine_.set_foreground_hints(hints);
    engine_.push(view_of(still().format(), frame.samples));
    ASSERT_TRUE(engine_.pull(separation_));
    const ImageView& l = separation_.background;
    background_.assign(l.planes.begin(), l.planes.end());
  }
  // Share of the pixels of the stop, less its rim, that are masked.
  double masked() const {
    int set = 0;
    for (int y = stop.y + 4; y < stop.y + stop.height - 4; y++)
      for (int x = stop.x + 4; x < stop.x + stop.width - 4; x++)
        set += separation_.mask.row(y)[x] != 0;
    return set / static_cast<double>((stop.width - 8) * (stop.height - 8));
  }
  // Mean distance to the truth, over the stop and all components.
  double error(const SyntheticVideo::Frame& frame) const {
    const ImageView truth = view_of(still().format(), frame.background);
    double sum = 0;
    int count = 0;
    for (std::size_t p = 0; p < 3; p++) {
      const int shift = p ? 1 : 0;
      for (int y = (stop.y + 2) >> shift; y < (stop.y + stop.height - 2) >> shift; y++) {
        for (int x = (stop.x + 2) >> shift; x < (stop.x + stop.width - 2) >> shift; x++) {
          sum += std::abs(background_[p].row(y)[x] - truth.planes[p].row(y)[x]);
          count++;
        }
      }
    }
    return sum / count;
  }
  BackgroundEngine& engine() { return engine_; }
  const Separation& separation() const { return separation_; }

 private:
  BackgroundEngine engine_;
  Separation separation_;
  std::vector<PlaneView> background_;
};

TEST(ForegroundHints, KeepWhoStandsForThousandsOfFrames) {
  Stage hinted, alone;
  constexpr int since = 120;
  double before = 0;
  for (int t = 0; t < since + 3000; t++) {
    const auto frame = shoot(t, since);
    hinted.show(frame, t >= since ? std::span(&stop, 1) : std::span<const Rectangle>());
    alone.show(frame, {});
    if (t == since - 1)
      before = hinted.error(frame);
  }
  const auto last = shoot(since + 3000, since);
  EXPECT_GT(hinted.masked(), 0.98);
  EXPECT_NEAR(hinted.error(last), before, 0.3);
  EXPECT_LT(before, 1.5);
  EXPECT_LT(alone.masked(), 0.02);
  EXPECT_GT(alone.error(last), 20);
}

// Nobody was there in the first frame only.
TEST(ForegroundHints, KeepTheFirstFramesSamplesClean) {
  for (const bool interlaced : {false, true}) {
    Stage hinted(interlaced), alone(interlaced);
    for (int t = 0; t < 140; t++) {
      const auto frame = shoot(t, 1);
      hinted.show(frame, t >= 1 ? std::span(&stop, 1) : std::span<const Rectangle>());
      alone.show(frame, {});
    }
    const auto last = shoot(140, 1);
    EXPECT_LT(hinted.error(last), 2);
    EXPECT_GT(hinted.masked(), 0.98);
    EXPECT_GT(alone.error(last), 20);
  }
}

TEST(ForegroundHints, ForceNoMaskAndHoldForAFrame) {
  Stage hinted, alone;
  for (int t = 0; t < 160; t++) {
    const auto frame = shoot(t, 1000);
    hinted.show(frame, std::span(&stop, 1));
    EXPECT_EQ(hinted.masked(), 0) << t;
  }
  // The hint of one frame is not one of the next: without more of them this one is learned.
  Stage once;
  for (int t = 0; t < 120 + 2500; t++)
    once.show(shoot(t, 120), t == 120 ? std::span(&stop, 1) : std::span<const Rectangle>());
  EXPECT_LT(once.masked(), 0.02);
}

TEST(ForegroundHints, AreCutOffAtThePicture) {
  constexpr int most = std::numeric_limits<int>::max();
  constexpr int least = std::numeric_limits<int>::min();
  const std::array<Rectangle, 8> odd = {{{least, least, most, most},
                                         {most, most, most, most},
                                         {0, 0, most, most},
                                         {-5, -5, 4, 4},
                                         {width - 1, height - 1, 10, 10},
                                         {5, 5, -3, 4},
                                         {5, 5, 0, 4},
                                         {width, 0, 1, 1}}};
  Stage stage;
  for (int t = 0; t < 130; t++)
    stage.show(shoot(t, 1000), odd);
  const auto moved = shoot(130, 0);
  stage.show(moved, {});
  EXPECT_GT(stage.masked(), 0.98);
}

TEST(ForegroundHints, LeaveTheRestAsItWas) {
  // The hint covers what hardly changes; everything else goes on as without it.
  Stage hinted, alone;
  const Rectangle corner{0, 0, 9, 7};
  for (int t = 0; t < 300; t++) {
    const auto frame = shoot(t, 120);
    hinted.show(frame, std::span(&corner, 1));
    alone.show(frame, {});
  }
  EXPECT_EQ(hinted.masked(), alone.masked());
  EXPECT_NEAR(hinted.separation().foreground_ratio, alone.separation().foreground_ratio, 0.002);
}

TEST(ForegroundHints, AreIgnoredByWindows) {
  BackgroundOptions options;
  options.method = Method::svd;
  options.window = 4;
  BackgroundEngine engine;
  engine.configure(still().format(), options);
  engine.set_foreground_hints(std::span(&stop, 1));
  const auto frame = shoot(0, 1000);
  engine.push(view_of(still().format(), frame.samples));
  EXPECT_EQ(engine.delay(), 6);
}

}  // namespace
}  // namespace lowrank::test
