// SPDX-License-Identifier: LGPL-2.1-or-later

// Interlaced video: each field is a picture of its own time.
#include "fields.h"

#include "scenes.h"

namespace lowrank::test {
namespace {

const ImageFormat formats[] = {{ColorModel::gray, 24, 0},
                               {ColorModel::rgb, 24, 0},
                               {ColorModel::ycbcr, 24, 0, 0, 0, 16},
                               {ColorModel::ycbcr, 25, 0, 1, 0, 16},
                               {ColorModel::ycbcr, 25, 0, 1, 1, 16},
                               {ColorModel::ycbcr, 24, 0, 1, 1, 16, 10, 6}};
const Method methods[] = {Method::online, Method::svd, Method::pcp, Method::nmf,
                          Method::fixed_rank};

ImageFormat of_height(ImageFormat format, int height) {
  format.height = height;
  return format;
}

BackgroundOptions interlaced(Method method = Method::online) {
  BackgroundOptions options;
  options.method = method;
  options.window = method == Method::online ? 0 : 4;
  options.threads = 1;
  options.interlaced = true;
  return options;
}

// Slopes and a box that moves; every sample of its own value, within its bits.
std::vector<std::uint8_t> picture(const ImageFormat& format, int t) {
  std::vector<std::uint8_t> samples;
  for (int p = 0; p < format.planes(); p++)
    for (int y = 0; y < format.plane_height(p); y++)
      for (int x = 0; x < format.plane_width(p); x++) {
        const bool box = std::abs(x - 2 * t) < 4 && y > 2;
        const int level = 40 + (3 * x + 5 * y + 40 * p) % 100 + (box ? 90 : 0);
        const int word = (level << (format.depth - 8) | (x & 3)) << format.shift;
        samples.push_back(static_cast<std::uint8_t>(format.depth > 8 ? word & 255 : level));
        if (format.depth > 8)
          samples.push_back(static_cast<std::uint8_t>(word >> 8));
      }
  return samples;
}

ImageView packed(const ImageFormat& format, const std::vector<std::uint8_t>& samples) {
  ImageView image{format, {}};
  const std::uint8_t* data = samples.data();
  for (int p = 0; p < format.planes(); p++) {
    const int width = format.plane_width(p) * format.sample_bytes();
    image.planes[static_cast<std::size_t>(p)] = {data, width, format.sample_bytes(),
                                                 format.plane_width(p), format.plane_height(p)};
    data += width * format.plane_height(p);
  }
  return image;
}

std::vector<std::uint8_t> bytes_of(const PlaneView& plane, int sample_bytes) {
  std::vector<std::uint8_t> bytes;
  for (int y = 0; y < plane.height; y++)
    for (int x = 0; x < plane.width; x++)
      for (int b = 0; b < sample_bytes; b++)
        bytes.push_back(plane.row(y)[x * plane.pixel_stride + b]);
  return bytes;
}

void expect_equal(const ImageView& a, const ImageView& b) {
  ASSERT_EQ(a.format, b.format);
  for (std::size_t p = 0; p < static_cast<std::size_t>(a.format.planes()); p++)
    EXPECT_EQ(bytes_of(a.planes[p], a.format.sample_bytes()),
              bytes_of(b.planes[p], b.format.sample_bytes()))
        << "plane " << p;
}

PackedImage stacked(const ImageView& frame) {
  PackedImage image(stacked_format(frame.format));
  const MutableImageView view = image.view();
  for (std::size_t p = 0; p < static_cast<std::size_t>(frame.format.planes()); p++)
    stack_fields(frame.planes[p], view.planes[p], frame.format.sample_bytes());
  return image;
}

TEST(Fields, RowsGoWithTheirField) {
  const ImageFormat format{ColorModel::ycbcr, 2, 10, 1, 1, 16};
  std::vector<std::uint8_t> samples;
  for (int y = 0; y < 10; y++)
    samples.insert(samples.end(), 2, static_cast<std::uint8_t>(y));
  for (int p = 1; p < 3; p++)
    for (int y = 0; y < 5; y++)
      samples.push_back(static_cast<std::uint8_t>(20 * p + y));
  PackedImage image = stacked(view_of(format, samples));
  ASSERT_EQ(image.view().format.height, 12);
  const auto column = [&](std::size_t p) {
    std::vector<int> values;
    for (int y = 0; y < image.view().planes[p].height; y++)
      values.push_back(*image.view().planes[p].row(y));
    return values;
  };
  EXPECT_EQ(column(0), std::vector<int>({0, 2, 4, 6, 8, 8, 1, 3, 5, 7, 9, 9}));
  EXPECT_EQ(column(1), std::vector<int>({20, 22, 24, 21, 23, 23}));
  EXPECT_EQ(column(2), std::vector<int>({40, 42, 44, 41, 43, 43}));
}

TEST(Fields, WeavingUndoesStacking) {
  for (const ImageFormat& any : formats)
    for (int height = 1; height <= 13; height++) {
      const ImageFormat format = of_height(any, height);
      const std::vector<std::uint8_t> samples = picture(format, 3);
      const ImageView frame = packed(format, samples);
      PackedImage image = stacked(frame);
      EXPECT_LE(height, image.view().format.height);
      PackedImage woven(format);
      for (std::size_t p = 0; p < static_cast<std::size_t>(format.planes()); p++)
        weave_fields(image.view().planes[p], woven.view().planes[p], format.sample_bytes());
      expect_equal(frame, woven.view());
    }
}

// What the engine gives for the stacked pictures, woven.
void expect_woven(const Separation& of_frame, const Separation& of_stacked) {
  const ImageFormat& format = of_frame.input.format;
  PackedImage background(format);
  PackedImage mask({ColorModel::gray, format.width, format.height});
  for (std::size_t p = 0; p < static_cast<std::size_t>(format.planes()); p++)
    weave_fields(of_stacked.background.planes[p], background.view().planes[p],
                 format.sample_bytes());
  weave_fields(of_stacked.mask, mask.view().planes[0], 1);
  expect_equal(of_frame.background, background.view());
  EXPECT_EQ(bytes_of(of_frame.mask, 1), bytes_of(mask.view().planes[0], 1));
}

TEST(Fields, EachMethodSeparatesTheStackedPicture) {
  for (const Method method : methods)
    for (const ImageFormat& any : formats) {
      if (any.depth > 8 && method != Method::online)
        continue;
      const ImageFormat format = of_height(any, 30);
      BackgroundOptions options = interlaced(method);
      BackgroundEngine by_fields, of_stacked;
      by_fields.configure(format, options);
      options.interlaced = false;
      of_stacked.configure(stacked_format(format), options);
      EXPECT_EQ(by_fields.delay(), of_stacked.delay());
      int pulled = 0;
      std::vector<std::vector<std::uint8_t>> frames;
      const auto pull = [&] {
        Separation separation, expected;
        while (by_fields.pull(separation)) {
          ASSERT_TRUE(of_stacked.pull(expected));
          const auto t = static_cast<std::size_t>(pulled++);
          expect_equal(separation.input, packed(format, frames[t]));
          expect_woven(separation, expected);
          const auto mask = bytes_of(separation.mask, 1);
          EXPECT_DOUBLE_EQ(separation.foreground_ratio,
                           static_cast<double>(std::count(mask.begin(), mask.end(), 255)) /
                               static_cast<double>(mask.size()));
          EXPECT_EQ(by_fields.stats().foreground_ratio, separation.foreground_ratio);
        }
        EXPECT_FALSE(of_stacked.pull(expected));
      };
      for (int t = 0; t < 14; t++) {
        frames.push_back(picture(format, t));
        PackedImage image = stacked(packed(format, frames.back()));
        by_fields.push(packed(format, frames.back()));
        of_stacked.push(image.view());
        pull();
      }
      by_fields.drain();
      of_stacked.drain();
      pull();
      EXPECT_EQ(pulled, 14);
      EXPECT_EQ(by_fields.stats().frames, 14u);
    }
}

TEST(Fields, EverySizeIsTaken) {
  for (const Method method : methods)
    for (const ImageFormat& any : formats)
      for (const auto& [width, height] :
           {std::pair(1, 1), {1, 7}, {9, 1}, {5, 2}, {6, 3}, {3, 6}}) {
        ImageFormat format = of_height(any, height);
        format.width = width;
        if (any.depth > 8 && method != Method::online)
          continue;
        BackgroundEngine engine;
        engine.configure(format, interlaced(method));
        int pulled = 0;
        Separation separation;
        const auto pull = [&] {
          while (engine.pull(separation)) {
            pulled++;
            ASSERT_EQ(separation.background.format, format);
            ASSERT_EQ(separation.mask.width, width);
            ASSERT_EQ(separation.mask.height, height);
          }
        };
        for (int t = 0; t < 6; t++) {
          const auto samples = picture(format, t);
          engine.push(packed(format, samples));
          pull();
        }
        engine.drain();
        pull();
        EXPECT_EQ(pulled, 6);
      }
}

TEST(Fields, PaddedAndInterleavedSamplesAreRead) {
  const ImageFormat format{ColorModel::ycbcr, 24, 18, 1, 1, 16};
  BackgroundEngine tight, loose;
  tight.configure(format, interlaced());
  loose.configure(format, interlaced());
  for (int t = 0; t < 5; t++) {
    const auto samples = picture(format, t);
    const ImageView frame = view_of(format, samples);
    std::vector<std::uint8_t> spread(3 * 50 * 18, 0xee);
    ImageView view{format, {}};
    for (std::size_t p = 0; p < 3; p++) {
      const PlaneView& from = frame.planes[p];
      std::uint8_t* data = spread.data() + p * 50 * 18;
      for (int y = 0; y < from.height; y++)
        for (int x = 0; x < from.width; x++)
          data[y * 50 + 2 * x] = from.row(y)[x];
      view.planes[p] = {data, 50, 2, from.width, from.height};
    }
    Separation a, b;
    tight.push(frame);
    loose.push(view);
    ASSERT_TRUE(tight.pull(a) && loose.pull(b));
    expect_equal(a.background, b.background);
    EXPECT_EQ(bytes_of(a.mask, 1), bytes_of(b.mask, 1));
  }
}

TEST(Fields, FlushAndResetReachTheMethod) {
  const ImageFormat format{ColorModel::gray, 16, 9};
  BackgroundEngine engine;
  engine.configure(format, interlaced());
  const auto samples = picture(format, 0);
  engine.push(view_of(format, samples));
  engine.flush();
  Separation separation;
  EXPECT_FALSE(engine.pull(separation));
  engine.push(view_of(format, samples));
  engine.reset();
  EXPECT_FALSE(engine.pull(separation));
  EXPECT_EQ(engine.stats().resets, 1u);
  BackgroundOptions options = interlaced();
  options.threshold = 5;
  EXPECT_NO_THROW(engine.set_options(options));
  options.interlaced = false;
  EXPECT_THROW(engine.set_options(options), std::invalid_argument);
}

TEST(Fields, WhatIsSaidOfAFrameIsThatOfItsFields) {
  const Still first(64, 48), other(64, 48, 2);
  BackgroundEngine as_fields, as_picture;
  as_fields.configure(first.format(), interlaced());
  BackgroundOptions options = interlaced();
  options.interlaced = false;
  ImageFormat tall = stacked_format(first.format());
  as_picture.configure(tall, options);
  int changes = 0;
  for (int t = 0; t < 70; t++) {
    Shot shot(t < 60 ? first : other);
    shot.light(1 + 0.002 * t, 0);
    const SyntheticVideo::Frame frame = shot.finish(2, t);
    Separation woven, plain;
    as_fields.push(view_of(first.format(), frame.samples));
    ASSERT_TRUE(as_fields.pull(woven));
    PackedImage image = stacked(view_of(first.format(), frame.samples));
    as_picture.push(image.view());
    ASSERT_TRUE(as_picture.pull(plain));
    EXPECT_EQ(woven.change, plain.change) << t;
    EXPECT_EQ(woven.mask_held, plain.mask_held) << t;
    EXPECT_EQ(woven.relearned, plain.relearned) << t;
    EXPECT_EQ(woven.light_gain, plain.light_gain) << t;
    EXPECT_EQ(woven.light_offset, plain.light_offset) << t;
    changes += woven.change == GlobalChange::scene;
  }
  EXPECT_GT(changes, 0);
}

// Even rows of one moment and odd rows of the next, of luma and of chroma.
SyntheticVideo::Frame woven(const Still& still, const Film& film, int t) {
  SyntheticVideo::Frame frame = film(2 * t);
  const SyntheticVideo::Frame later = film(2 * t + 1);
  const auto take_rows = [&](auto part, int planes) {
    std::size_t at = 0;
    for (int p = 0; p < planes; p++)
      for (int y = 0; y < still.format().plane_height(p); y++) {
        const auto width = static_cast<std::size_t>(still.format().plane_width(p));
        if (y % 2 == 1)
          std::copy_n((later.*part).begin() + static_cast<std::ptrdiff_t>(at), width,
                      (frame.*part).begin() + static_cast<std::ptrdiff_t>(at));
        at += width;
      }
  };
  take_rows(&SyntheticVideo::Frame::samples, 3);
  take_rows(&SyntheticVideo::Frame::background, 3);
  take_rows(&SyntheticVideo::Frame::truth, 1);
  return frame;
}

TEST(Fields, MovingEdgesAreFoundFieldByField) {
  const Still still(160, 120);
  for (const double speed : {4.0, 8.0}) {
    const auto film = [&](int moment) {
      Shot shot(still);
      shot.draw({along(speed * moment, 160, 30), 20, 30, 24, 175, 110, 140});
      shot.draw(
          {160 - along(speed * moment + 70, 160, 26) - 26, 70, 26, 26, 60, 150, 110, 24, true, 2});
      return shot.finish(2, moment);
    };
    BackgroundOptions as_fields = interlaced();
    BackgroundOptions as_frames;
    const auto outcomes = watch(still.format(), 120, [&](int t) { return woven(still, film, t); },
                                {as_fields, as_frames});
    // An edge that moves by `speed` pixels within a frame combs over as many.
    EXPECT_GT(outcomes[0].f(40), 0.915);
    EXPECT_GT(outcomes[0].f(40), outcomes[1].f(40) + (speed > 4 ? 0.07 : 0.015));
    EXPECT_NEAR(outcomes[0].plate(40), outcomes[1].plate(40), 0.1);
  }
}

}  // namespace
}  // namespace lowrank::test
