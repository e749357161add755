// SPDX-License-Identifier: LGPL-2.1-or-later
#include "codec/byte_reader.h"
#include "codec/packet.h"
#include "codec/picture_header.h"
#include "codec/sequence.h"

namespace lowrank {

using codec::HeaderCheck;
using codec::PacketHeader;
using codec::PacketType;

namespace {

// Nothing is made of what it asks for.
constexpr CodecLimits no_limits{codec::largest_side, INT64_MAX, 0};

bool read_known_header(codec::ByteReader& reader, PacketHeader& header) {
  if (codec::read_packet_header(reader.rest(), header) != HeaderCheck::whole ||
      header.version != codec::bitstream_version)
    return false;
  reader.bytes(header.size);
  return true;
}

}  // namespace

bool PacketParser::outline(ByteSpan start, PictureOutline& outline) {
  codec::ByteReader reader(start);
  PictureOutline result;
  result.stream = outline.stream;
  PacketHeader header;
  bool has_sequence = false;
  while (read_known_header(reader, header)) {
    result.size += header.size + header.payload_size;
    if (header.is_picture()) {
      codec::PictureHeader picture;
      if (!codec::read_picture_header(reader, result.stream.frame_rate, picture))
        return false;
      result.info = picture.info;
      result.key = header.type == PacketType::key_picture;
      if (result.key && !has_sequence)
        return false;
      outline = result;
      return true;
    }
    const ByteSpan payload = reader.bytes(header.payload_size);
    if (header.type != PacketType::sequence)
      continue;
    const StreamError error = codec::read_sequence(payload, no_limits, result.stream);
    if (!reader.ok() || error.kind != StreamError::Kind::none)
      return false;
    has_sequence = true;
  }
  return false;
}

}  // namespace lowrank
