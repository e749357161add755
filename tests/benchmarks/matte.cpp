// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a matte costs beside the separation; --help says more.
#include <cstdio>
#include <cstdlib>

#include "lowrank/background.h"
#include "lowrank/composite.h"
#include "lowrank/matte.h"
#include "raw_pictures.h"
#include "usage.h"

using namespace lowrank;

constexpr const char* help =
    R"(Usage: benchmark-matte WIDTH HEIGHT <FRAMES.i420

What a matte costs beside the separation, on one thread: processor times of a frame, of the
separation, of AYUV with the mask for alpha, and of the matte in its place.
)";

int main(int count, char** words) {
  if (const auto status = benchmarks::answer_usage(count, words, help, 2, 2))
    return *status;
  const int width = std::atoi(words[1]);
  const int height = std::atoi(words[2]);
  const ImageFormat format{ColorModel::ycbcr, width, height, 1, 1, 16};
  const ImageFormat full{ColorModel::ycbcr, width, height, 0, 0, 16};
  BackgroundOptions options;
  options.threads = 1;
  BackgroundEngine engine;
  engine.configure(format, options);
  benchmarks::Bytes frame(static_cast<std::size_t>(format.samples()));
  benchmarks::Bytes ayuv(4 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  MutableImageView target{full, {}};
  for (int p = 0; p < 3; p++)
    target.planes[static_cast<std::size_t>(p)] = {ayuv.data() + 1 + p, 4 * width, 4, width, height};
  const MutablePlaneView alpha{ayuv.data(), 4 * width, 4, width, height};
  benchmarks::Clock separation, hard, matte;
  int frames = 0;
  for (; std::fread(frame.data(), 1, frame.size(), stdin) == frame.size(); frames++) {
    const ImageView input = benchmarks::view_of(format, frame.data());
    Separation result;
    separation.start();
    engine.push(input);
    engine.pull(result);
    separation.stop();
    hard.start();
    composite_full_chroma(input, target);
    copy_plane(result.mask, alpha);
    hard.stop();
    matte.start();
    composite_matte(input, result.background, result.mask, target, alpha);
    matte.stop();
  }
  if (frames == 0)
    return 1;
  const auto print = [&](const char* what, const benchmarks::Clock& clock) {
    std::printf("%-20s %6.2f ms a frame\n", what, 1e3 * clock.cpu / frames);
  };
  print("separation", separation);
  print("mask as alpha", hard);
  print("matte", matte);
  return 0;
}
