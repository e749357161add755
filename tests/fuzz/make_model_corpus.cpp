// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Makes the seeds of the models: what engines of all formats have saved, each behind the settings
// of model_input.h.
//
//   make-model-corpus FOLDER
#include "corpus_files.h"
#include "crc32.h"
#include "model_input.h"

namespace lowrank::fuzz {
namespace {

struct Seed {
  const char* name;
  std::array<std::uint8_t, settings_size> settings;
  int frames;
};

constexpr Seed seeds[] = {
    {"gray", {0, 2, 0, 10}, 130},
    {"gray-early", {0, 32 + 1, 1, 3}, 5},
    {"gray-frozen", {0, 16 + 1, 0, 25}, 110},
    {"gray-regions", {0, 64 + 1, 0, 40}, 30},
    {"420", {1, 1, 0, 7}, 120},
    {"420-always", {1, 32 + 8 + 3, 1, 15}, 150},
    {"rgb", {2, 3, 1, 20}, 140},
    {"10-bit", {3, 2, 0, 30}, 120},
    {"12-bit", {4, 64 + 1, 3, 12}, 20},
    {"interlaced", {5, 2, 0, 18}, 150},
    {"one-pixel", {6, 32 + 0, 0, 2}, 3},
    {"440", {7, 4, 2, 22}, 200},
};

// Every tenth of the points by which the camera's position is estimated, to keep the seeds small.
Bytes with_fewer_points(const Bytes& model) {
  constexpr std::size_t count_at = 22;
  constexpr std::size_t point_bytes = 4;
  constexpr std::size_t check_bytes = 4;
  const std::size_t points = model[count_at] | std::size_t{model[count_at + 1]} << 8;
  const auto first = model.end() - static_cast<std::ptrdiff_t>(check_bytes + points * point_bytes);
  Bytes result(model.begin(), first);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < points; i += 10, kept++) {
    const auto point = first + static_cast<std::ptrdiff_t>(i * point_bytes);
    result.insert(result.end(), point, point + point_bytes);
  }
  result[count_at] = static_cast<std::uint8_t>(kept);
  result[count_at + 1] = static_cast<std::uint8_t>(kept >> 8);
  const std::uint32_t check = model_crc32(result);
  for (int shift = 0; shift < 32; shift += 8)
    result.push_back(static_cast<std::uint8_t>(check >> shift));
  return result;
}

void make_corpus(const std::string& folder) {
  for (const Seed& seed : seeds) {
    Bytes bytes(seed.settings.begin(), seed.settings.end());
    ModelInput input(bytes);
    input.learned = false;
    input.options.update = Update::adaptive;
    BackgroundEngine engine = make_engine(input, 1);
    for (int t = 0; t < seed.frames; t++)
      show(engine, input, t);
    const Bytes model = with_fewer_points(engine.save_model());
    bytes.insert(bytes.end(), model.begin(), model.end());
    write_seed(folder, seed.name, bytes);
  }
}

}  // namespace
}  // namespace lowrank::fuzz

int main(int count, char** arguments) {
  return lowrank::fuzz::make_corpus_in(count, arguments, lowrank::fuzz::make_corpus);
}
