// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lowrank/codec.h"

namespace lowrank::codec {

constexpr int bitstream_version = 1;

enum class PacketType : std::uint8_t { sequence = 1, key_picture = 2, predicted_picture = 3 };

/// What stands before the payload of a packet.
struct PacketHeader {
  int version = 0;                     ///< 0 … 15
  PacketType type{};                   ///< 0 … 15: of others than the named ones nothing is known
  std::uint32_t payload_size = 0;      ///< as it says of itself
  std::uint16_t payload_checksum = 0;  ///< CRC-16
  std::size_t size = 0;                ///< bytes of the header

  bool is_picture() const {
    return type == PacketType::key_picture || type == PacketType::predicted_picture;
  }
};

/// Bytes that a header takes at most.
constexpr std::size_t largest_packet_header = 12;

enum class HeaderCheck : std::uint8_t {
  whole,       ///< a header begins here
  incomplete,  ///< one may begin here, if the right bytes follow
  none,
};

/// Looks for a header at the first of `bytes`; `header` is set when it is whole.
HeaderCheck read_packet_header(ByteSpan bytes, PacketHeader& header);

/// Where the next header may begin, at `from` or behind it; the number of bytes if nowhere.
std::size_t find_packet(ByteSpan bytes, std::size_t from);

/// Appends a packet. Throws std::length_error when the payload takes more than 2³² − 1 bytes.
void append_packet(PacketType type, ByteSpan payload, std::vector<std::uint8_t>& out);

/// Bytes that the packets of a picture may take.
std::size_t payload_limit(const CodecLimits& limits, const ImageFormat& format);

/// The same of a packet that is no picture, and of all before the stream is known.
constexpr std::size_t small_payload_limit = 4096;

}  // namespace lowrank::codec
