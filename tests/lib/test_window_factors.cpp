// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Windows that the caller factorizes and renders are what the engine makes of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ostream>
#include <string>
#include <vector>

#include "lowrank/window.h"
#include "row_parts.h"
#include "synthetic_video.h"

namespace lowrank::test {
namespace {

using Samples = std::vector<std::uint8_t>;

SyntheticVideo scene() {
  SyntheticVideo video;
  video.format = {ColorModel::ycbcr, 97, 63, 1, 1, 16};
  video.radius = 8;
  video.gain_drift = 0.1;
  return video;
}

struct Tiles {
  Samples data;
  TiledBytes view;
};

// Frames `first` and following as the columns of M, rows `row` and following. Frame t is in column
// t mod count, as in the windows of the engine, where what the next window shares stays in place.
Tiles tiles_of(const std::vector<Samples>& frames, int first, int count, Index row, Index rows) {
  Tiles tiles{Samples(static_cast<std::size_t>(rows * count)), {}};
  tiles.view = {tiles.data.data(), rows, count, tile_height(std::ssize(frames[0]), count), count};
  for (Index t = 0; t < tiles.view.tiles(); t++)
    for (int j = 0; j < count; j++) {
      const ByteView tile = tiles.view.tile(t);
      std::copy_n(frames[static_cast<std::size_t>(first + j)].begin() + row + t * tiles.view.height,
                  tile.rows,
                  tiles.data.data() + (tile.column((first + j) % count) - tiles.data.data()));
    }
  return tiles;
}

struct Result {
  std::vector<Samples> plates;
  std::vector<Samples> masks;

  void add(const Separation& s) {
    Samples plate;
    for (int p = 0; p < s.background.format.planes(); p++)
      append(s.background.planes[static_cast<std::size_t>(p)], plate);
    plates.push_back(std::move(plate));
    append(s.mask, masks.emplace_back());
  }
  static void append(const PlaneView& plane, Samples& out) {
    for (int y = 0; y < plane.height; y++)
      for (int x = 0; x < plane.width; x++)
        out.push_back(plane.row(y)[x * plane.pixel_stride]);
  }
};

Result by_engine(const SyntheticVideo& video, const std::vector<Samples>& frames,
                 const BackgroundOptions& options) {
  BackgroundEngine engine;
  engine.configure(video.format, options);
  Result result;
  Separation separation;
  for (const Samples& frame : frames) {
    engine.push(view_of(video.format, frame));
    while (engine.pull(separation))
      result.add(separation);
  }
  engine.drain();
  while (engine.pull(separation))
    result.add(separation);
  return result;
}

// Largest difference, and the share of the samples that differ.
struct Difference {
  int largest = 0;
  double share = 0;
};

Difference difference(const std::vector<Samples>& a, const std::vector<Samples>& b) {
  Difference result;
  double all = 0;
  EXPECT_EQ(a.size(), b.size());
  for (std::size_t t = 0; t < std::min(a.size(), b.size()); t++)
    for (std::size_t i = 0; i < a[t].size(); i++, all++) {
      const int d = std::abs(a[t][i] - b[t][i]);
      result.largest = std::max(result.largest, d);
      result.share += d > 0;
    }
  result.share /= all;
  return result;
}

struct Case {
  const char* name;
  Method method;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

class WindowFactorsOf : public ::testing::TestWithParam<Case> {
 protected:
  BackgroundOptions options() const {
    BackgroundOptions options;
    options.method = GetParam().method;
    options.threads = 2;
    return options;
  }
  std::vector<Samples> frames(int count) const {
    std::vector<Samples> out;
    for (int t = 0; t < count; t++)
      out.push_back(video_.frame(t).samples);
    return out;
  }
  void expect_same(const Result& a, const Result& b) const {
    const Difference plates = difference(a.plates, b.plates);
    EXPECT_LE(plates.largest, 1);
    EXPECT_LT(plates.share, 1e-3);
    EXPECT_LT(difference(a.masks, b.masks).share, 1e-4);
  }

