// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Models that are saved and loaded. The oracle is an engine that never stopped.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "crc32.h"
#include "scenes.h"

namespace lowrank::test {
namespace {

constexpr Box tree{20, 20, 80, 80};

// A shaking camera, swaying leaves, light that fades and people; and light that moves over the
// picture, for whom one component is not enough.
SyntheticVideo::Frame shot_of(const Still& still, int t, bool moving_light) {
  Shot shot(still, 3 * hash(t / 2, 1, 9), 2 * hash(t / 2, 2, 9));
  shot.sway(still, tree, [t](int x, int y) {
    const double period = 6 * (1 + hash(x / 16, y / 16, 3));
    const double dx = 2 * std::sin(two_pi * (t / period + hash(x / 16, y / 16, 4)));
    return std::pair(dx, 0.4 * dx);
  });
  if (moving_light)
    shot.shade([t](int x, int) { return 1 + 0.002 * (x - 80) * std::sin(t * 0.05); });
  shot.light(1 + 0.1 * std::sin(t * 0.03), 3 * std::cos(t * 0.02));
  shot.passers_by(t);
  return shot.finish(2, t);
}

// Frames of one film in any format: I420 as it is, its luma alone, its planes for those of RGB, or
// with more bits.
class Film {
 public:
  explicit Film(const ImageFormat& format, bool moving_light = true)
      : format_(format), moving_light_(moving_light), still_(format.width, format.height) {
    still_.roughen(tree, 40);
  }

  const ImageFormat& format() const { return format_; }

  void show(int t, BackgroundEngine& engine, Separation& separation) {
    const SyntheticVideo::Frame shot = shot_of(still_, t, moving_light_);
    const ImageView i420 = view_of(still_.format(), shot.samples);
    samples_.clear();
    ImageView image{format_, {}};
    std::size_t begins[3] = {};
    for (int p = 0; p < format_.planes(); p++) {
      begins[p] = samples_.size();
      add_plane(i420.planes[static_cast<std::size_t>(p)], p);
    }
    for (int p = 0; p < format_.planes(); p++) {
      const int width = format_.plane_width(p);
      const int bytes = format_.sample_bytes();
      image.planes[static_cast<std::size_t>(p)] = {samples_.data() + begins[p], width * bytes,
                                                   bytes, width, format_.plane_height(p)};
    }
    engine.push(image);
    ASSERT_TRUE(engine.pull(separation));
  }

 private:
  void add_plane(const PlaneView& from, int p) {
    for (int y = 0; y < format_.plane_height(p); y++)
      for (int x = 0; x < format_.plane_width(p); x++) {
        const int level = from.row(
            y * from.height / format_.plane_height(p))[x * from.width / format_.plane_width(p)];
        if (format_.depth == 8) {
          samples_.push_back(static_cast<std::uint8_t>(level));
          continue;
        }
        const auto word = static_cast<std::uint16_t>(level << (format_.depth - 8) | ((x + y) & 3));
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(&word);
        samples_.insert(samples_.end(), bytes, bytes + 2);
      }
  }

