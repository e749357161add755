// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "online/shadows.h"

namespace lowrank::test {
namespace {

// What is looked at ends somewhere within a vector of pixels, and what is beyond stays as it is.
TEST(Shadows, TakeBackNoScoreBesideWhatIsLookedAt) {
  constexpr int width = 200;
  constexpr int height = 24;
  constexpr std::uint8_t dark = 18;  // so dark that a pixel of 0 would count as its shadow
  OwnedImage background({ColorModel::gray, width, height, 0, 0, 16});
  background.planes[0].fill(dark);
  OwnedImage frame(background.format);
  frame.planes[0].fill(dark);
  Raster<std::uint8_t> score(width, height);
  score.fill(30);
  for (int y = 0; y < height; y++) {
    std::fill_n(background.planes[0].row(y) + 60, 11, std::uint8_t{120});
    std::fill_n(frame.planes[0].row(y) + 60, 11, std::uint8_t{80});
    std::fill_n(score.row(y) + 60, 11, std::uint8_t{100});
  }
  Raster<std::uint8_t> shadow(width, height);
  const ImageView f = static_cast<const OwnedImage&>(frame).view();
  const ImageView l = static_cast<const OwnedImage&>(background).view();
  ASSERT_TRUE(Shadows(f, l, 0.4f).run(0, height, score, shadow));
  for (int y = 0; y < height; y++) {
    EXPECT_EQ(score.at(65, y), 0);
    EXPECT_EQ(shadow.at(65, y), 255);
    for (int x = 75; x < width; x++)
      ASSERT_EQ(score.at(x, y), 30) << x << ", " << y;
  }
}

}  // namespace
}  // namespace lowrank::test
