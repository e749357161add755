// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <climits>
#include <cmath>

#include <string>
#include <vector>

#include "codec/quality.h"
#include "codec/quality_cascade.h"
#include "codec/rate_control.h"
#include "synthetic_video.h"

namespace lowrank {
namespace {

constexpr double pixels = 640 * 480;

/// Stands for an encoder: bits of picture n at a step index, which meet the target at about 25.
struct Source {
  double bits_at_25;
  double exponent;  ///< bits fall as 2^(−exponent·index/6); those of keys between others: 1
  double scatter;   ///< bits vary by this share from picture to picture
  double key_factor = 1;    ///< how much more a key takes than another picture
  int change_at = INT_MAX;  ///< from this picture on, every one takes 5 times as much

  double bits(int n, bool key, int index) const {
    const double random = 1 + scatter * (2 * test::hash(n, 5, 3) - 1);
    const double power = key && key_factor > 1 ? 1 : exponent;
    return bits_at_25 * (n >= change_at ? 5 : 1) * random * (key ? key_factor : 1) *
           std::exp2(-power * (index - 25) / 6);
  }
};

struct Course {
  std::vector<double> bits;
  std::vector<int> index;  ///< of pictures that are no keys, or of all where all are

  double mean_bits(std::size_t from, std::size_t until) const {
    double sum = 0;
    for (std::size_t i = from; i < until; i++)
      sum += bits[i];
    return sum / static_cast<double>(until - from);
  }
  int swing(std::size_t from, std::size_t until) const {
    const auto [least, most] =
        std::minmax_element(index.begin() + static_cast<std::ptrdiff_t>(from),
                            index.begin() + static_cast<std::ptrdiff_t>(until));
    return *most - *least;
  }
};

codec::RateTarget target(double kilobits, int interval, double rate = 25) {
  return {1000 * kilobits / rate, rate, pixels, {interval, interval > 1 ? 8 : 0}};
}

void follow(codec::RateControl& control, const Source& source, int interval, int count,
            Course& result) {
  for (int i = 0; i < count; i++) {
    const int n = static_cast<int>(result.bits.size());
    const bool key = n % interval == 0;
    const int index = control.step_index(key);
    const double bits = source.bits(n, key, index);
    control.coded(key, bits);
    result.bits.push_back(bits);
    result.index.push_back(key && interval > 1 ? control.step_index(false) : index);
  }
}

Course follow(const codec::RateTarget& aim, const Source& source, int count) {
  codec::RateControl control(aim);
  Course result;
  follow(control, source, aim.keys.interval, count, result);
  return result;
}

// The exponent of the source; the control assumes 1.25.
class Rate : public testing::TestWithParam<double> {};

TEST_P(Rate, IsMetByKeysAlone) {
  const codec::RateTarget aim = target(4000, 1);
  const Course course = follow(aim, {160000, GetParam(), 0.2}, 300);
  const double wanted = aim.bits_a_picture;
  EXPECT_NEAR(course.mean_bits(50, 100), wanted, 0.1 * wanted);
  EXPECT_NEAR(course.mean_bits(100, 300), wanted, 0.03 * wanted);
  EXPECT_LE(course.swing(50, 300), 3);
}

TEST_P(Rate, IsMetWithKeysNowAndThen) {
  const codec::RateTarget aim = target(2000, 50);
  const Course course = follow(aim, {40000, GetParam(), 0.3, 12}, 500);
  const double wanted = aim.bits_a_picture;
  EXPECT_NEAR(course.mean_bits(0, 500), wanted, 0.1 * wanted);
  EXPECT_NEAR(course.mean_bits(200, 500), wanted, 0.08 * wanted);
  EXPECT_LE(course.swing(200, 500), 4) << "the quality swings with the keys";
}

TEST_P(Rate, IsMetAgainWithinTwoSecondsOfAChange) {
  const codec::RateTarget aim = target(4000, 1);
  const Course course = follow(aim, {160000, GetParam(), 0.1, 1, 150}, 450);
  const double wanted = aim.bits_a_picture;
  // What was spent too much in the first moment is paid back.
  EXPECT_NEAR(course.mean_bits(200, 250), wanted, 0.15 * wanted);
  EXPECT_NEAR(course.mean_bits(100, 450), wanted, 0.05 * wanted);
  EXPECT_LE(course.swing(200, 450), 5);
}

TEST_P(Rate, CanBeChanged) {
  codec::RateControl control(target(2000, 50));
  const Source source{40000, GetParam(), 0.1, 12};
  Course course;
  follow(control, source, 50, 200, course);
  control.set_target(target(6000, 50));
  follow(control, source, 50, 300, course);
  EXPECT_NEAR(course.mean_bits(250, 500), 240000, 0.1 * 240000);
}

INSTANTIATE_TEST_SUITE_P(Exponents, Rate, testing::Values(0.6, 1.0, 1.5, 2.5),
                         [](const auto& info) {
                           return "Exponent" + std::to_string(static_cast<int>(10 * info.param));
                         });

TEST(RateControl, StaysWithinTheScale) {
  const Course tiny = follow(target(1, 50), {40000, 1, 0, 12}, 100);
  EXPECT_EQ(tiny.index.back(), codec::largest_step_index);
  const Course huge = follow(target(1e7, 50), {40000, 1, 0, 12}, 100);
  EXPECT_EQ(huge.index.back(), 0);
}

// Options are set again for any change of theirs.
TEST(QualityCascade, FollowsHowMuchStaysTheSame) {
  codec::QualityCascade cascade;
  for (int i = 1; i < 40; i++) {
    EXPECT_EQ(cascade.offset(i), 0);  // as if all of it moved
    cascade.coded(i, i % 8 == 0 ? 1 : 0.2);
  }
  for (int i = 1; i < 40; i++)
    cascade.coded(i, 0.9);
  int sum = 0;
  for (int i = 1; i <= 8; i++) {
    EXPECT_EQ(cascade.offset(i) < 0, i == 8);
    sum += cascade.offset(i);
  }
  EXPECT_GT(sum, 0);
}

TEST(RateControl, TheSameTargetChangesNothing) {
  const codec::RateTarget aim = target(2000, 50);
  const Source source{40000, 1, 0.3, 12};
  codec::RateControl control(aim);
  Course course;
  for (int n = 0; n < 200; n++) {
    control.set_target(aim);
    follow(control, source, 50, 1, course);
  }
  EXPECT_EQ(course.index, follow(aim, source, 200).index);
}

// Keys that come early are paid for as well.
TEST(RateControl, MeetsTheRateWithKeysOnDemand) {
  const codec::RateTarget aim = target(4000, 250);
  codec::RateControl control(aim);
  const Source source{80000, 1, 0.1, 12};
  double bits = 0;
  for (int n = 0; n < 1000; n++) {
    const bool key = n % 40 == 0;
    const double taken = source.bits(n, key, control.step_index(key));
    control.coded(key, taken);
    bits += n >= 200 ? taken : 0;
  }
  EXPECT_NEAR(bits / 800, aim.bits_a_picture, 0.1 * aim.bits_a_picture);
}

}  // namespace
}  // namespace lowrank
