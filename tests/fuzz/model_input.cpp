// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model_input.h"

#include <cmath>

#include "ensure.h"

namespace lowrank::fuzz {
namespace {

unsigned noise(unsigned a, unsigned b) {
  unsigned h = a * 0x9e3779b1u + b * 0x85ebca77u;
  h ^= h >> 15;
  h *= 0x7feb352du;
  return h ^ h >> 16;
}

// Levels of 8 bits.
unsigned level(int plane, int x, int y, int t) {
  const auto ux = static_cast<unsigned>(x);
  const auto uy = static_cast<unsigned>(y);
  const auto ut = static_cast<unsigned>(t);
  const int box = 2 * t % 24;
  if (x >= box && x < box + 5 && y >= 2 && y < 8)
    return plane == 0 ? 225 : 90;
  const unsigned texture = 60 + noise(ux / 2, uy / 2) % 110;
  const unsigned lit = t % 9 == 8 ? 40 : 0;
  return texture + lit + noise(ux + 64 * uy, ut + 7) % 5;
}

struct Picture {
  std::array<Bytes, 3> samples;
  ImageView view;

  Picture(const ImageFormat& format, int t) : view{format, {}} {
    for (int p = 0; p < format.planes(); p++) {
      const auto i = static_cast<std::size_t>(p);
      const int width = format.plane_width(p);
      const int height = format.plane_height(p);
      for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
          add(samples[i], format, level(p, x, y, t));
      const int bytes = format.sample_bytes();
      view.planes[i] = {samples[i].data(), width * bytes, bytes, width, height};
    }
  }

 private:
  static void add(Bytes& to, const ImageFormat& format, unsigned value) {
    if (format.depth == 8) {
      to.push_back(static_cast<std::uint8_t>(value));
      return;
    }
    const auto word = static_cast<std::uint16_t>(value << (format.depth - 8) << format.shift);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&word);
    to.insert(to.end(), bytes, bytes + 2);
  }
};

Bytes samples_of(const PlaneView& plane, int bytes) {
  Bytes samples;
  for (int y = 0; y < plane.height; y++)
    for (int x = 0; x < plane.width; x++)
      samples.insert(samples.end(), plane.row(y) + x * plane.pixel_stride,
                     plane.row(y) + x * plane.pixel_stride + bytes);
  return samples;
}

void check(const Separation& result, const SeparatedFrame& frame, const ImageFormat& format) {
  ensure(result.background.format == format, "the background is in the format of the frames");
  ensure(result.mask.width == format.width && result.mask.height == format.height,
         "the mask has the size of the frames");
  ensure(std::all_of(frame.mask.begin(), frame.mask.end(),
                     [](std::uint8_t value) { return value == 0 || value == 255; }),
         "a mask has 0 and 255 only");
  // Of the mask before it is shifted back to where the camera is.
  ensure(frame.foreground_ratio >= 0 && frame.foreground_ratio <= 1, "the ratio is a share");
  ensure(std::isfinite(frame.light_gain) && std::isfinite(frame.light_offset),
         "the light is numbers");
}

}  // namespace

ModelInput::ModelInput(ByteSpan input) : Settings(input), model(rest) {
  const std::size_t which = bytes[0] % model_formats.size();
  format = model_formats[which];
  options.interlaced = which == 5;
  options.rank = bytes[1] & 7;
  options.update = static_cast<Update>((bytes[1] >> 3 & 3) % 3);
  options.regions = (bytes[1] & 64) != 0;
  options.min_region_size = options.regions ? 3 : 0;
  options.threads = 1;
  learned = (bytes[1] & 32) != 0;
  other_threads = 1 + (bytes[2] & 3);
}

BackgroundEngine make_engine(const ModelInput& input, unsigned threads) {
  BackgroundEngine engine;
  BackgroundOptions options = input.options;
  options.threads = threads;
  engine.configure(input.format, options);
  if (options.regions) {
    const ImageFormat& format = input.format;
    Bytes sensitivity(static_cast<std::size_t>(format.width * format.height), 200);
    sensitivity[0] = 0;
    engine.set_sensitivity({sensitivity.data(), format.width, 1, format.width, format.height});
  }
  for (int t = 0; input.learned && t < 2; t++)
    show(engine, input, 40 + t);
  return engine;
}

SeparatedFrame show(BackgroundEngine& engine, const ModelInput& input, int t) {
  const Picture picture(input.format, t);
  engine.push(picture.view);
  Separation result;
  ensure(engine.pull(result), "each frame has a result");
  SeparatedFrame frame;
  for (int p = 0; p < input.format.planes(); p++) {
    const Bytes plane = samples_of(result.background.planes[static_cast<std::size_t>(p)],
                                   input.format.sample_bytes());
    frame.background.insert(frame.background.end(), plane.begin(), plane.end());
  }
  frame.mask = samples_of(result.mask, 1);
  frame.foreground_ratio = result.foreground_ratio;
  frame.light_gain = result.light_gain;
  frame.light_offset = result.light_offset;
  frame.change = result.change;
  frame.regions = result.regions.size();
  check(result, frame, input.format);
  return frame;
}

}  // namespace lowrank::fuzz
