// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Makes the seeds of the corpus: short streams of synthetic pictures, of both layouts and all kinds
// of formats, each behind the settings of stream_input.h.
//
//   make-stream-corpus FOLDER
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "../lib/synthetic_video.h"
#include "corpus_files.h"
#include "lowrank/codec.h"
#include "packets.h"
#include "stream_input.h"

namespace lowrank::fuzz {
namespace {

struct Seed {
  const char* name;
  ImageFormat format;
  EncoderOptions options;
  int pictures = 3;
  int shake = 0;
  Bytes settings{40, 255, 0, 10};
  StreamInfo info{};
};

constexpr ImageFormat gray(int width, int height) {
  return {ColorModel::gray, width, height};
}
constexpr ImageFormat color(int width, int height, int shift_x, int shift_y, int black = 16) {
  return {ColorModel::ycbcr, width, height, shift_x, shift_y, black};
}

EncoderOptions patch(int quality, int key_interval = 0, int base_rank = 0,
                     Speed speed = Speed::medium) {
  EncoderOptions options;
  options.quality = quality;
  options.key_interval = key_interval;
  options.base_rank = base_rank;
  options.speed = speed;
  options.threads = 1;
  return options;
}

EncoderOptions frame(int rank, double energy = 0) {
  EncoderOptions options;
  options.layout = Layout::frame;
  options.rank = rank;
  options.energy = energy;
  options.threads = 1;
  return options;
}

std::vector<Seed> seeds() {
  StreamInfo interlaced;
  interlaced.frame_rate = {30000, 1001};
  interlaced.pixel_aspect = {64, 45};
  interlaced.primaries = interlaced.transfer = interlaced.matrix = 1;
  interlaced.scan = Scan::mixed;
  StreamInfo varying;
  varying.frame_rate = {0, 1};
  return {
      {"patch-gray", gray(48, 32), patch(60)},
      {"patch-gray-coarse", gray(64, 48), patch(5), 6},
      {"patch-gray-fine", gray(24, 16), patch(100), 2},
      {"patch-420", color(64, 48, 1, 1), patch(50), 4, 0, {90, 255, 1, 30}},
      {"patch-420-motion", color(64, 64, 1, 1), patch(70, 0, 0, Speed::best), 5, 3},
      {"patch-420-still", color(96, 64, 1, 1), patch(40, 250, 0, Speed::fast), 10},
      {"patch-422", color(40, 40, 1, 0), patch(75), 3, 1, {3, 2, 9, 60}},
      {"patch-440", color(40, 24, 0, 1), patch(40), 3, 1},
      {"patch-444", color(33, 17, 0, 0, 0), patch(30, 1), 3, 0, {20, 1, 2, 90}},
      {"patch-odd", color(1, 1, 1, 1), patch(90), 3},
      {"patch-slices", gray(16, 528), patch(15), 3, 1, {200, 255, 3, 50}},
      {"patch-slices-420", color(16, 784, 1, 1), patch(5), 2, 0, {255, 255, 2, 80}},
      {"patch-base", color(48, 48, 1, 1), patch(60, 0, 4), 4, 2, {60, 2, 8, 70}},
      {"patch-base-shown", gray(48, 32), patch(80, 0, 8), 4, 1, {60, 8, 1, 40}},
      {"patch-base-slices", color(16, 512, 1, 1), patch(20, 0, 2), 2, 1, {255, 40, 3, 99}},
      {"patch-max-rank", color(48, 32, 1, 1), patch(85), 4, 1, {60, 2, 8, 33}},
      {"patch-flush", gray(32, 32), patch(50, 2), 6, 1, {60, 255, 16, 12}},
      {"patch-interlaced", color(32, 32, 1, 1), patch(50), 3, 1, {8, 255, 0, 5}, interlaced},
      {"frame-gray", gray(32, 24), frame(3), 2},
      {"frame-420", color(33, 25, 1, 1), frame(2), 2, 0, {70, 1, 0, 55}},
      {"frame-444", color(20, 20, 0, 0), frame(4), 2, 0, {255, 255, 5, 20}},
      {"frame-full-rank", gray(12, 9), frame(0, 1.0), 1},
      {"frame-varying", gray(16, 16), frame(2), 2, 0, {0, 255, 0, 25}, varying},
  };
}

Bytes stream_of(const Seed& seed) {
  test::SyntheticVideo video;
  video.format = seed.format;
  video.radius = 6;
  video.shake = seed.shake;
  StreamInfo info = seed.info;
  if (info == StreamInfo{})
    info.frame_rate = {25, 1};
  info.format = seed.format;
  Encoder encoder;
  encoder.configure(info, seed.options);
  Bytes bytes = seed.settings;
  for (int n = 0; n < seed.pictures; n++) {
    const auto samples = video.frame(n).samples;
    PictureInfo picture;
    picture.time = static_cast<std::uint64_t>(n) * 40'000'000;
    picture.duration = 40'000'000;
    if (info.scan == Scan::mixed)
      picture.fields = static_cast<std::uint8_t>(n);
    encoder.push(test::view_of(seed.format, samples), picture);
    EncodedPicture result;
    encoder.pull(result);
    bytes.insert(bytes.end(), result.bytes.begin(), result.bytes.end());
  }
  return bytes;
}

// Headers of which each says that the ones behind it are its payload, none with its checksum.
Bytes nested_stream() {
  const Seed small{"", gray(16, 16), patch(50), 1};
  std::vector<Packet> packets = split(ByteSpan(stream_of(small)).subspan(settings_size));
  for (int i = 0; i < 14; i++) {
    packets.push_back({true, 0x13, {1, 2, 3}, 90});
    packets.push_back({false, 0, {0, 0}});
  }
  packets.push_back({false, 0, Bytes(100, 7)});
  Bytes bytes{9, 255, 0, 20};
  const Bytes stream = joined(packets);
  bytes.insert(bytes.end(), stream.begin(), stream.end());
  return bytes;
}

constexpr std::size_t most_joined = 6 * 1024;

void make_corpus(const std::string& folder) {
  Bytes all{80, 255, 1, 45};  // sizes and layouts that change within a stream
  std::size_t total = 0;
  for (const Seed& seed : seeds()) {
    const Bytes bytes = stream_of(seed);
    write_seed(folder, seed.name, bytes);
    total += bytes.size();
    if (all.size() + bytes.size() < most_joined && bytes.size() < 1200)
      all.insert(all.end(), bytes.begin() + settings_size, bytes.end());
  }
  write_seed(folder, "joined", all);
  write_seed(folder, "nested", nested_stream());
  std::printf("%zu bytes\n", total + all.size());
}

}  // namespace
}  // namespace lowrank::fuzz

int main(int count, char** arguments) {
  return lowrank::fuzz::make_corpus_in(count, arguments, lowrank::fuzz::make_corpus);
}