  ImageFormat format_;
  bool moving_light_;
  Still still_;
  std::vector<std::uint8_t> samples_;
};

std::vector<std::uint8_t> bytes_of(const PlaneView& plane, int sample_bytes) {
  std::vector<std::uint8_t> bytes;
  for (int y = 0; y < plane.height; y++)
    for (int x = 0; x < plane.width; x++) {
      const std::uint8_t* sample = plane.row(y) + x * plane.pixel_stride;
      bytes.insert(bytes.end(), sample, sample + sample_bytes);
    }
  return bytes;
}

void expect_same(const Separation& a, const Separation& b, const std::string& what) {
  EXPECT_EQ(bytes_of(a.mask, 1), bytes_of(b.mask, 1)) << what;
  EXPECT_EQ(a.foreground_ratio, b.foreground_ratio) << what;
  const ImageFormat& format = a.background.format;
  for (std::size_t p = 0; p < static_cast<std::size_t>(format.planes()); p++)
    EXPECT_EQ(bytes_of(a.background.planes[p], format.sample_bytes()),
              bytes_of(b.background.planes[p], format.sample_bytes()))
        << what;
}

constexpr ImageFormat i420{ColorModel::ycbcr, 160, 120, 1, 1, 16};
constexpr ImageFormat i420_10{ColorModel::ycbcr, 160, 120, 1, 1, 16, 10};
constexpr ImageFormat rgb{ColorModel::rgb, 160, 120};
constexpr ImageFormat gray8{ColorModel::gray, 160, 120};
constexpr ImageFormat odd{ColorModel::ycbcr, 77, 53, 1, 1, 16};

BackgroundOptions options_of(int rank, Update update = Update::adaptive) {
  BackgroundOptions options;
  options.rank = rank;
  options.update = update;
  options.threads = 1;
  return options;
}

TEST(Model, GoesOnAsIfItHadNotStopped) {
  // Without the light, leaves are known by now for what they are.
  for (const ImageFormat& format : {i420, i420_10, rgb, gray8, odd})
    for (const int rank : {1, 4}) {
      Film film(format, rank > 1);
      BackgroundEngine engine, fresh;
      Separation a, b;
      BackgroundOptions options = options_of(rank);
      options.interlaced = format == odd;
      engine.configure(format, options);
      for (int t = 0; t < 105; t++)
        film.show(t, engine, a);
      const auto model = engine.save_model();
      fresh.configure(format, options);
      fresh.load_model(model);
      EXPECT_EQ(fresh.stats().rank, engine.stats().rank);
      EXPECT_EQ(rank > 1, engine.stats().rank > 1);
      EXPECT_EQ(fresh.save_model(), model);
      double foreground = 0;
      for (int t = 105; t < 125; t++) {
        film.show(t, engine, a);
        film.show(t, fresh, b);
        expect_same(a, b,
                    std::to_string(format.samples()) + " samples, rank " + std::to_string(rank) +
                        ", frame " + std::to_string(t));
        foreground = std::max(foreground, a.foreground_ratio);
      }
      EXPECT_GT(foreground, 0.01);
      EXPECT_EQ(fresh.save_model(), engine.save_model());
    }
}

// A small model of a still scene of that format.
std::vector<std::uint8_t> model_of(const ImageFormat& format, int frames, int rank = 1) {
  Film film(format);
  BackgroundEngine engine;
  engine.configure(format, options_of(rank));
  Separation separation;
  for (int t = 0; t < frames; t++)
    film.show(t, engine, separation);
  return engine.save_model();
}

// Every sample of a frame has the same level.
void show_flat(BackgroundEngine& engine, const ImageFormat& format, int level) {
  const std::vector<std::uint8_t> samples(static_cast<std::size_t>(format.samples()),
                                          static_cast<std::uint8_t>(level));
  engine.push(view_of(format, samples));
  Separation separation;
  ASSERT_TRUE(engine.pull(separation));
}

TEST(Model, CountsAsLearnedWheneverItWasSaved) {
  Film film(i420);
  for (const int frames : {1, 2, 15, 60}) {
    BackgroundEngine engine;
    engine.configure(i420, options_of(1, Update::frozen));
    engine.load_model(model_of(i420, frames));
    const auto before = engine.save_model();
    Separation separation;
    for (int t = frames; t < frames + 3; t++)
      film.show(t, engine, separation);
    EXPECT_EQ(engine.save_model(), before) << frames;
  }
}

// An engine that has just begun to learn another scene is none the poorer for a model.
TEST(Model, EndsTheLearningAfterACut) {
  const auto model = model_of(i420, 105);
  Film film(i420);
  BackgroundEngine cut, fresh;
  Separation a, b;
  cut.configure(i420, options_of(1));
  cut.load_model(model);
  for (int i = 0; i < 20 && cut.stats().resets == 0; i++)
    show_flat(cut, i420, 225);
  ASSERT_EQ(cut.stats().resets, 1u);
  cut.load_model(model);
  fresh.configure(i420, options_of(1));
  fresh.load_model(model);
  film.show(105, cut, a);
  film.show(105, fresh, b);
  expect_same(a, b, "the first frame");
  EXPECT_GT(a.foreground_ratio, 0);
}

TEST(Model, OfMoreComponentsLosesTheLast) {
  Film film(i420);
  BackgroundEngine engine;
  engine.configure(i420, options_of(2));
  engine.load_model(model_of(i420, 120, 4));
  EXPECT_EQ(engine.stats().rank, 2);
  Separation separation;
  for (int t = 120; t < 130; t++)
    film.show(t, engine, separation);
  EXPECT_LT(separation.foreground_ratio, 0.3);
}

TEST(Model, IsRefusedUnlessItFits) {
  const auto model = model_of(i420, 3);
  const auto refusal = [&](const ImageFormat& format, const std::vector<std::uint8_t>& bytes) {
    BackgroundEngine engine;
    engine.configure(format, options_of(1));
    try {
      engine.load_model(bytes);
    } catch (const ModelError& error) {
      EXPECT_FALSE(engine.has_model());
      return std::string(error.what());
    }
    return std::string("it was loaded");
  };
  EXPECT_EQ(refusal(i420, model), "it was loaded");
  ImageFormat other = i420;
  other.width = 162;
  EXPECT_EQ(
      refusal(other, model),
      "the model is of 160x120 YCbCr 4:2:0 of 8 bits, black at 16; what fits is one of 162x120 "
      "YCbCr 4:2:0 of 8 bits, black at 16");
  other = i420;
  other.chroma_shift_y = 0;
  EXPECT_NE(refusal(other, model).find("one of 160x120 YCbCr 4:2:2"), std::string::npos);
  EXPECT_NE(refusal(i420_10, model).find("one of 160x120 YCbCr 4:2:0 of 10 bits"),
            std::string::npos);
  EXPECT_NE(refusal(rgb, model).find("one of 160x120 RGB of 8 bits"), std::string::npos);
  EXPECT_NE(refusal(gray8, model).find("one of 160x120 gray of 8 bits, black at 0"),
            std::string::npos);

  BackgroundEngine engine;
  BackgroundOptions options = options_of(1);
  options.interlaced = true;
  engine.configure(i420, options);
  EXPECT_THROW(engine.load_model(model), ModelError);

  std::vector<std::uint8_t> bytes = model;
  bytes[8] = 2;
  EXPECT_NE(refusal(i420, bytes).find("of version 2; what is read here is version 1"),
            std::string::npos);
  EXPECT_NE(refusal(i420, {}).find("no model"), std::string::npos);
  EXPECT_NE(refusal(i420, {'G', 'I', 'F', '8'}).find("no model"), std::string::npos);
  bytes = model;
  bytes.push_back(0);
  EXPECT_NE(refusal(i420, bytes).find("broken"), std::string::npos);
}

// Bits below the samples are of the memory's layout, not of the picture.
TEST(Model, FitsEveryLayoutOfItsSamples) {
  ImageFormat shifted = i420_10;
  shifted.shift = 6;
  BackgroundEngine engine;
  engine.configure(shifted, options_of(1));
  engine.load_model(model_of(i420_10, 3));
  EXPECT_TRUE(engine.has_model());
}

TEST(Model, BelongsToOnlineAlone) {
  BackgroundEngine engine;
  EXPECT_FALSE(engine.has_model());
  EXPECT_THROW(engine.save_model(), std::logic_error);
  engine.configure(i420, options_of(1));
  EXPECT_THROW(engine.save_model(), std::logic_error);
  show_flat(engine, i420, 90);
  const auto model = engine.save_model();
  engine.reset();
  EXPECT_FALSE(engine.has_model());
  BackgroundOptions options = options_of(1);
  options.method = Method::svd;
  options.window = 4;
  engine.configure(i420, options);
  EXPECT_FALSE(engine.has_model());
  EXPECT_THROW(engine.save_model(), std::logic_error);
  EXPECT_THROW(engine.load_model(model), std::logic_error);
}

class BrokenModel : public ::testing::Test {
 protected:
  static constexpr ImageFormat small{ColorModel::ycbcr, 18, 14, 1, 1, 16};

