// SPDX-License-Identifier: LGPL-2.1-or-later

// Encodes raw 8-bit pictures and decodes them again:
//   benchmark-codec FILE WIDTH HEIGHT gray|i420 [NAME=VALUE ...]
// with quality, speed (fast, medium, best), key (pictures from key to key), rank, base, layout
// (patch, frame), threads, pictures (at most), max-rank, out (a file for the decoded pictures) and
// lrv (one for the stream). Prints a line of JSON: bytes, bits a pixel, PSNR of each component and
// of all pictures together, and the processor and wall time of either side.

#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "lowrank/codec.h"

namespace {

using Bytes = std::vector<std::uint8_t>;

class Clock {
 public:
  void start() {
    wall_ = std::chrono::steady_clock::now();
    cpu_ = std::clock();
  }
  void stop() {
    wall += std::chrono::duration<double>(std::chrono::steady_clock::now() - wall_).count();
    cpu += static_cast<double>(std::clock() - cpu_) / CLOCKS_PER_SEC;
  }
  double wall = 0;
  double cpu = 0;

 private:
  std::chrono::steady_clock::time_point wall_;
  std::clock_t cpu_ = 0;
};

class Settings {
 public:
  explicit Settings(std::map<std::string, std::string> words) : words_(std::move(words)) {}
  std::string text(const std::string& name, const std::string& otherwise) const {
    const auto found = words_.find(name);
    return found == words_.end() ? otherwise : found->second;
  }
  int number(const std::string& name, int otherwise) const {
    return std::stoi(text(name, std::to_string(otherwise)));
  }

 private:
  std::map<std::string, std::string> words_;
};

lowrank::EncoderOptions encoder_options(const Settings& settings) {
  using lowrank::Speed;
  lowrank::EncoderOptions options;
  options.quality = settings.number("quality", 75);
  options.rank = settings.number("rank", 0);
  options.base_rank = settings.number("base", 0);
  options.key_interval = settings.number("key", 1);
  options.threads = static_cast<unsigned>(settings.number("threads", 1));
  if (settings.text("layout", "patch") == "frame")
    options.layout = lowrank::Layout::frame;
  const std::string speed = settings.text("speed", "medium");
  options.speed = speed == "fast" ? Speed::fast : speed == "best" ? Speed::best : Speed::medium;
  return options;
}

lowrank::ImageView view_of(const lowrank::ImageFormat& format, const std::uint8_t* data) {
  lowrank::ImageView image{format, {}};
  for (int p = 0; p < format.planes(); p++) {
    const int width = format.plane_width(p);
    const int height = format.plane_height(p);
    image.planes[static_cast<std::size_t>(p)] = {data, width, 1, width, height};
    data += width * height;
  }
  return image;
}

double squares(const lowrank::PlaneView& a, const lowrank::PlaneView& b) {
  double sum = 0;
  for (int y = 0; y < a.height; y++)
    for (int x = 0; x < a.width; x++)
      sum += std::pow(a.row(y)[x] - b.row(y)[x], 2);
  return sum;
}

void append(const lowrank::ImageView& image, std::ofstream& out) {
  for (int p = 0; p < image.format.planes(); p++) {
    const lowrank::PlaneView& plane = image.planes[static_cast<std::size_t>(p)];
    for (int y = 0; y < plane.height; y++)
      out.write(reinterpret_cast<const char*>(plane.row(y)), plane.width);
  }
}

int run(int argc, char** argv) {
  if (argc < 5)
    throw std::invalid_argument("benchmark-codec FILE WIDTH HEIGHT gray|i420 [NAME=VALUE ...]");
  std::map<std::string, std::string> words;
  for (int i = 5; i < argc; i++) {
    const std::string word = argv[i];
    const std::size_t equals = word.find('=');
    words[word.substr(0, equals)] = equals == std::string::npos ? "" : word.substr(equals + 1);
  }
  const Settings settings(words);
  lowrank::StreamInfo info;
  info.format.width = std::stoi(argv[2]);
  info.format.height = std::stoi(argv[3]);
  info.frame_rate = {25, 1};
  if (std::string(argv[4]) == "i420") {
    info.format.color = lowrank::ColorModel::ycbcr;
    info.format.chroma_shift_x = info.format.chroma_shift_y = 1;
  }
  std::ifstream in(argv[1], std::ios::binary);
  std::ofstream decoded_file(settings.text("out", ""), std::ios::binary);
  std::ofstream stream_file(settings.text("lrv", ""), std::ios::binary);

  lowrank::Encoder encoder;
  encoder.configure(info, encoder_options(settings));
  lowrank::Decoder decoder;
  lowrank::DecoderOptions decoder_options;
  decoder_options.threads = static_cast<unsigned>(settings.number("threads", 1));
  decoder_options.max_rank = settings.number("max-rank", 0);
  decoder.configure(decoder_options);

  Bytes samples(static_cast<std::size_t>(info.format.samples()));
  Clock encoding;
  Clock decoding;
  double error[3] = {};
  std::size_t bytes = 0;
  int pictures = 0;
  const int most = settings.number("pictures", 1 << 30);
  while (pictures < most && in.read(reinterpret_cast<char*>(samples.data()), std::ssize(samples))) {
    const lowrank::ImageView picture = view_of(info.format, samples.data());
    lowrank::EncodedPicture encoded;
    encoding.start();
    encoder.push(picture, {});
    encoder.pull(encoded);
    encoding.stop();
    bytes += encoded.bytes.size();
    stream_file.write(reinterpret_cast<const char*>(encoded.bytes.data()),
                      std::ssize(encoded.bytes));
    lowrank::DecodedPicture decoded;
    decoding.start();
    const lowrank::StreamError wrong = decoder.push(encoded.bytes);
    const bool there = decoder.pull(decoded);
    decoding.stop();
    if (wrong.kind != lowrank::StreamError::Kind::none || !there)
      throw std::runtime_error("does not decode: " + wrong.message);
    for (int p = 0; p < info.format.planes(); p++)
      error[p] += squares(picture.planes[static_cast<std::size_t>(p)],
                          decoded.image.planes[static_cast<std::size_t>(p)]);
    append(decoded.image, decoded_file);
    pictures++;
  }
  if (pictures == 0)
    throw std::runtime_error(std::string(argv[1]) + " holds no picture of that size");

  const double pixels = static_cast<double>(info.format.width) * info.format.height * pictures;
  std::printf("{\"pictures\": %d, \"bytes\": %zu, \"bpp\": %.6f, \"psnr\": [", pictures, bytes,
              8 * static_cast<double>(bytes) / pixels);
  for (int p = 0; p < info.format.planes(); p++) {
    const double count =
        static_cast<double>(info.format.plane_width(p)) * info.format.plane_height(p) * pictures;
    std::printf("%s%.4f", p > 0 ? ", " : "", 10 * std::log10(255.0 * 255.0 * count / error[p]));
  }
  std::printf(
      "], \"rank\": %.3f, \"encode_cpu\": %.4f, \"encode_wall\": %.4f, "
      "\"decode_cpu\": %.4f, \"decode_wall\": %.4f}\n",
      encoder.stats().rank, encoding.cpu, encoding.wall, decoding.cpu, decoding.wall);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "benchmark-codec: %s\n", error.what());
    return 1;
  }
}
