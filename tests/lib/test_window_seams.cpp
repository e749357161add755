// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Where windows meet nothing shows: the background goes over from the one to the next.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "lowrank/background.h"
#include "synthetic_video.h"

namespace lowrank::test {
namespace {

constexpr int window = 40;
constexpr int overlap = 10;
constexpr int stride = window - overlap;

BackgroundOptions options_of(Method method) {
  BackgroundOptions options;
  options.method = method;
  options.window = window;
  options.mask_cleanup = 0;
  return options;
}

// Whether the step to this frame is one of those over which windows go over.
bool at_border(int t) {
  return t >= stride && t % stride <= overlap;
}

struct Steps {
  double inside = 0, border = 0;  ///< grey levels
};

// The largest step of the background from frame to frame, more than what the scene's own is.
Steps largest_steps(const SyntheticVideo& video, Method method, int frames) {
  BackgroundEngine engine;
  engine.configure(video.format, options_of(method));
  std::vector<std::vector<double>> truth, found;
  const auto pull = [&] {
    Separation separation;
    while (engine.pull(separation)) {
      found.emplace_back();
      const PlaneView& plane = separation.background.planes[0];
      for (int y = 0; y < plane.height; y++)
        found.back().insert(found.back().end(), plane.row(y), plane.row(y) + plane.width);
    }
  };
  for (int t = 0; t < frames; t++) {
    truth.push_back(video.levels(t).background);
    engine.push(view_of(video.format, video.frame(t).samples));
    pull();
  }
  engine.drain();
  pull();
  EXPECT_EQ(found.size(), truth.size());
  Steps steps;
  for (std::size_t t = 1; t < found.size(); t++) {
    double more = 0;
    for (std::size_t i = 0; i < found[t].size(); i++)
      more += std::abs(found[t][i] - found[t - 1][i]) - std::abs(truth[t][i] - truth[t - 1][i]);
    more /= static_cast<double>(found[t].size());
    double& largest = at_border(static_cast<int>(t)) ? steps.border : steps.inside;
    largest = std::max(largest, more);
  }
  return steps;
}

// Without going over, .35 and .44 grey levels at the borders, and 3.3 with the SVD, into which
// objects leak.
TEST(WindowSeams, BackgroundMakesNoStepBetweenWindows) {
  SyntheticVideo video;
  video.format = {ColorModel::gray, 96, 64};
  video.radius = 6;
  video.gain_drift = 0.1;
  for (const int frames : {160, 180, 190}) {
    SCOPED_TRACE(frames);
    for (const Method method : {Method::pcp, Method::nmf, Method::fixed_rank}) {
      const Steps steps = largest_steps(video, method, frames);
      EXPECT_LE(steps.border, steps.inside + 0.05);
    }
    const Steps leaking = largest_steps(video, Method::svd, frames);
    EXPECT_LE(leaking.border, leaking.inside + 0.3);
  }
}

// The frames of the first window are still, those of the second alone are noisy; in the frames
// that they share one sample each stands out by 40. The threshold rises from the floor, 16, to
// three times the noise of the second window, 67, over the shared frames.
TEST(WindowSeams, NoiseGoesOverToo) {
  const ImageFormat format{ColorModel::gray, 64, 8};
  BackgroundEngine engine;
  engine.configure(format, options_of(Method::svd));
  const auto frame = [&](int t) {
    std::vector<std::uint8_t> samples(static_cast<std::size_t>(format.samples()), 100);
    for (int i = 0; t >= window && i < format.samples(); i++)
      samples[static_cast<std::size_t>(i)] = (t + (hash(i, 0, 3) < 0.5)) % 2 ? 85 : 115;
    if (t >= stride && t < window)
      samples[static_cast<std::size_t>(t)] = 140;
    return samples;
  };
  std::vector<bool> foreground;
  const auto pull = [&] {
    Separation separation;
    while (engine.pull(separation)) {
      const auto t = static_cast<int>(foreground.size());
      foreground.push_back(t < window && separation.mask.row(0)[t] != 0);
    }
  };
  for (int t = 0; t < 2 * window - overlap; t++) {
    engine.push(view_of(format, frame(t)));
    pull();
  }
  engine.drain();
  pull();
  ASSERT_GE(foreground.size(), static_cast<std::size_t>(window));
  for (int t = stride; t < window; t++)
    EXPECT_EQ(foreground[static_cast<std::size_t>(t)], t < stride + 6) << t;
}

}  // namespace
}  // namespace lowrank::test
