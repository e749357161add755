// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "bytes.h"

/// The packets of docs/bitstream.md, read and written apart from the library, so that changes get
/// past its checksums.
namespace lowrank::fuzz {

struct Packet {
  bool framed = false;     ///< otherwise `payload` are bytes that are no packet
  std::uint8_t kind = 0;   ///< version and type
  Bytes payload;           ///< of a packet that is cut off what is there
  std::int64_t claim = 0;  ///< the size that its header says, less that of `payload`
  bool intact = true;      ///< with the right checksums
};

/// Cuts bytes at what looks like a header of a packet, whatever its checksums.
std::vector<Packet> split(ByteSpan bytes);

Bytes joined(const std::vector<Packet>& packets);

/// Numbers pictures one by one from the first of each run of them, as a decoder expects.
void renumber(std::vector<Packet>& packets);

}  // namespace lowrank::fuzz
