// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include "lowrank/background.h"
#include "synthetic_video.h"

// Scenes of I420 video built step by step, each frame with its exact truth:
//
//     const Still still(160, 120);
//     const auto film = [&](int t) {
//       Shot shot(still);
//       shot.light(1.2, 0);
//       shot.draw({.x = 2.0 * t, .y = 40, .width = 20, .height = 30, .luma = 200});
//       return shot.finish(2, t);
//     };
//     const Outcome outcome = watch(still.format(), 200, film);
namespace lowrank::test {

constexpr double two_pi = 6.28318530717958647;

struct Box {
  int x, y, width, height;
};

/// Samples of an I420 picture before they are rounded.
struct Samples {
  int width = 0, height = 0;
  std::array<std::vector<float>, 3> planes;

  Samples(int w, int h);
  static int shift(int plane) { return plane ? 1 : 0; }
  int plane_width(int plane) const { return (width + shift(plane)) >> shift(plane); }
  int plane_height(int plane) const { return (height + shift(plane)) >> shift(plane); }
  float* row(int plane, int y) {
    return planes[static_cast<std::size_t>(plane)].data() +
           static_cast<std::ptrdiff_t>(y) * plane_width(plane);
  }
  const float* row(int plane, int y) const { return const_cast<Samples*>(this)->row(plane, y); }

  /// sample = change(x, y, sample) within the box, x and y in luma pixels.
  template <typename Change>
  void change(int plane, const Box& box, Change change) {
    const int s = shift(plane);
    const auto end_x = std::min(plane_width(plane), (box.x + box.width + s) >> s);
    const auto end_y = std::min(plane_height(plane), (box.y + box.height + s) >> s);
    for (int y = std::max(0, box.y >> s); y < end_y; y++) {
      float* samples = row(plane, y);
      for (int x = std::max(0, box.x >> s); x < end_x; x++)
        samples[x] = static_cast<float>(change(x << s, y << s, samples[x]));
    }
  }
};

/// What a camera looks at: smooth shades, blocks of some pixels and grain.
class Still {
 public:
  Still(int width, int height, int seed = 1);

  ImageFormat format() const { return {ColorModel::ycbcr, width_, height_, 1, 1, 16}; }
  Box all() const { return {0, 0, width_, height_}; }

  /// Leaves of so many grey levels, up and down.
  void roughen(const Box& box, double contrast);
  /// One tone in place of the texture.
  void paint(const Box& box, double luma);

  /// The picture seen from (dx, dy), at most `margin` pixels away; bilinear.
  double at(int plane, double x, double y) const;
  Samples seen(double dx = 0, double dy = 0) const;

 private:
  static constexpr int margin = 8;

  int width_, height_;
  Samples samples_;  ///< the margin around
};

/// How far somebody is along a lane who goes round and round, in and out of the picture.
inline double along(double distance, int picture, double size) {
  return std::fmod(distance, picture + 2 * size) - size;
}

struct Object {
  double x, y, width, height;  ///< pixels
  double luma;
  double cb = 128, cr = 128;
  double texture = 24;  ///< grey levels from the darkest to the brightest
  bool round = false;
  int seed = 1;
};

/// One frame of a film, and what is true of it.
class Shot {
 public:
  explicit Shot(const Still& still, double dx = 0, double dy = 0);

  // What follows is part of the background.

  /// Luma above black times gain, plus offset; chroma beside grey times chroma_gain.
  void light(double gain, double offset, double chroma_gain = 1);
  /// The light of each place: luma above black times factor(x, y).
  void shade(const std::function<double(int, int)>& factor);

  // What follows is not.

  /// Shows the box displaced by motion(x, y): a pair of pixels.
  void sway(const Still& still, const Box& box,
            const std::function<std::pair<double, double>(int, int)>& motion);
  /// Dims luma, and chroma towards grey.
  void shadow(const Box& box, double factor, double chroma_factor = 1);
  void draw(const Object& object);
  /// Two objects that differ in luma and colour, on their way through the picture.
  void passers_by(int t);
  /// Changes the samples by change(x, y, luma).
  void disturb(const std::function<double(int, int, double)>& change);

  /// Adds sensor noise of this standard deviation, in chroma half of it.
  SyntheticVideo::Frame finish(double noise, int t);

 private:
  Box all() const { return {0, 0, shown_.width, shown_.height}; }

  Samples background_, shown_;
  std::vector<std::uint8_t> truth_;
};

struct Outcome {
  struct Frame {
    MaskScore score;
    double ratio = 0;  ///< share of the picture that is said to be foreground
    double psnr = 0;   ///< dB, of the background
    GlobalChange change = GlobalChange::none;
    bool held = false;
    bool relearned = false;
  };
  static constexpr int end = 1 << 30;

  std::vector<Frame> frames;
  double pixels = 0;  ///< of a frame
  BackgroundStats stats;
  std::vector<std::uint8_t> mask;        ///< of the last frame
  std::vector<std::uint8_t> background;  ///< of the last frame

  MaskScore score(int from, int to = end) const;
  double f(int from, int to = end) const { return score(from, to).f(); }
  double recall(int from, int to = end) const;
  /// Wrong foreground, as a share of the picture.
  double false_alarms(int from, int to = end) const;
  double most_foreground(int from, int to = end) const;
  double plate(int from, int to = end) const;  ///< mean PSNR
  double worst_plate(int from, int to = end) const;
  /// The first frame from which on the plate stays better than that.
  int settled(double psnr) const;
};

/// An engine and what it has said so far.
class Watcher {
 public:
  /// `frames` may say how many will be seen: none of them then takes memory.
  Watcher(const ImageFormat& format, BackgroundOptions options, int frames = 0);
  void see(const SyntheticVideo::Frame& frame);
  void change(BackgroundOptions options);
  const Outcome& outcome() const { return outcome_; }

 private:
  ImageFormat format_;
  BackgroundEngine engine_;
  Outcome outcome_;
};

using Film = std::function<SyntheticVideo::Frame(int t)>;

/// The outcome for each of the options. Threads that are automatic are one.
std::vector<Outcome> watch(const ImageFormat& format, int frames, const Film& film,
                           const std::vector<BackgroundOptions>& options);
Outcome watch(const ImageFormat& format, int frames, const Film& film,
              const BackgroundOptions& options = {});

BackgroundOptions without(OnlineStep step);
BackgroundOptions with_rank(int rank);

}  // namespace lowrank::test
