// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Regions of the mask against a flood fill, and bounds on their size.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "mask_regions.h"
#include "synthetic_video.h"

namespace lowrank::test {
namespace {

struct Seen {
  std::vector<std::uint8_t> mask;
  std::vector<Region> regions;
  double ratio = 0;
  double stats_ratio = 0;
};

// What an engine says of each frame.
std::vector<Seen> see(const SyntheticVideo& video, int frames, const BackgroundOptions& options) {
  BackgroundEngine engine;
  engine.configure(video.format, options);
  std::vector<Seen> all;
  Separation separation;
  const auto take = [&] {
    while (engine.pull(separation))
      all.push_back({copy_of(separation.mask),
                     {separation.regions.begin(), separation.regions.end()},
                     separation.foreground_ratio,
                     engine.stats().foreground_ratio});
  };
  for (int t = 0; t < frames; t++) {
    const auto frame = video.frame(t);
    engine.push(view_of(video.format, frame.samples));
    take();
  }
  engine.drain();
  take();
  return all;
}

std::vector<BackgroundOptions> methods() {
  std::vector<BackgroundOptions> all(3);
  all[1].mask_cleanup = 0;
  all[2].method = Method::svd;
  all[2].window = 20;
  all[2].mask_cleanup = 0;
  for (BackgroundOptions& options : all)
    options.threads = 1;
  return all;
}

// The noise of this one leaves specks of every shape in a mask without clean-up.
SyntheticVideo noisy() {
  SyntheticVideo video;
  video.noise = 7;
  return video;
}

using Key = std::tuple<std::int64_t, int, int, int, int>;
std::multiset<Key> keys(const std::vector<Region>& regions) {
  std::multiset<Key> all;
  for (const Region& r : regions)
    all.emplace(r.area, r.x, r.y, r.width, r.height);
  return all;
}

TEST(Regions, AreThoseOfAFloodFill) {
  const SyntheticVideo video = noisy();
  for (BackgroundOptions options : methods()) {
    options.regions = true;
    std::size_t most = 0;
    for (const Seen& seen : see(video, 60, options)) {
      std::vector<Region> expected;
      for (const Flooded& flooded : flood(seen.mask, video.format.width, video.format.height))
        expected.push_back(flooded.region);
      EXPECT_EQ(keys(seen.regions), keys(expected));
      EXPECT_TRUE(std::ranges::is_sorted(seen.regions, std::ranges::greater(), &Region::area));
      most = std::max(most, expected.size());
    }
    EXPECT_GE(most, options.mask_cleanup == 0 ? 10u : 2u);
  }
}

// The unfiltered engine is the oracle for every later frame too: the model has not noticed.
TEST(Regions, OfTheWrongSizeLeaveTheMaskAndNotTheModel) {
  const SyntheticVideo video = noisy();
  for (BackgroundOptions options : methods()) {
    const auto whole = see(video, 140, options);
    options.min_region_size = 4;
    options.max_region_size = 500;
    options.regions = true;
    const auto filtered = see(video, 140, options);
    ASSERT_EQ(filtered.size(), whole.size());
    int cleared = 0;
    int kept = 0;
    for (std::size_t t = 0; t < whole.size(); t++) {
      std::vector<std::uint8_t> expected = whole[t].mask;
      std::vector<Region> regions;
      for (const Flooded& flooded : flood(expected, video.format.width, video.format.height)) {
        if (flooded.region.area >= 4 && flooded.region.area <= 500) {
          regions.push_back(flooded.region);
          continue;
        }
        cleared++;
        for (const auto& [x, y] : flooded.pixels)
          expected[static_cast<std::size_t>(y * video.format.width + x)] = 0;
      }
      kept += static_cast<int>(regions.size());
      EXPECT_EQ(filtered[t].mask, expected) << t;
      EXPECT_EQ(keys(filtered[t].regions), keys(regions)) << t;
      const auto set = std::ranges::count(expected, std::uint8_t{255});
      EXPECT_DOUBLE_EQ(filtered[t].ratio,
                       static_cast<double>(set) / static_cast<double>(expected.size()));
      EXPECT_DOUBLE_EQ(filtered[t].stats_ratio, filtered[t].ratio);
    }
    EXPECT_GT(cleared, 20);
    EXPECT_GT(kept, 20);
  }
}

TEST(Regions, ComeOnlyWhereTheyAreAskedFor) {
  const SyntheticVideo video;
  BackgroundOptions options;
  options.threads = 1;
  BackgroundEngine engine;
  engine.configure(video.format, options);
  Separation separation;
  for (int t = 0; t < 60; t++) {
    const auto frame = video.frame(t);
    options.regions = t >= 40 && t < 50;
    engine.set_options(options);
    engine.push(view_of(video.format, frame.samples));
    ASSERT_TRUE(engine.pull(separation));
    EXPECT_EQ(separation.regions.empty(), !options.regions) << t;
  }
  EXPECT_GT(separation.foreground_ratio, 0);
  options.min_region_size = -1;
  EXPECT_THROW(engine.set_options(options), std::invalid_argument);
}

TEST(Regions, ShareIsOfTheBox) {
  EXPECT_DOUBLE_EQ((Region{3, 4, 10, 5, 20}.share()), 0.4);
  EXPECT_DOUBLE_EQ(Region{}.share(), 0);
}

}  // namespace
}  // namespace lowrank::test
