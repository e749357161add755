// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The online engine between two pipes; --help says more.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include "lowrank/background.h"
#include "usage.h"

namespace {

using lowrank::OnlineStep;

const std::map<std::string, OnlineStep> steps = {
    {"startup", OnlineStep::startup},
    {"light", OnlineStep::light},
    {"stabilization", OnlineStep::stabilization},
    {"chroma", OnlineStep::chroma},
    {"noise", OnlineStep::noise},
    {"shadows", OnlineStep::shadows},
    {"moving_background", OnlineStep::moving_background},
    {"filling", OnlineStep::filling},
    {"selective_update", OnlineStep::selective_update},
    {"absorption", OnlineStep::absorption},
    {"scene_change", OnlineStep::scene_change},
};

int whole_words(int bytes) {
  return (bytes + 3) / 4 * 4;
}

void separate(const lowrank::ImageFormat& format, const lowrank::BackgroundOptions& options) {
  lowrank::BackgroundEngine engine;
  engine.configure(format, options);
  std::vector<std::size_t> offsets;
  lowrank::ImageView image{format, {}};
  std::size_t size = 0;
  for (int p = 0; p < format.planes(); p++) {
    offsets.push_back(size);
    const int width = format.plane_width(p);
    const int height = format.plane_height(p);
    image.planes[static_cast<std::size_t>(p)] = {nullptr, whole_words(width), 1, width, height};
    size += static_cast<std::size_t>(whole_words(width)) * static_cast<std::size_t>(height);
  }
  std::vector<std::uint8_t> frame(size);
  for (std::size_t p = 0; p < offsets.size(); p++)
    image.planes[p].data = frame.data() + offsets[p];
  lowrank::Separation result;
  while (std::fread(frame.data(), 1, size, stdin) == size) {
    engine.push(image);
    while (engine.pull(result))
      for (int y = 0; y < format.height; y++)
        std::fwrite(result.mask.row(y), 1, static_cast<std::size_t>(format.width), stdout);
  }
}

}  // namespace

constexpr const char* help =
    R"(Usage: benchmark-separate WIDTH HEIGHT [STEP...] <FRAMES >MASKS

The online engine between two pipes, for measuring what its steps are worth. Frames are I420 as
GStreamer packs it (rows of whole words), masks a byte a pixel. A STEP, by its name in OnlineStep
of lowrank/background.h, is left out.
)";

int main(int count, char** words) {
  if (const auto status = benchmarks::answer_usage(count, words, help, 2, 1 << 20))
    return *status;
  try {
    const lowrank::ImageFormat format{
        lowrank::ColorModel::ycbcr, std::atoi(words[1]), std::atoi(words[2]), 1, 1, 0};
    lowrank::BackgroundOptions options;
    for (int i = 3; i < count; i++)
      options.without |= static_cast<std::uint32_t>(steps.at(words[i]));
    separate(format, options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", words[0], error.what());
    return 1;
  }
  return 0;
}
