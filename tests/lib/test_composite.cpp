// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>
#include <vector>

#include "lowrank/composite.h"
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

TEST(Composite, MismatchedImagesAreRefused) {
  const ImageFormat a{ColorModel::gray, 4, 2};
  const ImageFormat b{ColorModel::gray, 2, 4};
  std::vector<std::uint8_t> bytes(8);
  const MutableImageView target{b, {MutablePlaneView{bytes.data(), 2, 1, 2, 4}}};
  EXPECT_THROW(copy_image(view_of(a, bytes), target), std::invalid_argument);
}

}  // namespace
}  // namespace lowrank::test
