// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "lowrank/image.h"

namespace lowrank::test {

/// A video whose truth is known: a textured still scene, light that drifts, sensor noise, a camera
/// that may shake, and textured discs that move over it.
struct SyntheticVideo {
  ImageFormat format{ColorModel::ycbcr, 160, 120, 1, 1, 16};
  double noise = 2;       ///< standard deviation, grey levels
  double gain_drift = 0;  ///< amplitude of a slow sine on the gain of luma
  int shake = 0;          ///< largest shift of the camera, pixels
  int objects = 2;
  int radius = 14;
  int objects_from = 0;  ///< first frame that shows them

  struct Frame {
    std::vector<std::uint8_t> samples;     ///< components packed below each other
    std::vector<std::uint8_t> background;  ///< the same without objects and noise
    std::vector<std::uint8_t> truth;       ///< 255 where luma shows an object
  };

  /// A frame before it is rounded to samples.
  struct Levels {
    std::vector<double> shown, background;  ///< grey levels, laid out like the above
    std::vector<std::uint8_t> truth;
  };

  Levels levels(int t) const;
  Frame frame(int t) const;
};

/// The image whose components lie packed in `samples`.
inline ImageView view_of(const ImageFormat& format, const std::vector<std::uint8_t>& samples) {
  ImageView image{format, {}};
  const std::uint8_t* data = samples.data();
  for (int p = 0; p < format.planes(); p++) {
    const int width = format.plane_width(p);
    const int height = format.plane_height(p);
    image.planes[static_cast<std::size_t>(p)] = {data, width, 1, width, height};
    data += width * height;
  }
  return image;
}

/// Reproducible pseudo-random value in [0, 1) of three integers.
inline double hash(int a, int b, int c) {
  auto h = static_cast<std::uint32_t>(a) * 0x9e3779b1u +
           static_cast<std::uint32_t>(b) * 0x85ebca77u +
           static_cast<std::uint32_t>(c) * 0xc2b2ae3du;
  h ^= h >> 16;
  h *= 0x7feb352du;
  h ^= h >> 15;
  h *= 0x846ca68bu;
  h ^= h >> 16;
  return h / 4294967296.0;
}

inline double gaussian(int a, int b, int c) {
  return std::sqrt(-2 * std::log(hash(a, b, 2 * c) + 1e-12)) *
         std::cos(2 * 3.14159265358979 * hash(a, b, 2 * c + 1));
}

inline SyntheticVideo::Levels SyntheticVideo::levels(int t) const {
  Levels out;
  const double gain = 1 + gain_drift * std::sin(t * 0.05);
  const int shift_x = shake ? static_cast<int>(std::lround((hash(t, 1, 9) * 2 - 1) * shake)) : 0;
  const int shift_y = shake ? static_cast<int>(std::lround((hash(t, 2, 9) * 2 - 1) * shake)) : 0;
  const auto object_at = [&](double x, double y) {
    for (int k = 0; k < objects && t >= objects_from; k++) {
      const double speed = 1.5 + 0.7 * k;
      const double span = format.width + 4.0 * radius;
      const double cx = std::fmod(t * speed + 67 * k, span) - 2 * radius;
      const double cy = format.height * (0.3 + 0.4 * k / std::max(1, objects - 1));
      if ((x - cx) * (x - cx) + (y - cy) * (y - cy) < radius * radius)
        return k + 1;
    }
    return 0;
  };
  for (int p = 0; p < format.planes(); p++) {
    const bool chroma = p > 0 && format.color == ColorModel::ycbcr;
    const int step_x = 1 << (p ? format.chroma_shift_x : 0);
    const int step_y = 1 << (p ? format.chroma_shift_y : 0);
    for (int y = 0; y < format.plane_height(p); y++) {
      for (int x = 0; x < format.plane_width(p); x++) {
        const int px = x * step_x;
        const int py = y * step_y;
        const int sx = px + shift_x;
        const int sy = py + shift_y;
        double scene = chroma ? 128 + 20 * std::sin(sx * 0.03 + p) + 10 * std::cos(sy * 0.05)
                              : 120 + 30 * std::sin(sx * 0.05) * std::cos(sy * 0.04) +
                                    30 * (hash(sx / 6, sy / 6, 3 + p) - 0.5);
        if (!chroma)
          scene = (scene - 16) * gain + 16;
        const int object = object_at(px, py);
        double shown = scene;
        if (object)
          shown = chroma ? 128 + (object % 2 ? 40 : -40) * (p == 1 ? 1 : -1)
                         : (object % 2 ? 205 : 40) + 20 * hash(px / 3, py / 3, object);
        out.background.push_back(scene);
        out.shown.push_back(shown + noise * gaussian(px + 7919 * p, py, t));
        if (p == 0)
          out.truth.push_back(object ? 255 : 0);
      }
    }
  }
  return out;
}

inline SyntheticVideo::Frame SyntheticVideo::frame(int t) const {
  const Levels exact = levels(t);
  const auto bytes = [](const std::vector<double>& values) {
    std::vector<std::uint8_t> rounded;
    for (const double v : values)
      rounded.push_back(static_cast<std::uint8_t>(std::lround(std::fmin(255, std::fmax(0, v)))));
    return rounded;
  };
  return {bytes(exact.shown), bytes(exact.background), exact.truth};
}

/// Counts of a mask against the truth, summed over frames.
struct MaskScore {
  double true_positive = 0, false_positive = 0, false_negative = 0;

  void add(const PlaneView& mask, const std::vector<std::uint8_t>& truth) {
    for (int y = 0; y < mask.height; y++) {
      for (int x = 0; x < mask.width; x++) {
        const bool said = mask.row(y)[x] != 0;
        const bool is = truth[static_cast<std::size_t>(y * mask.width + x)] != 0;
        true_positive += said && is;
        false_positive += said && !is;
        false_negative += !said && is;
      }
    }
  }
  double f() const {
    const double found = 2 * true_positive;
    return found > 0 ? found / (found + false_positive + false_negative) : 0;
  }
};

/// Peak signal-to-noise ratio in dB of an image against packed samples, over all components.
inline double psnr(const ImageView& image, const std::vector<std::uint8_t>& samples) {
  double squares = 0;
  std::size_t i = 0;
  for (int p = 0; p < image.format.planes(); p++) {
    const PlaneView& plane = image.planes[static_cast<std::size_t>(p)];
    for (int y = 0; y < plane.height; y++) {
      for (int x = 0; x < plane.width; x++) {
        const double e = plane.row(y)[x * plane.pixel_stride] - samples[i++];
        squares += e * e;
      }
    }
  }
  return 10 * std::log10(255 * 255 / (squares / static_cast<double>(i) + 1e-9));
}

}  // namespace lowrank::test
