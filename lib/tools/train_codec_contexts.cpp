// SPDX-License-Identifier: LGPL-2.1-or-later

// Makes lib/src/codec/initial_contexts_data.cpp: what the models of the patch layout begin with.
//   train-codec-contexts OUTPUT.cpp PICTURE.pgm ...
// PICTUREs are binary PGM files of photographs, of 8 bits; those of train-codec-tables serve, as
//   for f in DIRECTORY/*.png; do pngtopnm "$f" | ppmtopgm > "$(basename "$f" .png).pgm"; done
// Each is coded as a key picture with a few steps of every set. A model begins with the mean of the
// logarithmic odds that it had in the end, weighed by how often it was used, and counts as having
// seen a quarter of that, 30 bits at most. Models of chroma and of what is predicted from other
// pictures, which photographs in grey do not use, begin with those of luma, and count less.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "codec/initial_contexts.h"
#include "codec/slice_encoder.h"

namespace {

using namespace lowrank;
using namespace lowrank::codec;

// Cut to whole blocks.
Raster<std::uint8_t> read_picture(const char* path) {
  std::ifstream in(path, std::ios::binary);
  std::string magic;
  int width = 0;
  int height = 0;
  int most = 0;
  in >> magic >> width >> height >> most;
  in.get();
  if (!in || magic != "P5" || most != 255 || width < block_size || height < block_size)
    throw std::runtime_error(std::string(path) + " is no binary PGM of 8 bits and 16x16 or more");
  std::vector<char> row(static_cast<std::size_t>(width));
  Raster<std::uint8_t> picture(width / block_size * block_size, height / block_size * block_size);
  for (int y = 0; y < picture.height(); y++) {
    in.read(row.data(), std::ssize(row));
    std::memcpy(picture.row(y), row.data(), static_cast<std::size_t>(picture.width()));
  }
  if (!in)
    throw std::runtime_error(std::string(path) + " is cut off");
  return picture;
}

/// Σ of weighted logarithmic odds, and of weights, for each model.
class Tally {
 public:
  explicit Tally(std::size_t models) : odds_(models), weights_(models) {}

  void add(const void* contexts) {
    const auto* models = static_cast<const BitModel*>(contexts);
    for (std::size_t i = 0; i < odds_.size(); i++) {
      const double p = models[i].p1 / 65536.0;
      odds_[i] += models[i].count * std::log(p / (1 - p));
      weights_[i] += models[i].count;
    }
  }
  /// Takes what is unknown from other models, as far as those count, at most so much.
  void borrow(std::size_t to, std::size_t from, double most) {
    if (weights_[to] > 0 || weights_[from] == 0)
      return;
    weights_[to] = std::min(weights_[from], most);
    odds_[to] = odds_[from] / weights_[from] * weights_[to];
  }
  unsigned value(std::size_t i) const {
    if (weights_[i] == 0)
      return 2048u << 4;
    const double p = 1 / (1 + std::exp(-odds_[i] / weights_[i]));
    const auto level = static_cast<unsigned>(std::clamp(p * 4096, 1.0, 4094.0));
    return level << 4 | static_cast<unsigned>(std::min(15.0, weights_[i] / 8));
  }
  std::size_t size() const { return odds_.size(); }

 private:
  std::vector<double> odds_;
  std::vector<double> weights_;
};

void code(const Raster<std::uint8_t>& source, int step_index, Tally& levels, Tally& modes) {
  PatchPicture picture({ColorModel::gray, source.width(), source.height()}, components, components);
  PatchHeader header;
  header.step_index = step_index;
  picture.begin(false, header);
  const SliceTask task{&source, 0, components, effort_of(Speed::medium)};
  for (int slice = 0; slice < picture.geometry().slices(); slice++) {
    picture.contexts(slice) = PatchContexts();
    encode_slice(picture, slice, task);
    levels.add(&picture.contexts(slice).levels);
    modes.add(&picture.contexts(slice).modes);
  }
}

// Arrays of LevelContexts go by type first.
template <typename Array>
void borrow_types(const LevelContexts& contexts, const Array& array, Tally& tally) {
  const auto first = static_cast<std::size_t>(reinterpret_cast<const BitModel*>(&array) -
                                              reinterpret_cast<const BitModel*>(&contexts));
  const std::size_t size = sizeof(array[0]) / sizeof(BitModel);
  for (std::size_t type = 1; type < level_types; type++)
    for (std::size_t i = 0; i < size; i++)
      tally.borrow(first + type * size + i, first + i, 24);
}

void borrow_all(Tally& tally) {
  const LevelContexts c;
  borrow_types(c, c.rank, tally);
  borrow_types(c, c.rank_bits, tally);
  borrow_types(c, c.zero, tally);
  borrow_types(c, c.zero_around, tally);
  borrow_types(c, c.over_one, tally);
  borrow_types(c, c.over_one_around, tally);
  borrow_types(c, c.over_two, tally);
  borrow_types(c, c.over_two_around, tally);
  borrow_types(c, c.length, tally);
  borrow_types(c, c.first_bit, tally);
}

void write(std::ofstream& out, const char* name, const char* count,
           const std::vector<Tally>& tallies) {
  out << "const std::uint16_t " << name << "[initial_sets][" << count << "] = {\n";
  for (const Tally& tally : tallies) {
    std::string line = "{";
    for (std::size_t i = 0; i < tally.size(); i++) {
      const std::string number = std::to_string(tally.value(i)) + ",";
      if (line.size() + number.size() > 100) {
        out << line << "\n";
        line.clear();
      }
      line += number;
    }
    out << line << "},\n";
  }
  out << "};\n";
}

int run(int argc, char** argv) {
  if (argc < 3)
    throw std::runtime_error("train-codec-contexts OUTPUT.cpp PICTURE.pgm ...");
  const std::vector<std::vector<int>> steps{{6, 12}, {16, 19}, {22, 25}, {29, 34}};
  std::vector<Tally> levels(initial_sets, Tally(level_models));
  std::vector<Tally> modes(initial_sets, Tally(mode_models));
  for (int i = 2; i < argc; i++) {
    const Raster<std::uint8_t> source = read_picture(argv[i]);
    for (std::size_t set = 0; set < initial_sets; set++)
      for (const int step : steps[set])
        code(source, step, levels[set], modes[set]);
    std::fprintf(stderr, "\r%d of %d", i - 1, argc - 2);
  }
  std::fputs("\n", stderr);
  for (Tally& tally : levels)
    borrow_all(tally);
  std::ofstream out(argv[1]);
  out << "// SPDX-License-Identifier: LGPL-2.1-or-later\n\n"
         "// Made by lib/tools/train_codec_contexts.cpp; not to be changed by hand.\n"
         "// clang-format off\n\n#include \"codec/initial_contexts.h\"\n\n"
         "namespace lowrank::codec {\n\n";
  write(out, "initial_levels", "level_models", levels);
  out << "\n";
  write(out, "initial_modes", "mode_models", modes);
  out << "\n}  // namespace lowrank::codec\n";
  return out ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "train-codec-contexts: %s\n", error.what());
    return 1;
  }
}
