// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The library without GStreamer: reads raw I420 frames from standard input and writes the clean
// plate that the last of them ends with, as one raw I420 frame, to standard output.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
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
  const bool written = std::fwrite(plate.data(), 1, plate.size(), stdout) == plate.size() &&
                       std::fflush(stdout) == 0;
  return written ? EXIT_SUCCESS : EXIT_FAILURE;
}

constexpr const char* help =
    R"(Usage: clean-plate WIDTH HEIGHT <FRAMES >PLATE

Reads raw I420 frames from standard input and writes the scene without what moves, as it is after
the last of them, as one raw I420 frame to standard output.

  WIDTH, HEIGHT  of the frames, in pixels, 1 to 16384
  -h, --help     this text

Example:
  gst-launch-1.0 -q filesrc location=street.avi ! decodebin ! videoconvert ! \
    video/x-raw,format=I420 ! fdsink | clean-plate 768 576 >plate.i420

Exit status: 0, 1 if there is no whole frame or the plate cannot be written, 2 for wrong use.
)";

constexpr int exit_wrong_use = 2;

// 0 for text that is no side of a picture.
int side(const char* text) {
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  return *end == '\0' && value >= 1 && value <= 16384 ? static_cast<int>(value) : 0;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc == 2 && (!std::strcmp(argv[1], "--help") || !std::strcmp(argv[1], "-h"))) {
    std::fputs(help, stdout);
    return EXIT_SUCCESS;
  }
  for (int i = 1; i < argc; i++) {
    if (side(argv[i]) == 0) {
      std::fprintf(stderr, "clean-plate: neither a width nor a height: %s\n", argv[i]);
      return exit_wrong_use;
    }
  }
  if (argc != 3) {
    std::fprintf(stderr, "clean-plate: needs WIDTH and HEIGHT; --help says more\n");
    return exit_wrong_use;
  }
  return run(side(argv[1]), side(argv[2]));
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return EXIT_FAILURE;
}