  BrokenModel() : model_(model_of(small, 40, 3)) {
    engine_.configure(small, options_of(3));
    show_flat(engine_, small, 90);
    own_ = engine_.save_model();
  }

  static void seal(std::vector<std::uint8_t>& bytes) {
    const std::uint32_t crc = crc32(std::span(bytes).first(bytes.size() - 4));
    for (std::size_t i = 0; i < 4; i++)
      bytes[bytes.size() - 4 + i] = static_cast<std::uint8_t>(crc >> (8 * i));
  }

  std::vector<std::uint8_t> model_, own_;
  BackgroundEngine engine_;
};

TEST_F(BrokenModel, EveryTruncationIsRefused) {
  for (std::size_t size = 0; size < model_.size(); size++) {
    std::vector<std::uint8_t> bytes(model_.begin(),
                                    model_.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_THROW(engine_.load_model(bytes), ModelError) << size;
    if (size < 4)
      continue;
    seal(bytes);
    EXPECT_THROW(engine_.load_model(bytes), ModelError) << size;
  }
  EXPECT_EQ(engine_.save_model(), own_);
}

TEST_F(BrokenModel, EveryFlippedByteIsRefused) {
  for (std::size_t i = 0; i < model_.size(); i++) {
    std::vector<std::uint8_t> bytes = model_;
    bytes[i] ^= static_cast<std::uint8_t>(1 + 255 * hash(static_cast<int>(i), 1, 1));
    EXPECT_THROW(engine_.load_model(bytes), ModelError) << i;
  }
  EXPECT_EQ(engine_.save_model(), own_);
}

// With a checksum that is right: what is loaded then must do no harm.
TEST_F(BrokenModel, NoForgedOneDoesHarm) {
  int loaded = 0;
  int refused = 0;
  for (int k = 0; k < 4000; k++) {
    std::vector<std::uint8_t> bytes = model_;
    for (int flips = 0; flips < 1 + k % 4; flips++) {
      // The header and the numbers at the end more often than the planes.
      const double where = hash(k, flips, 2);
      const auto size = static_cast<double>(bytes.size());
      const double at = k % 3 == 0   ? where * size
                        : k % 3 == 1 ? where * 40
                                     : size - 1 - where * 200;
      bytes[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(256 * hash(k, flips, 3));
    }
    seal(bytes);
    try {
      engine_.load_model(bytes);
      loaded++;
      show_flat(engine_, small, k % 256);
    } catch (const ModelError&) {
      refused++;
    }
  }
  EXPECT_GT(loaded, 200);
  EXPECT_GT(refused, 400);
}

TEST(Crc32, IsTheOneThatIsNamed) {
  const std::uint8_t digits[] = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  EXPECT_EQ(crc32(digits), 0x0376E6E7u);
  EXPECT_EQ(crc32({}), 0xFFFFFFFFu);
}

}  // namespace
}  // namespace lowrank::test
