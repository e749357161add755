// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Discs with a soft outline, laid over a texture: alpha and colour are known.
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "lowrank/composite.h"
#include "lowrank/matte.h"
#include "synthetic_video.h"

namespace lowrank::test {
namespace {

using Bytes = std::vector<std::uint8_t>;

struct Picture {
  ImageFormat format;
  Bytes samples;
  explicit Picture(const ImageFormat& image_format)
      : format(image_format), samples(static_cast<std::size_t>(image_format.samples())) {}
  ImageView view() const { return view_of(format, samples); }
  MutableImageView mutable_view() {
    MutableImageView image{format, {}};
    std::uint8_t* data = samples.data();
    for (int p = 0; p < format.planes(); p++) {
      const int width = format.plane_width(p);
      const int height = format.plane_height(p);
      image.planes[static_cast<std::size_t>(p)] = {data, width, 1, width, height};
      data += width * height;
    }
    return image;
  }
};

double texture(int plane, int x, int y) {
  return 40 + 30 * plane + 70 * hash(x / 6, y / 6, plane);
}
double other_texture(int plane, int x, int y) {
  return 200 - 25 * plane - 60 * hash(x / 9, y / 9, plane + 7);
}
double object(int plane, int x, int y) {
  return (plane == 0 ? 190 : plane == 1 ? 150 : 60) + 20 * hash(x / 8, y / 8, plane + 3);
}

struct Composite {
  Picture input, background, other, wanted;  ///< wanted: the same over the other background
  Bytes mask, alpha;                         ///< mask: where alpha is more than a half
  int width, height;

  Composite(ColorModel color, int w, int h, double radius, double softness, double shift = 0)
      : input({color, w, h}),
        background({color, w, h}),
        other({color, w, h}),
        wanted({color, w, h}),
        width(w),
        height(h) {
    std::size_t i = 0;
    for (int p = 0; p < input.format.planes(); p++)
      for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++, i++) {
          const double distance = radius - std::hypot(x - w / 2.0 - shift, y - h / 2.0);
          const double a = std::clamp(0.5 + distance / softness, 0.0, 1.0);
          const auto mix = [&](double behind) {
            return static_cast<std::uint8_t>(std::lround(a * object(p, x, y) + (1 - a) * behind));
          };
          background.samples[i] = static_cast<std::uint8_t>(texture(p, x, y));
          other.samples[i] = static_cast<std::uint8_t>(other_texture(p, x, y));
          input.samples[i] = mix(texture(p, x, y));
          wanted.samples[i] = mix(other_texture(p, x, y));
          if (p == 0) {
            alpha.push_back(static_cast<std::uint8_t>(std::lround(255 * a)));
            mask.push_back(a > 0.5 ? 255 : 0);
          }
        }
  }
  PlaneView mask_plane() const { return {mask.data(), width, 1, width, height}; }
};

struct Matte {
  Picture color;
  Bytes alpha;

  Matte(const Composite& of, int radius) : color(of.input.format), alpha(of.mask.size()) {
    composite_matte(of.input.view(), of.background.view(), of.mask_plane(), color.mutable_view(),
                    {alpha.data(), of.width, 1, of.width, of.height}, radius);
  }

