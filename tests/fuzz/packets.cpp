// SPDX-License-Identifier: LGPL-2.1-or-later
#include "packets.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "codec/crc.h"

namespace lowrank::fuzz {
namespace {

constexpr std::array<std::uint8_t, 3> magic{'L', 'R', 'V'};

// Bytes of the header at the start of `bytes`, 0 if there is none.
std::size_t read_header(ByteSpan bytes, std::uint8_t& kind, std::uint64_t& size) {
  if (bytes.size() < magic.size() + 1 || !std::equal(magic.begin(), magic.end(), bytes.begin()))
    return 0;
  kind = bytes[magic.size()];
  size = 0;
  std::size_t at = magic.size() + 1;
  for (int shift = 0; shift < 35; shift += 7) {
    if (at >= bytes.size())
      return 0;
    const std::uint8_t next = bytes[at++];
    size |= std::uint64_t{next & 0x7Fu} << shift;
    if (next < 0x80)
      return at + 3 <= bytes.size() ? at + 3 : 0;
  }
  return 0;
}

void append(const Packet& packet, Bytes& out) {
  if (packet.framed) {
    const std::size_t start = out.size();
    out.insert(out.end(), magic.begin(), magic.end());
    out.push_back(packet.kind);
    const std::int64_t claim = static_cast<std::int64_t>(packet.payload.size()) + packet.claim;
    auto size = static_cast<std::uint64_t>(std::clamp<std::int64_t>(claim, 0, UINT32_MAX));
    for (; size >= 0x80; size >>= 7)
      out.push_back(static_cast<std::uint8_t>(size | 0x80));
    out.push_back(static_cast<std::uint8_t>(size));
    const unsigned wrong = packet.intact ? 0 : 1;
    const unsigned check = codec::crc16(packet.payload) ^ wrong;
    out.push_back(static_cast<std::uint8_t>(check));
    out.push_back(static_cast<std::uint8_t>(check >> 8));
    out.push_back(codec::crc8(ByteSpan(out).subspan(start)));
  }
  out.insert(out.end(), packet.payload.begin(), packet.payload.end());
}

// Where a picture's number stands in its payload.
std::size_t number_at(ByteSpan payload) {
  const unsigned modes = payload.empty() ? 0 : payload[0];
  std::size_t at = 1;
  for (const bool present : {(modes & 3) != 0, (modes >> 2 & 3) == 2})
    if (present) {
      while (at < payload.size() && payload[at] >= 0x80)
        at++;
      at++;
    }
  return at;
}

}  // namespace

std::vector<Packet> split(ByteSpan bytes) {
  std::vector<Packet> packets;
  const auto behind_last = [&]() -> Packet& {
    if (packets.empty() || packets.back().framed)
      packets.emplace_back();
    return packets.back();
  };
  while (!bytes.empty()) {
    Packet packet;
    std::uint64_t size = 0;
    const std::size_t header = read_header(bytes, packet.kind, size);
    if (header == 0) {
      behind_last().payload.push_back(bytes[0]);
      bytes = bytes.subspan(1);
      continue;
    }
    packet.framed = true;
    const std::size_t present = std::min<std::uint64_t>(size, bytes.size() - header);
    packet.claim = static_cast<std::int64_t>(size - present);
    packet.payload.assign(bytes.begin() + static_cast<std::ptrdiff_t>(header),
                          bytes.begin() + static_cast<std::ptrdiff_t>(header + present));
    bytes = bytes.subspan(header + present);
    packets.push_back(std::move(packet));
  }
  return packets;
}

Bytes joined(const std::vector<Packet>& packets) {
  Bytes bytes;
  for (const Packet& packet : packets)
    append(packet, bytes);
  return bytes;
}

void renumber(std::vector<Packet>& packets) {
  std::uint8_t number = 0;
  bool first = true;
  for (Packet& packet : packets) {
    const int type = packet.kind & 15;
    if (!packet.framed || (type != 2 && type != 3))
      continue;
    const std::size_t at = number_at(packet.payload);
    if (at >= packet.payload.size())
      continue;
    number = first ? packet.payload[at] : static_cast<std::uint8_t>(number + 1);
    first = false;
    packet.payload[at] = number;
  }
}

}  // namespace lowrank::fuzz
