// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The verbs of BackgroundEngine and what it refuses, for every method.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "lowrank/background.h"
#include "messages.h"
#include "synthetic_video.h"

namespace lowrank::test {
namespace {

const ImageFormat small{ColorModel::ycbcr, 33, 21, 1, 1, 16};

std::vector<std::uint8_t> flat(const ImageFormat& format, std::uint8_t value) {
  return std::vector<std::uint8_t>(static_cast<std::size_t>(format.samples()), value);
}

TEST(Engine, OnlineHasNoDelay) {
  BackgroundEngine engine;
  engine.configure(small, {});
  EXPECT_EQ(engine.delay(), 0);
  const auto samples = flat(small, 90);
  const ImageView frame = view_of(small, samples);
  Separation separation;
  EXPECT_FALSE(engine.pull(separation));
  engine.push(frame);
  EXPECT_THROW(engine.push(frame), std::logic_error);
  ASSERT_TRUE(engine.pull(separation));
  EXPECT_EQ(separation.input.planes[0].data, samples.data());
  EXPECT_FALSE(engine.pull(separation));
  engine.drain();
  EXPECT_FALSE(engine.pull(separation));
}

TEST(Engine, RefusesWhatItCannotDo) {
  BackgroundEngine engine;
  Separation separation;
  EXPECT_THROW(engine.pull(separation), std::logic_error);
  const auto refused = [&](const ImageFormat& format, const BackgroundOptions& options) {
    return message_of([&] { engine.configure(format, options); });
  };
  EXPECT_NE(refused({ColorModel::gray, 0, 5}, {}).find("0x5"), std::string::npos);
  EXPECT_NE(refused({ColorModel::gray, 20000, 5}, {}).find("16384"), std::string::npos);
  EXPECT_NE(refused({ColorModel::rgb, 4, 4, 1, 1}, {}).find("chroma"), std::string::npos);
  EXPECT_NE(refused({ColorModel::gray, 4, 4, 0, 0, 0, 17}, {}).find("8 to 16 bits"),
            std::string::npos);
  EXPECT_NE(refused({ColorModel::rgb, 4, 4, 0, 0, 0, 10}, {}).find("rgb"), std::string::npos);
  for (const auto& [depth, shift] : {std::pair(8, 1), std::pair(10, 7), std::pair(10, -1)})
    EXPECT_NE(refused({ColorModel::gray, 4, 4, 0, 0, 0, depth, shift}, {}).find("fit"),
              std::string::npos);
  BackgroundOptions options;
  options.rank = 17;
  EXPECT_NE(refused(small, options).find("16"), std::string::npos);
  options = {};
  options.method = Method::svd;
  options.window = 5;
  options.rank = 6;
  EXPECT_NE(refused(small, options).find("rank"), std::string::npos);
  options.rank = 1;
  for (const Method method : {Method::pcp, Method::svd, Method::nmf, Method::fixed_rank}) {
    options.method = method;
    EXPECT_NE(refused({ColorModel::gray, 4, 4, 0, 0, 0, 10}, options).find("8 bits"),
              std::string::npos);
  }
  options = {};
  options.learning_rate = 1.5;
  EXPECT_NE(refused(small, options).find("learning_rate"), std::string::npos);
  options = {};
  options.threshold = 0;
  EXPECT_NE(refused(small, options).find("threshold"), std::string::npos);
  options = {};
  options.lambda = -1;
  EXPECT_NE(refused(small, options).find("lambda"), std::string::npos);
  options = {};
  options.noise = std::nan("");
  EXPECT_NE(refused(small, options).find("noise"), std::string::npos);

  engine.configure(small, {});
  const ImageFormat other{ColorModel::gray, 33, 21};
  const auto samples = flat(other, 1);
  EXPECT_THROW(engine.push(view_of(other, samples)), std::invalid_argument);
  const ImageFormat deep{ColorModel::gray, 33, 21, 0, 0, 0, 10};
  engine.configure(deep, {});
  ImageView bytes = view_of(other, samples);
  bytes.format = deep;  // but samples that lie a byte apart
  EXPECT_THROW(engine.push(bytes), std::invalid_argument);

  engine.configure(small, {});
  BackgroundOptions changed;
  changed.rank = 3;
  EXPECT_THROW(engine.set_options(changed), std::invalid_argument);
  changed = {};
  changed.noise = 3;
  EXPECT_THROW(engine.set_options(changed), std::invalid_argument);
}

}  // namespace
}  // namespace lowrank::test