  double alpha_error(const Bytes& truth) const {
    double sum = 0;
    int band = 0;
    for (std::size_t i = 0; i < truth.size(); i++) {
      sum += std::abs(truth[i] - alpha[i]) / 255.0;
      band += truth[i] > 0 && truth[i] < 255;
    }
    return sum / band;
  }
  double error_over(const Picture& other, const Picture& wanted) const {
    double sum = 0;
    for (std::size_t i = 0; i < wanted.samples.size(); i++) {
      const double a = alpha[i % alpha.size()] / 255.0;
      const double over = a * color.samples[i] + (1 - a) * other.samples[i];
      sum += (over - wanted.samples[i]) * (over - wanted.samples[i]);
    }
    return sum / static_cast<double>(wanted.samples.size());
  }
};

TEST(Matte, IsNearerThanTheMask) {
  for (const ColorModel color : {ColorModel::rgb, ColorModel::ycbcr, ColorModel::gray}) {
    for (const double softness : {2.0, 4.0, 8.0}) {
      const Composite scene(color, 320, 480, 90, softness);
      const Matte hard(scene, 0);
      const Matte soft(scene, softness > 4 ? 4 : -1);
      EXPECT_LT(soft.alpha_error(scene.alpha), 0.35 * hard.alpha_error(scene.alpha)) << softness;
      EXPECT_LT(soft.error_over(scene.other, scene.wanted),
                0.25 * hard.error_over(scene.other, scene.wanted))
          << softness;
    }
  }
}

// The mask of an engine is wrong by a pixel or two.
TEST(Matte, MendsMasksThatAreTooWide) {
  Composite scene(ColorModel::rgb, 320, 480, 90, 3);
  for (int y = 0; y < scene.height; y++)
    for (int x = 0; x < scene.width; x++)
      scene.mask[static_cast<std::size_t>(y * scene.width + x)] =
          std::hypot(x - scene.width / 2.0, y - scene.height / 2.0) < 92 ? 255 : 0;
  const Matte hard(scene, 0);
  const Matte soft(scene, 3);
  EXPECT_LT(soft.alpha_error(scene.alpha), 0.5 * hard.alpha_error(scene.alpha));
}

// A disc that moves by a tenth of a pixel a frame: alpha follows it, where the mask jumps.
TEST(Matte, MovesEvenly) {
  double soft_error = 0, hard_error = 0;
  Composite last(ColorModel::rgb, 240, 240, 60, 3);
  Matte last_soft(last, 2);
  for (int i = 1; i <= 10; i++) {
    const Composite scene(ColorModel::rgb, 240, 240, 60, 3, 0.1 * i);
    const Matte soft(scene, 2);
    for (std::size_t k = 0; k < scene.alpha.size(); k++) {
      const int truth = scene.alpha[k] - last.alpha[k];
      soft_error += std::abs(soft.alpha[k] - last_soft.alpha[k] - truth);
      hard_error += std::abs(scene.mask[k] - last.mask[k] - truth);
    }
    last = scene;
    last_soft = soft;
  }
  EXPECT_LT(soft_error, 0.25 * hard_error);
}

// Over the background that was there the picture is the input again, or nearly.
TEST(Matte, GivesBackTheInput) {
  const Composite scene(ColorModel::ycbcr, 321, 241, 70, 4);
  const Matte soft(scene, 3);
  EXPECT_LT(soft.error_over(scene.background, scene.input), 1);
}

TEST(Matte, IsTheMaskAwayFromTheOutline) {
  const Composite scene(ColorModel::rgb, 200, 200, 60, 2);
  const Matte soft(scene, 2);
  for (int y = 0; y < 200; y++)
    for (int x = 0; x < 200; x++) {
      const double distance = std::abs(std::hypot(x - 100.0, y - 100.0) - 60);
      const auto i = static_cast<std::size_t>(y * 200 + x);
      if (distance < 5)
        continue;
      ASSERT_EQ(soft.alpha[i], scene.mask[i]);
      for (std::size_t p = 0; p < 3; p++)
        ASSERT_EQ(soft.color.samples[p * 40000 + i], scene.input.samples[p * 40000 + i]);
    }
}

TEST(Matte, TakesEverySize) {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 9}, {9, 1}, {2, 3}, {17, 5}, {64, 63}}) {
    for (const int radius : {-1, 0, 1, 15}) {
      Composite scene(ColorModel::rgb, width, height, std::max(width, height) / 3.0, 2);
      const Matte some(scene, radius);
      std::fill(scene.mask.begin(), scene.mask.end(), std::uint8_t{255});
      const Matte all(scene, radius);
      EXPECT_EQ(all.alpha, scene.mask);
      std::fill(scene.mask.begin(), scene.mask.end(), std::uint8_t{0});
      const Matte none(scene, radius);
      EXPECT_EQ(none.alpha, scene.mask);
      EXPECT_EQ(none.color.samples, scene.input.samples);
    }
  }
}

// Deep, subsampled and packed: what AYUV gets of I420 with 10 bits is that of the same with 8.
TEST(Matte, TakesDeepAndSubsampledInput) {
  const ImageFormat shallow{ColorModel::ycbcr, 33, 21, 1, 1, 16};
  ImageFormat deep = shallow;
  deep.depth = 10;
  Picture input(shallow), background(shallow);
  for (std::size_t i = 0; i < input.samples.size(); i++) {
    input.samples[i] = static_cast<std::uint8_t>(255 * hash(static_cast<int>(i) / 5, 1, 2));
    background.samples[i] = static_cast<std::uint8_t>(255 * hash(static_cast<int>(i) / 7, 3, 4));
  }
  const auto deepen = [&](const Picture& picture, std::vector<std::uint16_t>& words) {
    for (const std::uint8_t sample : picture.samples)
      words.push_back(static_cast<std::uint16_t>(sample << 2));
    ImageView view{deep, {}};
    const auto* data = reinterpret_cast<const std::uint8_t*>(words.data());
    for (int p = 0; p < 3; p++) {
      const int width = deep.plane_width(p);
      view.planes[static_cast<std::size_t>(p)] = {data, 2 * width, 2, width, deep.plane_height(p)};
      data += 2 * width * deep.plane_height(p);
    }
    return view;
  };
  Bytes mask(33 * 21);
  for (std::size_t i = 0; i < mask.size(); i++)
    mask[i] = i % 33 > 10 && i % 33 < 25 ? 255 : 0;
  const PlaneView mask_plane{mask.data(), 33, 1, 33, 21};
  const ImageFormat full{ColorModel::ycbcr, 33, 21};
  const auto matte = [&](const ImageView& front, const ImageView& back) {
    Bytes ayuv(4 * mask.size());
    MutableImageView target{full, {}};
    for (int p = 0; p < 3; p++)
      target.planes[static_cast<std::size_t>(p)] = {ayuv.data() + 1 + p, 4 * 33, 4, 33, 21};
    composite_matte(front, back, mask_plane, target, {ayuv.data(), 4 * 33, 4, 33, 21});
    return ayuv;
  };
  std::vector<std::uint16_t> deep_input, deep_background;
  EXPECT_EQ(matte(input.view(), background.view()),
            matte(deepen(input, deep_input), deepen(background, deep_background)));
}

TEST(Matte, RefusesWhatDoesNotFit) {
  const Composite scene(ColorModel::rgb, 8, 8, 3, 1);
  Picture target(scene.input.format);
  Bytes alpha(64);
  const MutablePlaneView plane{alpha.data(), 8, 1, 8, 8};
  const MutablePlaneView small{alpha.data(), 8, 1, 7, 8};
  const auto run = [&](const MutablePlaneView& to, int radius) {
    composite_matte(scene.input.view(), scene.background.view(), scene.mask_plane(),
                    target.mutable_view(), to, radius);
  };
  EXPECT_THROW(run(plane, 16), std::invalid_argument);
  EXPECT_THROW(run(small, 2), std::invalid_argument);
  EXPECT_NO_THROW(run(plane, 2));
}

}  // namespace
}  // namespace lowrank::test