  SyntheticVideo video_ = scene();
};

INSTANTIATE_TEST_SUITE_P(Methods, WindowFactorsOf,
                         ::testing::Values(Case{"pcp", Method::pcp}, Case{"svd", Method::svd},
                                           Case{"nmf", Method::nmf},
                                           Case{"fixed_rank", Method::fixed_rank}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(WindowFactorsOf, AStreamGiveWhatTheEngineGives) {
  const auto all = frames(40);
  const Tiles tiles = tiles_of(all, 0, 40, 0, video_.format.samples());
  const WindowFactors factors = factorize_window(tiles.view, options());
  WindowRenderer renderer(video_.format, options());
  Result result;
  for (int t = 0; t < 40; t++)
    result.add(
        renderer.separate(view_of(video_.format, all[static_cast<std::size_t>(t)]), {&factors, t}));
  expect_same(result, by_engine(video_, all, options()));
}

// Windows of 16 frames, 4 of which the next one shares; the last one is the last 16.
TEST_P(WindowFactorsOf, WindowsGoOverAsThoseOfTheEngine) {
  constexpr int window = 16;
  constexpr int count = 34;
  const int overlap = overlap_of_windows(window);
  const auto all = frames(count);
  BackgroundOptions wanted = options();
  wanted.window = window;
  std::vector<int> begins;
  for (int begin = 0; begin + window < count; begin += window - overlap)
    begins.push_back(begin);
  begins.push_back(count - window);
  std::vector<WindowFactors> factors;
  for (const int begin : begins)
    factors.push_back(
        factorize_window(tiles_of(all, begin, window, 0, video_.format.samples()).view, wanted));
  WindowRenderer renderer(video_.format, wanted);
  Result result;
  std::size_t w = 0;
  for (int t = 0; t < count; t++) {
    // The last window begins where the one before goes over into it, an overlap before its end.
    const auto goes_over_at = [&](std::size_t next) { return begins[next - 1] + window - overlap; };
    while (w + 1 < begins.size() && t >= goes_over_at(w + 1))
      w++;
    const int into = w > 0 ? t - goes_over_at(w) : overlap;
    const WindowColumn in{&factors[w], t % window};
    const ImageView frame = view_of(video_.format, all[static_cast<std::size_t>(t)]);
    if (into < overlap)
      result.add(
          renderer.separate(frame, in, {&factors[w - 1], t % window}, fade_weight(into, overlap)));
    else
      result.add(renderer.separate(frame, in));
  }
  expect_same(result, by_engine(video_, all, wanted));
}

TEST_P(WindowFactorsOf, PartsAreTheWhole) {
  const auto all = frames(30);
  const Index rows = video_.format.samples();
  const Index half = tile_height(rows, 30) * 3;
  const WindowFactors whole = factorize_window(tiles_of(all, 0, 30, 0, rows).view, options());
  in_parts(2, [&](Reduction& reduction) {
    const Index first = reduction.part() ? half : 0;
    const Index count = reduction.part() ? rows - half : half;
    const WindowFactors part =
        factorize_window(tiles_of(all, 0, 30, first, count).view, options(), &reduction);
    ASSERT_EQ(part.u.cols(), whole.u.cols());
    double square = 0;
    double all_squares = 0;
    for (Index i = 0; i < count; i++) {
      EXPECT_NEAR(part.noise[static_cast<std::size_t>(i)],
                  whole.noise[static_cast<std::size_t>(first + i)], 1);
      for (Index j = 0; j < 30; j++) {
        double a = 0;
        double b = 0;
        for (Index k = 0; k < whole.u.cols(); k++) {
          a += static_cast<double>(part.u(i, k)) * static_cast<double>(part.v(j, k));
          b += static_cast<double>(whole.u(first + i, k)) * static_cast<double>(whole.v(j, k));
        }
        square += (a - b) * (a - b);
        all_squares += b * b;
      }
    }
    EXPECT_LT(std::sqrt(square / all_squares), 1e-5);
  });
}

TEST_P(WindowFactorsOf, OnePartCancelsAll) {
  const auto all = frames(20);
  const Index rows = video_.format.samples() / 2;
  int cancelled = 0;
  std::mutex mutex;
  in_parts(2, [&](Reduction& reduction) {
    const Tiles tiles = tiles_of(all, 0, 20, rows * reduction.part(), rows);
    try {
      factorize_window(tiles.view, options(), &reduction,
                       [&](double) { return reduction.part() == 0; });
    } catch (const Cancelled&) {
      const std::lock_guard lock(mutex);
      cancelled++;
    }
  });
  EXPECT_EQ(cancelled, 2);
}

TEST(Window, SaysWhatDoesNotFit) {
  const SyntheticVideo video = scene();
  const std::vector<Samples> frames(4, video.frame(0).samples);
  const Tiles tiles = tiles_of(frames, 0, 4, 0, video.format.samples());
  EXPECT_THROW(factorize_window(tiles.view, {}), std::invalid_argument);  // online
  BackgroundOptions options;
  options.method = Method::svd;
  EXPECT_THROW(factorize_window({}, options), std::invalid_argument);
  const WindowFactors factors = factorize_window(tiles.view, options);
  WindowRenderer renderer(video.format, options);
  const ImageView frame = view_of(video.format, frames[0]);
  EXPECT_THROW(renderer.separate(frame, {}), std::invalid_argument);
  EXPECT_THROW(renderer.separate(frame, {&factors, 4}), std::invalid_argument);
  EXPECT_THROW(renderer.separate(frame, {&factors, 0}, {&factors, 1}, 2), std::invalid_argument);
  ImageFormat other = video.format;
  other.width--;
  WindowRenderer of_other(other, options);
  EXPECT_THROW(of_other.separate(frame, {&factors, 0}), std::invalid_argument);
  other.depth = 10;
  EXPECT_THROW(WindowRenderer(other, options), std::invalid_argument);
}

}  // namespace
}  // namespace lowrank::test
