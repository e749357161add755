// SPDX-License-Identifier: LGPL-2.1-or-later
#include "codec/packet.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "codec/byte_reader.h"
#include "codec/byte_writer.h"
#include "codec/crc.h"

namespace lowrank::codec {
namespace {

constexpr std::array<std::uint8_t, 3> magic{'L', 'R', 'V'};

}  // namespace

HeaderCheck read_packet_header(ByteSpan bytes, PacketHeader& header) {
  const std::size_t known = std::min(bytes.size(), magic.size());
  if (!std::equal(magic.begin(), magic.begin() + known, bytes.begin()))
    return HeaderCheck::none;
  ByteReader reader(bytes.first(std::min(bytes.size(), largest_packet_header)));
  reader.bytes(magic.size());
  const std::uint8_t kind = reader.byte();
  header.version = kind >> 4;
  header.type = static_cast<PacketType>(kind & 15);
  header.payload_size = reader.varint();
  header.payload_checksum = reader.two_bytes();
  const std::size_t checked = std::min(bytes.size(), largest_packet_header) - reader.left();
  const std::uint8_t checksum = reader.byte();
  if (!reader.ok())
    return bytes.size() < largest_packet_header ? HeaderCheck::incomplete : HeaderCheck::none;
  header.size = checked + 1;
  return crc8(bytes.first(checked)) == checksum ? HeaderCheck::whole : HeaderCheck::none;
}

std::size_t find_packet(ByteSpan bytes, std::size_t from) {
  auto next = bytes.begin() + static_cast<std::ptrdiff_t>(std::min(from, bytes.size()));
  next = std::search(next, bytes.end(), magic.begin(), magic.end());
  if (next != bytes.end())
    return static_cast<std::size_t>(next - bytes.begin());
  // The first bytes of one may be the last ones that are here.
  for (std::size_t tail = magic.size() - 1; tail > 0; tail--)
    if (bytes.size() >= from + tail &&
        std::equal(bytes.end() - static_cast<std::ptrdiff_t>(tail), bytes.end(), magic.begin()))
      return bytes.size() - tail;
  return bytes.size();
}

void append_packet(PacketType type, ByteSpan payload, std::vector<std::uint8_t>& out) {
  if (payload.size() > UINT32_MAX)
    throw std::length_error("a packet holds at most 4294967295 bytes");
  const std::size_t start = out.size();
  ByteWriter writer(out);
  writer.bytes(magic);
  writer.byte(bitstream_version << 4 | static_cast<unsigned>(type));
  writer.varint(payload.size());
  writer.two_bytes(crc16(payload));
  writer.byte(crc8(ByteSpan(out).subspan(start)));
  writer.bytes(payload);
}

std::size_t payload_limit(const CodecLimits& limits, const ImageFormat& format) {
  constexpr std::size_t for_headers = 64 * 1024;
  constexpr std::size_t bytes_a_pixel = 8;
  if (limits.payload > 0)
    return limits.payload;
  return for_headers + bytes_a_pixel * static_cast<std::size_t>(format.width) *
                           static_cast<std::size_t>(format.height);
}

}  // namespace lowrank::codec
