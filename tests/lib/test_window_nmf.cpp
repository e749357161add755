// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What method nmf makes of a window: plates that what moves does not pull at, in bytes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "lowrank/background.h"
#include "lowrank/nmf.h"
#include "synthetic_video.h"

namespace lowrank::test {
namespace {

constexpr int frames = 60;

// A textured scene in light that changes, with noise, and two squares that move over it.
struct Squares {
  static constexpr int side = 14;
  ImageFormat format{ColorModel::gray, 80, 60};
  double lamp = 0;  ///< what it adds to the left half from frame 26 on, share of the light

  double light(int x, int t) const {
    return 1 + 0.15 * std::sin(0.1 * t) + (x < format.width / 2 && t > 25 ? lamp : 0);
  }
  double scene(int x, int y, int t) const {
    return light(x, t) * (100 + 40 * std::sin(x * 0.3) * std::cos(y * 0.2));
  }
  bool covered(int x, int y, int t) const {
    const auto in = [](int at, int from) { return at >= from && at < from + side; };
    return (in(x, 2 * t % format.width) && in(y, 8)) ||
           (in(x, (40 + 3 * t) % format.width) && in(y, 36));
  }
  std::vector<std::uint8_t> frame(int t) const {
    std::vector<std::uint8_t> samples;
    for (int y = 0; y < format.height; y++)
      for (int x = 0; x < format.width; x++)
        samples.push_back(static_cast<std::uint8_t>(
            std::lround((covered(x, y, t) ? 230 : scene(x, y, t)) + 2 * gaussian(x, y, t))));
    return samples;
  }
  std::vector<std::uint8_t> truth(int t) const {
    std::vector<std::uint8_t> mask;
    for (int y = 0; y < format.height; y++)
      for (int x = 0; x < format.width; x++)
        mask.push_back(covered(x, y, t) ? 255 : 0);
    return mask;
  }
};

BackgroundOptions nmf_options() {
  BackgroundOptions options;
  options.method = Method::nmf;
  options.window = frames;
  options.threads = 1;
  return options;
}

void push_window(BackgroundEngine& engine, const BackgroundOptions& options,
                 const Squares& video = {}) {
  engine.configure(video.format, options);
  for (int t = 0; t < frames; t++)
    engine.push(view_of(video.format, video.frame(t)));
}

// What comes out of a window of squares.
struct Outcome {
  double f = 0;              ///< of the mask
  double rms = 0;            ///< error of the plates, grey levels
  double under_rms = 0;      ///< the same, where a square is
  std::vector<int> samples;  ///< samples of all plates and masks
  BackgroundStats stats;
};

Outcome separate(const BackgroundOptions& options, const Squares& video = {}) {
  BackgroundEngine engine;
  push_window(engine, options, video);
  engine.drain();
  Outcome outcome;
  MaskScore score;
  double squares = 0, under = 0, covered = 0;
  Separation separation;
  int t = 0;
  for (; engine.pull(separation); t++) {
    score.add(separation.mask, video.truth(t));
    for (int y = 0; y < video.format.height; y++)
      for (int x = 0; x < video.format.width; x++) {
        const int plate = separation.background.planes[0].row(y)[x];
        const double error = plate - video.scene(x, y, t);
        squares += error * error;
        under += video.covered(x, y, t) ? error * error : 0;
        covered += video.covered(x, y, t);
        outcome.samples.push_back(plate);
        outcome.samples.push_back(separation.mask.row(y)[x]);
      }
  }
  EXPECT_EQ(t, frames);
  outcome.f = score.f();
  outcome.rms = std::sqrt(squares / (t * static_cast<double>(video.format.samples())));
  outcome.under_rms = std::sqrt(under / covered);
  outcome.stats = engine.stats();
  return outcome;
}

TEST(WindowNmf, SquaresHardlyShowInThePlates) {
  const Outcome robust = separate(nmf_options());
  EXPECT_GT(robust.f, 0.85);
  EXPECT_LT(robust.rms, 3);
  EXPECT_LT(robust.under_rms, 6);
  BackgroundOptions least_squares = nmf_options();
  least_squares.method = Method::svd;
  least_squares.rank = 2;
  EXPECT_GT(separate(least_squares).under_rms, 30);
}

TEST(WindowNmf, SecondPartIsLightThatComesOnSomewhere) {
  Squares video;
  video.lamp = 0.3;
  BackgroundOptions options = nmf_options();
  EXPECT_LT(separate(options, video).rms, 2.5);
  options.rank = 1;
  EXPECT_GT(separate(options, video).rms, 6);
}

TEST(WindowNmf, RankIsTwoOrWhatIsAskedFor) {
  EXPECT_EQ(separate(nmf_options()).stats.rank, 2);
  for (const int rank : {1, 3}) {
    BackgroundOptions options = nmf_options();
    options.rank = rank;
    EXPECT_EQ(separate(options).stats.rank, rank);
  }
}

TEST(WindowNmf, NumberOfThreadsChangesNothing) {
  const std::vector<int> one = separate(nmf_options()).samples;
  for (const unsigned threads : {2u, 3u}) {
    BackgroundOptions options = nmf_options();
    options.threads = threads;
    EXPECT_TRUE(separate(options).samples == one) << threads;
  }
}

TEST(WindowNmf, IsCancelledBetweenIterations) {
  const int whole = separate(nmf_options()).stats.iterations;
  ASSERT_GE(whole, 5);
  for (int last = 1; last <= whole; last++) {
    BackgroundEngine engine;
    int asked = 0;
    engine.set_cancelled([&] { return ++asked == last; });
    push_window(engine, nmf_options());
    engine.drain();
    Separation separation;
    EXPECT_FALSE(engine.pull(separation));
    EXPECT_EQ(asked, last);
  }
}

// Bytes that a window of HD frames needs.
std::uint64_t needed(int rank) {
  BackgroundOptions options = nmf_options();
  options.rank = rank;
  options.max_memory = 1;
  BackgroundEngine engine;
  try {
    engine.configure({ColorModel::gray, 1920, 1080}, options);
  } catch (const MemoryLimitError& error) {
    return error.needed;
  }
  return 0;
}

TEST(WindowNmf, MemoryHoldsThatOfTheFactorization) {
  constexpr Index rows = 1920 * 1080;
  const auto factorization = [](Index rank) {
    NmfOptions options;
    options.rank = rank;
    return nmf_memory(rows, frames, options);
  };
  // Frames that are solved and that come in, plates of two windows, and M brought near to L.
  EXPECT_GE(needed(1), factorization(1) + 5 * std::uint64_t{rows} * frames);
  // Factors of two rounds, one of which nmf_memory() has counted.
  EXPECT_GE(needed(40) - needed(10),
            factorization(40) - factorization(10) + 30 * 4 * std::uint64_t{rows});
}

}  // namespace
}  // namespace lowrank::test
