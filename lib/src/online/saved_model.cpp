// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/saved_model.h"

#include <algorithm>
#include <string>

#include "crc32.h"
#include "lowrank/background.h"
#include "online/model_bytes.h"
#include "online/working_image.h"

namespace lowrank {
namespace {

// Not a text, and broken by whatever takes it for one.
constexpr std::uint8_t magic[] = {0x89, 'L', 'R', 'M', '\r', '\n', 0x1A, '\n'};
constexpr std::uint32_t version = 1;
constexpr std::size_t crc_bytes = 4;
constexpr std::uint64_t most_time = std::uint64_t{1} << 62;
constexpr std::uint16_t most_side = 16384;
constexpr std::uint8_t most_components = 15;

struct Header {
  static constexpr std::size_t size = sizeof magic + 4 + 6 + 3 * 2 + 2;

  ModelFormat format;  ///< without the image's shift, which says nothing of the model
  int components;
  int points;
};

void write_header(const Header& header, ModelWriter& out) {
  const ImageFormat& format = header.format.image;
  out.bytes(magic);
  out.number(version);
  for (const int value : {static_cast<int>(format.color), format.chroma_shift_x,
                          format.chroma_shift_y, format.black, format.depth, header.components})
    out.number(static_cast<std::uint8_t>(value));
  for (const int value :
       {format.width, format.height, header.points, static_cast<int>(header.format.interlaced)})
    out.number(static_cast<std::uint16_t>(value));
}

Header read_header(ModelReader& in) {
  const auto byte = [&](int least, int most, const char* name) {
    return in.number(static_cast<std::uint8_t>(least), static_cast<std::uint8_t>(most), name);
  };
  Header header{};
  ImageFormat& format = header.format.image;
  format.color = static_cast<ColorModel>(byte(0, static_cast<int>(ColorModel::rgb), "colour"));
  format.chroma_shift_x = byte(0, 1, "chroma");
  format.chroma_shift_y = byte(0, 1, "chroma");
  format.black = byte(0, 64, "black");
  format.depth = byte(8, 16, "depth");
  header.components = byte(0, most_components, "count of components");
  const auto side = [&] { return in.number(std::uint16_t{1}, most_side, "size"); };
  format.width = side();
  format.height = side();
  header.points =
      in.number(std::uint16_t{0}, std::uint16_t{Stabilizer::most_points}, "count of points");
  header.format.interlaced = in.number(std::uint16_t{0}, std::uint16_t{1}, "interlacing") != 0;
  return header;
}

// Bytes of a whole model.
std::uint64_t size_of(const Header& header) {
  const ImageFormat working = working_format(header.format.image);
  const auto luma =
      static_cast<std::uint64_t>(working.width) * static_cast<std::uint64_t>(working.height);
  constexpr std::uint64_t plate_and_noise = 2 + 2;
  constexpr std::uint64_t seen = 1 + 1 + 2;
  constexpr std::uint64_t deviation = 1;
  const auto samples = static_cast<std::uint64_t>(working.samples());
  const std::uint64_t planes = samples * plate_and_noise + luma * (seen + deviation) +
                               mask_bytes(working.width, working.height);
  const std::uint64_t subspace = static_cast<std::uint64_t>(header.components) * (4 + 2 * luma);
  const std::uint64_t flicker = 4 * Flicker::cells(working.width, working.height);
  constexpr std::uint64_t light = 4 + 4;
  constexpr std::uint64_t tracking = 8 + (8 + light) + light + (8 + 8 + 1);
  return Header::size + planes + subspace + flicker + ChangeWatch::saved_size + tracking +
         4 * static_cast<std::uint64_t>(header.points) + crc_bytes;
}

std::string describe(const ModelFormat& model) {
  const ImageFormat& format = model.image;
  static constexpr const char* sampling[2][2] = {{"4:4:4", "4:4:0"}, {"4:2:2", "4:2:0"}};
  std::string text = std::to_string(format.width) + "x" + std::to_string(format.height);
  if (format.color == ColorModel::rgb)
    text += " RGB";
  else if (format.color == ColorModel::gray)
    text += " gray";
  else
    text += std::string(" YCbCr ") + sampling[format.chroma_shift_x][format.chroma_shift_y];
  text += " of " + std::to_string(format.depth) + " bits";
  if (format.color != ColorModel::rgb)
    text += ", black at " + std::to_string(format.black);
  if (model.interlaced)
    text += ", interlaced";
  return text;
}

// Magic, version and check; what follows is a reader of the rest.
ModelReader open_model(std::span<const std::uint8_t> bytes) {
  const auto start = bytes.first(std::min(bytes.size(), sizeof magic));
  if (start.empty() || !std::ranges::equal(start, std::span(magic).first(start.size())))
    throw ModelError("this is no model: it does not begin as one");
  if (bytes.size() < Header::size + crc_bytes)
    throw ModelError("the model is broken: it ends after " + std::to_string(bytes.size()) +
                     " bytes");
  ModelReader in(bytes.subspan(sizeof magic));
  if (const auto found = in.number<std::uint32_t>(); found != version)
    throw ModelError("the model is of version " + std::to_string(found) +
                     "; what is read here is version " + std::to_string(version));
  ModelReader check(bytes.last(crc_bytes));
  if (crc32(bytes.first(bytes.size() - crc_bytes)) != check.number<std::uint32_t>())
    throw ModelError("the model is broken: its " + std::to_string(bytes.size()) +
                     " bytes do not add up to their checksum");
  return in;
}

void save_tracking(const Tracking& tracking, ModelWriter& out) {
  out.number(tracking.time);
  tracking.fit.save(out);
  save_light(tracking.light, out);
  tracking.stabilizer.save(out);
}

void load_tracking(ModelReader& in, const Header& header, Tracking& tracking) {
  tracking.time = in.number(std::uint64_t{1}, most_time, "time");
  tracking.fit.load(in);
  tracking.light = load_light(in);
  tracking.stabilizer.load(in, header.format.image, header.points);
}

}  // namespace

std::vector<std::uint8_t> write_model(const ModelFormat& format, const SavedModel& model) {
  Header header{format, model.subspace.size(), model.tracking.stabilizer.points()};
  header.format.image.shift = 0;
  ModelWriter out(static_cast<std::size_t>(size_of(header)));
  write_header(header, out);
  model.plate.save(out);
  out.plane(model.deviation);
  out.mask(model.mask);
  model.subspace.save(out);
  model.flicker.save(out);
  model.change_watch.save(out);
  save_tracking(model.tracking, out);
  out.number(crc32(out.written()));
  return out.take();
}

LoadedModel read_model(std::span<const std::uint8_t> bytes, const ModelFormat& format,
                       int capacity) {
  ModelReader in = open_model(bytes);
  const Header header = read_header(in);
  ModelFormat wanted = format;
  wanted.image.shift = 0;
  if (header.format != wanted)
    throw ModelError("the model is of " + describe(header.format) + "; what fits is one of " +
                     describe(wanted));
  if (size_of(header) != bytes.size())
    throw ModelError("the model is broken: it has " + std::to_string(bytes.size()) +
                     " bytes and should have " + std::to_string(size_of(header)));
  const ImageFormat working = working_format(format.image);
  LoadedModel model{PlateModel(working),
                    Subspace(working.width, working.height, capacity),
                    Flicker(working.width, working.height),
                    {},
                    {}};
  model.plate.load(in);
  in.plane(model.plate.deviation);
  in.mask(model.plate.mask);
  model.subspace.load(in, header.components);
  model.flicker.load(in);
  model.change_watch.load(in);
  load_tracking(in, header, model.tracking);
  return model;
}

}  // namespace lowrank
