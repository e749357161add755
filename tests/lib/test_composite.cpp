// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>
#include <vector>

#include "lowrank/composite.h"
#include "lowrank/matte.h"
#include "synthetic_video.h"

namespace lowrank::test {
namespace {

// Packed RGB (three bytes a pixel) over one block of memory.
Image<std::uint8_t> packed_rgb(std::vector<std::uint8_t>& bytes, int width, int height) {
  Image<std::uint8_t> image{{ColorModel::rgb, width, height}, {}};
  for (int c = 0; c < 3; c++)
    image.planes[static_cast<std::size_t>(c)] = {bytes.data() + c, 3 * width, 3, width, height};
  return image;
}

TEST(Composite, MaskedKeepsInputAndBlackensTheRest) {
  std::vector<std::uint8_t> in{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  std::vector<std::uint8_t> out(12, 77);
  const std::vector<std::uint8_t> mask{0, 255, 255, 0};
  const PlaneView mask_plane{mask.data(), 2, 1, 2, 2};
  composite_masked(packed_rgb(in, 2, 2), mask_plane, packed_rgb(out, 2, 2));
  EXPECT_EQ(out, (std::vector<std::uint8_t>{0, 0, 0, 4, 5, 6, 7, 8, 9, 0, 0, 0}));
}

TEST(Composite, MaskedChromaIsKeptWhereAnyOfItsPixelsIs) {
  const ImageFormat format{ColorModel::ycbcr, 3, 3, 1, 1, 16};
  std::vector<std::uint8_t> in(static_cast<std::size_t>(format.samples()), 200);
  std::vector<std::uint8_t> out(in.size());
  std::vector<std::uint8_t> mask(9, 0);
  mask[8] = 255;  // the lower right pixel has a chroma sample of its own
  MutableImageView target{format, {}};
  std::uint8_t* data = out.data();
  for (int p = 0; p < 3; p++) {
    target.planes[static_cast<std::size_t>(p)] = {data, format.plane_width(p), 1,
                                                  format.plane_width(p), format.plane_height(p)};
    data += format.plane_width(p) * format.plane_height(p);
  }
  composite_masked(view_of(format, in), {mask.data(), 3, 1, 3, 3}, target);
  EXPECT_EQ(out, (std::vector<std::uint8_t>{16, 16, 16, 16, 16, 16, 16, 16, 200,  //
                                            128, 128, 128, 200, 128, 128, 128, 200}));
}

// Planes over one block of memory, their samples `stride` bytes apart.
MutableImageView spread(const ImageFormat& format, std::vector<std::uint8_t>& bytes, int stride) {
  MutableImageView image{format, {}};
  std::uint8_t* data = bytes.data();
  for (int p = 0; p < format.planes(); p++) {
    const int width = format.plane_width(p);
    image.planes[static_cast<std::size_t>(p)] = {data, stride * width, stride, width,
                                                 format.plane_height(p)};
    data += stride * width * format.plane_height(p);
  }
  return image;
}

// Rows of bytes next to each other take vectors, others do not.
TEST(Composite, MaskedIsTheSameHoweverSamplesLie) {
  for (const auto& [shift_x, shift_y] : {std::pair{0, 0}, {1, 0}, {1, 1}, {0, 1}}) {
    for (const int width : {1, 2, 31, 64, 65, 131, 258}) {
      const ImageFormat format{ColorModel::ycbcr, width, 5, shift_x, shift_y, 16};
      const auto samples = static_cast<std::size_t>(format.samples());
      std::vector<std::uint8_t> close(samples), apart(2 * samples);
      std::vector<std::uint8_t> close_out(samples), apart_out(2 * samples);
      for (std::size_t i = 0; i < samples; i++)
        close[i] = apart[2 * i] = static_cast<std::uint8_t>(20 + i * 37 % 200);
      std::vector<std::uint8_t> mask(static_cast<std::size_t>(width) * 5);
      for (std::size_t i = 0; i < mask.size(); i++)
        mask[i] = i * i % 7 < 2 ? 255 : 0;
      const PlaneView mask_plane{mask.data(), width, 1, width, 5};
      composite_masked(spread(format, close, 1), mask_plane, spread(format, close_out, 1));
      composite_masked(spread(format, apart, 2), mask_plane, spread(format, apart_out, 2));
      for (std::size_t i = 0; i < samples; i++)
        ASSERT_EQ(close_out[i], apart_out[2 * i]) << width << " " << shift_x << shift_y << " " << i;
    }
  }
}

TEST(Composite, ResidualAndBackgroundGiveBackTheInput) {
  const ImageFormat format{ColorModel::gray, 256, 1};
  std::vector<std::uint8_t> in(256), background(256), out(256);
  for (int i = 0; i < 256; i++) {
    in[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i);
    background[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(128 + (i - 128) / 3);
  }
  const MutableImageView target{format, {MutablePlaneView{out.data(), 256, 1, 256, 1}}};
  composite_residual(view_of(format, in), view_of(format, background), target);
  for (std::size_t i = 0; i < 256; i++)
    EXPECT_EQ(background[i] + out[i] - 128, in[i]);
  composite_absolute(view_of(format, in), view_of(format, background), target);
  for (std::size_t i = 0; i < 256; i++)
    EXPECT_EQ(out[i], std::abs(in[i] - background[i]));
}

// Every pair of samples: the background gives way only where the residual is at its limit.
TEST(Composite, ResidualAndItsBackgroundGiveBackEverySample) {
  const ImageFormat format{ColorModel::gray, 256, 256};
  std::vector<std::uint8_t> in(65536), background(65536), residual(65536), kept(65536);
  for (std::size_t i = 0; i < in.size(); i++) {
    in[i] = static_cast<std::uint8_t>(i % 256);
    background[i] = static_cast<std::uint8_t>(i / 256);
  }
  const auto target = [&format](std::vector<std::uint8_t>& bytes) {
    return MutableImageView{format, {MutablePlaneView{bytes.data(), 256, 1, 256, 256}}};
  };
  composite_residual(view_of(format, in), view_of(format, background), target(residual));
  composite_residual_background(view_of(format, in), view_of(format, background), target(kept));
  for (std::size_t i = 0; i < in.size(); i++) {
    ASSERT_EQ(kept[i] + residual[i] - 128, in[i]);
    const int difference = in[i] - background[i];
    if (difference >= -128 && difference <= 127) {
      ASSERT_EQ(kept[i], background[i]);
    }
  }
}

TEST(Composite, FullChromaRepeatsSamples) {
  const ImageFormat format{ColorModel::ycbcr, 4, 2, 1, 1, 16};
  const std::vector<std::uint8_t> in{1, 2, 3, 4, 5, 6, 7, 8, 50, 60, 70, 80};
  const ImageFormat full{ColorModel::ycbcr, 4, 2, 0, 0, 16};
  std::vector<std::uint8_t> out(4 * 8, 9);
  MutableImageView target{full, {}};
  for (int c = 0; c < 3; c++)
    target.planes[static_cast<std::size_t>(c)] = {out.data() + 1 + c, 16, 4, 4, 2};
  composite_full_chroma(view_of(format, in), target);
  EXPECT_EQ(out,
            (std::vector<std::uint8_t>{9, 1, 50, 70, 9, 2, 50, 70, 9, 3, 60, 80, 9, 4, 60, 80,
                                       9, 5, 50, 70, 9, 6, 50, 70, 9, 7, 60, 80, 9, 8, 60, 80}));
}

// A ycbcr image of samples of two bytes at odd addresses, Cb and Cr interleaved.
struct DeepImage {
  explicit DeepImage(const ImageFormat& image_format, int value = 0) : format(image_format) {
    luma_stride = 2 * format.width + 3;
    chroma_stride = 4 * format.plane_width(1) + 5;
    bytes.assign(static_cast<std::size_t>(1 + luma_stride * format.height +
                                          chroma_stride * format.plane_height(1)),
                 0xee);
    for (int p = 0; p < 3; p++)
      for (int y = 0; y < format.plane_height(p); y++)
        for (int x = 0; x < format.plane_width(p); x++)
          set(p, x, y, value);
  }
  MutableImageView view() {
    std::uint8_t* chroma = bytes.data() + 1 + luma_stride * format.height;
    MutableImageView image{format, {}};
    image.planes[0] = {bytes.data() + 1, luma_stride, 2, format.width, format.height};
    for (int p = 1; p < 3; p++)
      image.planes[static_cast<std::size_t>(p)] = {chroma + 2 * (p - 1), chroma_stride, 4,
                                                   format.plane_width(p), format.plane_height(p)};
    return image;
  }
  std::uint8_t* at(int p, int x, int y) {
    const MutablePlaneView plane = view().planes[static_cast<std::size_t>(p)];
    return plane.row(y) + x * plane.pixel_stride;
  }
  void set(int p, int x, int y, int level) {
    const auto sample = static_cast<std::uint16_t>(level << format.shift);
    std::memcpy(at(p, x, y), &sample, 2);
  }
  int get(int p, int x, int y) {
    std::uint16_t sample = 0;
    std::memcpy(&sample, at(p, x, y), 2);
    return sample;
  }

  ImageFormat format;
  int luma_stride, chroma_stride;
  std::vector<std::uint8_t> bytes;
};

const ImageFormat planar_10{ColorModel::ycbcr, 5, 3, 1, 1, 16, 10, 0};
const ImageFormat high_10{ColorModel::ycbcr, 5, 3, 1, 1, 16, 10, 6};
const ImageFormat full_16{ColorModel::ycbcr, 5, 3, 1, 1, 16, 16, 0};

TEST(Composite, DeepMaskedKeepsEveryBit) {
  for (const ImageFormat& format : {planar_10, high_10, full_16}) {
    DeepImage in(format), out(format, 1);
    const int most = (1 << format.depth) - 1;
    for (int p = 0; p < 3; p++)
      for (int y = 0; y < format.plane_height(p); y++)
        for (int x = 0; x < format.plane_width(p); x++)
          in.set(p, x, y, most - 7 * x - 3 * y - p);
    std::vector<std::uint8_t> mask(15, 0);
    mask[14] = 255;  // the lower right pixel has a chroma sample of its own
    composite_masked(in.view(), {mask.data(), 5, 1, 5, 3}, out.view());
    const int level = 1 << (format.depth - 8) << format.shift;
    EXPECT_EQ(out.get(0, 4, 2), (most - 34) << format.shift);
    EXPECT_EQ(out.get(0, 3, 2), 16 * level);
    EXPECT_EQ(out.get(1, 2, 1), (most - 18) << format.shift);
    EXPECT_EQ(out.get(2, 2, 1), (most - 19) << format.shift);
    EXPECT_EQ(out.get(2, 1, 1), 128 * level);
    EXPECT_EQ(out.bytes[0], 0xee);
  }
}

TEST(Composite, DeepResidualAndBackgroundGiveBackTheInput) {
  for (const ImageFormat& format : {planar_10, high_10, full_16}) {
    const int half = 1 << (format.depth - 1);
    DeepImage in(format, half + 5), background(format, half - 6), out(format);
    in.set(0, 1, 0, 3);
    in.set(1, 1, 1, 2 * half - 1);
    background.set(1, 1, 1, 1);
    composite_residual(in.view(), background.view(), out.view());
    EXPECT_EQ(out.get(0, 0, 0), (half + 11) << format.shift);
    EXPECT_EQ(out.get(0, 1, 0), 9 << format.shift);
    EXPECT_EQ(out.get(1, 1, 1), (2 * half - 1) << format.shift);  // at its limit
    DeepImage kept(format);
    composite_residual_background(in.view(), background.view(), kept.view());
    EXPECT_EQ(kept.get(0, 0, 0), (half - 6) << format.shift);
    EXPECT_EQ(kept.get(0, 1, 0), (half - 6) << format.shift);
    EXPECT_EQ(kept.get(1, 1, 1), half << format.shift);
    composite_absolute(in.view(), background.view(), out.view());
    const int black = 16 << (format.depth - 8);
    EXPECT_EQ(out.get(0, 0, 0), (black + 11) << format.shift);
    EXPECT_EQ(out.get(0, 1, 0), (black + half - 9) << format.shift);
    EXPECT_EQ(out.get(2, 0, 0), (half + 11) << format.shift);
  }
}

TEST(Composite, DeepImagesAreCopiedAndReducedToBytes) {
  DeepImage in(high_10, 4 * 77 + 3), out(high_10);
  copy_image(in.view(), out.view());
  EXPECT_EQ(in.bytes, out.bytes);
  const ImageFormat full{ColorModel::ycbcr, 5, 3, 0, 0, 16};
  in.set(1, 2, 1, 1023);
  std::vector<std::uint8_t> bytes(45);
  MutableImageView target{full, {}};
  for (int c = 0; c < 3; c++)
    target.planes[static_cast<std::size_t>(c)] = {bytes.data() + 15 * c, 5, 1, 5, 3};
  composite_full_chroma(in.view(), target);
  EXPECT_EQ(bytes[0], 77);
  EXPECT_EQ(bytes[15 + 14], 255);
  EXPECT_EQ(bytes[30 + 14], 77);
  EXPECT_THROW(copy_image(in.view(), DeepImage(planar_10).view()), std::invalid_argument);
}

TEST(Composite, MismatchedImagesAreRefused) {
  const ImageFormat a{ColorModel::gray, 4, 2};
  const ImageFormat b{ColorModel::gray, 2, 4};
  std::vector<std::uint8_t> bytes(8);
  const MutableImageView target{b, {MutablePlaneView{bytes.data(), 2, 1, 2, 4}}};
  EXPECT_THROW(copy_image(view_of(a, bytes), target), std::invalid_argument);
}

// Of an image that says it is larger than its planes, or has none.
TEST(Composite, PlanesThatContradictTheirFormatAreRefused) {
  const ImageFormat format{ColorModel::gray, 4, 2};
  std::vector<std::uint8_t> bytes(8);
  const ImageView good = view_of(format, bytes);
  const MutableImageView target{format, {MutablePlaneView{bytes.data(), 4, 1, 4, 2}}};
  const PlaneView mask = good.planes[0];
  const MutablePlaneView alpha = target.planes[0];
  for (const PlaneView& plane :
       {PlaneView{}, PlaneView{bytes.data(), 4, 1, 4, 1}, PlaneView{bytes.data(), 4, 1, 3, 2},
        PlaneView{bytes.data(), 4, 0, 4, 2}}) {
    const ImageView bad{format, {plane}};
    EXPECT_THROW(copy_image(bad, target), std::invalid_argument);
    EXPECT_THROW(composite_masked(bad, mask, target), std::invalid_argument);
    EXPECT_THROW(composite_masked(good, plane, target), std::invalid_argument);
    EXPECT_THROW(composite_residual(bad, good, target), std::invalid_argument);
    EXPECT_THROW(composite_residual(good, bad, target), std::invalid_argument);
    EXPECT_THROW(composite_absolute(good, bad, target), std::invalid_argument);
    EXPECT_THROW(composite_residual_background(good, bad, target), std::invalid_argument);
    EXPECT_THROW(composite_full_chroma(bad, target), std::invalid_argument);
    EXPECT_THROW(composite_matte(good, bad, mask, target, alpha), std::invalid_argument);
    EXPECT_THROW(composite_matte(good, good, plane, target, alpha), std::invalid_argument);
  }
  EXPECT_NO_THROW(composite_residual(good, good, target));
}

}  // namespace
}  // namespace lowrank::test
