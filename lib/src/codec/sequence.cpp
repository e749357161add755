// SPDX-License-Identifier: LGPL-2.1-or-later
#include "codec/sequence.h"

#include <algorithm>
#include <string>

#include "codec/byte_reader.h"
#include "codec/byte_writer.h"

namespace lowrank::codec {
namespace {

constexpr unsigned profile = 0;
constexpr unsigned sample_bits = 8;
constexpr int video_black = 16;

namespace flag {
constexpr unsigned chroma = 1;
constexpr unsigned chroma_halved_x = 2;
constexpr unsigned chroma_halved_y = 4;
constexpr unsigned video_range = 8;
constexpr int scan_shift = 4;
constexpr unsigned known = 63;
}  // namespace flag

unsigned flags_of(const StreamInfo& info) {
  const ImageFormat& format = info.format;
  return (format.color == ColorModel::ycbcr ? flag::chroma : 0) |
         (format.chroma_shift_x == 1 ? flag::chroma_halved_x : 0) |
         (format.chroma_shift_y == 1 ? flag::chroma_halved_y : 0) |
         (format.black == video_black ? flag::video_range : 0) |
         static_cast<unsigned>(info.scan) << flag::scan_shift;
}

void set_flags(StreamInfo& info, unsigned flags) {
  info.format.color = (flags & flag::chroma) != 0 ? ColorModel::ycbcr : ColorModel::gray;
  info.format.chroma_shift_x = (flags & flag::chroma_halved_x) != 0 ? 1 : 0;
  info.format.chroma_shift_y = (flags & flag::chroma_halved_y) != 0 ? 1 : 0;
  info.format.black = (flags & flag::video_range) != 0 ? video_black : 0;
  info.scan = static_cast<Scan>(flags >> flag::scan_shift);
}

bool flags_agree(unsigned flags) {
  const bool chroma = (flags & flag::chroma) != 0;
  const bool halved = (flags & (flag::chroma_halved_x | flag::chroma_halved_y)) != 0;
  return (chroma || !halved) && flags >> flag::scan_shift <= static_cast<unsigned>(Scan::mixed);
}

void write_rational(ByteWriter& writer, const Rational& value) {
  writer.varint(value.numerator);
  writer.varint(value.denominator);
}

Rational read_rational(ByteReader& reader) {
  const std::uint32_t numerator = reader.varint();
  return {numerator, reader.varint()};
}

StreamError damaged(const std::string& what) {
  return {StreamError::Kind::damaged, "damaged sequence packet: " + what};
}

StreamError check_size(std::uint32_t width, std::uint32_t height, const CodecLimits& limits) {
  if (width == 0 || height == 0)
    return damaged("pictures without width or height");
  const auto side = static_cast<std::uint32_t>(std::min(limits.side, largest_side));
  const std::uint64_t pixels = std::uint64_t{width} * height;
  if (std::max(width, height) <= side && pixels <= static_cast<std::uint64_t>(limits.pixels))
    return {};
  return {StreamError::Kind::over_limit, "pictures of " + std::to_string(width) + "x" +
                                             std::to_string(height) + ", over the limit of " +
                                             std::to_string(side) + " a side and " +
                                             std::to_string(limits.pixels) + " pixels"};
}

}  // namespace

std::vector<std::uint8_t> sequence_payload(const StreamInfo& info) {
  std::vector<std::uint8_t> payload;
  ByteWriter writer(payload);
  writer.byte(profile);
  writer.varint(static_cast<std::uint32_t>(info.format.width));
  writer.varint(static_cast<std::uint32_t>(info.format.height));
  writer.byte(flags_of(info));
  writer.byte(sample_bits);
  write_rational(writer, info.frame_rate);
  write_rational(writer, info.pixel_aspect);
  writer.byte(info.primaries);
  writer.byte(info.transfer);
  writer.byte(info.matrix);
  writer.byte(info.chroma_site);
  return payload;
}

StreamError read_sequence(ByteSpan payload, const CodecLimits& limits, StreamInfo& info) {
  ByteReader reader(payload);
  const unsigned read_profile = reader.byte();
  if (reader.ok() && read_profile != profile)
    return {StreamError::Kind::unsupported_version,
            "profile " + std::to_string(read_profile) + "; only 0 is known"};
  const std::uint32_t width = reader.varint();
  const std::uint32_t height = reader.varint();
  const unsigned flags = reader.byte();
  const unsigned bits = reader.byte();
  StreamInfo read;
  read.frame_rate = read_rational(reader);
  read.pixel_aspect = read_rational(reader);
  read.primaries = reader.byte();
  read.transfer = reader.byte();
  read.matrix = reader.byte();
  read.chroma_site = reader.byte();
  if (!reader.ok())
    return damaged("it is too short");
  if ((flags & ~flag::known) != 0 || bits != sample_bits)
    return {StreamError::Kind::unsupported_version,
            "samples of " + std::to_string(bits) + " bits, flags " + std::to_string(flags) +
                "; only samples of 8 bits and flags below 64 are known"};
  if (!flags_agree(flags))
    return damaged("flags that contradict each other");
  if (read.frame_rate.denominator == 0 || read.pixel_aspect.numerator == 0 ||
      read.pixel_aspect.denominator == 0)
    return damaged("a ratio with a zero");
  if (StreamError error = check_size(width, height, limits); error.kind != StreamError::Kind::none)
    return error;
  set_flags(read, flags);
  read.format.width = static_cast<int>(width);
  read.format.height = static_cast<int>(height);
  info = read;
  return {};
}

}  // namespace lowrank::codec
