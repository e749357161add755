// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Encodes raw pictures and decodes them again; --help says more.

#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>

#include "lowrank/codec.h"
#include "raw_pictures.h"
#include "usage.h"

namespace {

using namespace benchmarks;

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

void append(const lowrank::ImageView& image, std::ofstream& out) {
  for (int p = 0; p < image.format.planes(); p++) {
    const lowrank::PlaneView& plane = image.planes[static_cast<std::size_t>(p)];
    for (int y = 0; y < plane.height; y++)
      out.write(reinterpret_cast<const char*>(plane.row(y)), plane.width);
  }
}

int run(int argc, char** argv) {
  const Settings settings(argc - 5, argv + 5);
  lowrank::StreamInfo info;
  info.format = format_of(argv[2], argv[3], argv[4]);
  info.frame_rate = {25, 1};
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
  Errors errors;
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
    errors.add(picture, decoded.image);
    append(decoded.image, decoded_file);
    pictures++;
  }
  if (pictures == 0)
    throw std::runtime_error(std::string(argv[1]) + " holds no picture of that size");

  print_result(info.format, pictures, bytes, errors, encoder.stats().rank, encoding, decoding);
  return 0;
}

}  // namespace

constexpr const char* help =
    R"(Usage: benchmark-codec FILE WIDTH HEIGHT gray|i420 [NAME=VALUE...]

Encodes raw 8-bit pictures and decodes them again. Prints a line of JSON: bytes, bits a pixel, PSNR
of each component and of all pictures together, and the processor and wall time of either side.

  quality, rank, base, threads, layout  as the encoder has them; layout is patch or frame
  speed                                 fast, medium or best
  key                                   pictures from key to key
  pictures                              how many at most
  max-rank                              components that the decoder shows
  out, lrv                              files for the decoded pictures and for the stream
)";

int main(int argc, char** argv) {
  if (const auto status = benchmarks::answer_usage(argc, argv, help, 4, 1 << 20))
    return *status;
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "benchmark-codec: %s\n", error.what());
    return 1;
  }
}
