// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The library without GStreamer: reads raw I420 frames from standard input and writes the clean
// plate that the last of them ends with, as one raw I420 frame, to standard output.
//
//     clean-plate WIDTH HEIGHT <frames.i420 >plate.i420
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <vector>

#include <lowrank/background.h>
#include <lowrank/composite.h>

namespace {

lowrank::MutableImageView packed(const lowrank::ImageFormat& format, std::uint8_t* data) {
  lowrank::MutableImageView image{format, {}};
  for (int p = 0; p < format.planes(); p++) {
    const int width = format.plane_width(p);
    const int height = format.plane_height(p);
    image.planes[static_cast<std::size_t>(p)] = {data, width, 1, width, height};
    data += static_cast<std::ptrdiff_t>(width) * height;
  }
  return image;
}

int run(int width, int height) {
  const lowrank::ImageFormat format{lowrank::ColorModel::ycbcr, width, height, 1, 1, 16};
  lowrank::BackgroundEngine engine;
  engine.configure(format, {});

  std::vector<std::uint8_t> frame(static_cast<std::size_t>(format.samples()));
  std::vector<std::uint8_t> plate(frame.size());
  int frames = 0;
  for (; std::fread(frame.data(), 1, frame.size(), stdin) == frame.size(); frames++) {
    engine.push(packed(format, frame.data()));
    lowrank::Separation separation;
    while (engine.pull(separation))
      lowrank::copy_image(separation.background, packed(format, plate.data()));
  }
  if (frames == 0) {
    std::fprintf(stderr, "standard input holds no whole frame of %d x %d\n", width, height);
    return EXIT_FAILURE;
  }
  return std::fwrite(plate.data(), 1, plate.size(), stdout) == plate.size() ? EXIT_SUCCESS
                                                                            : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s WIDTH HEIGHT <frames.i420 >plate.i420\n", argv[0]);
    return EXIT_FAILURE;
  }
  return run(std::atoi(argv[1]), std::atoi(argv[2]));
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return EXIT_FAILURE;
}
