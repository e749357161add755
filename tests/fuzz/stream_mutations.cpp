// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Streams of packets: payloads change, packets are cut, left out, repeated, moved, or come from
// another stream; with checksums and numbers that are right most of the time.
#include <utility>

#include "mutations.h"
#include "packets.h"

namespace lowrank::fuzz {
namespace {

void change_header(Packet& packet, RandomChanges& random) {
  switch (random.below(5)) {
    case 0:
      packet.kind =
          static_cast<std::uint8_t>(random.below(2) == 0 ? random.byte() : 16 + random.below(5));
      return;
    case 1:
      packet.claim = static_cast<std::int64_t>(random.below(64)) - 32;
      return;
    case 2:
      packet.claim = static_cast<std::int64_t>(random.word());
      return;
    case 3:
      packet.intact = !packet.intact;
      return;
    default:
      packet.framed = !packet.framed;
  }
}

void change_packets(std::vector<Packet>& packets, const std::vector<Packet>& others,
                    RandomChanges& random) {
  switch (random.below(packets.empty() ? 1 : 12)) {
    case 0:
      if (!others.empty())
        random.insert(packets, random.some(others));
      return;
    case 1:
      packets.erase(packets.begin() + static_cast<std::ptrdiff_t>(random.below(packets.size())));
      return;
    case 2:
      random.insert(packets, random.some(packets));
      return;
    case 3:
      std::swap(random.some(packets), random.some(packets));
      return;
    case 4:
      change_header(random.some(packets), random);
      return;
    case 5:
      if (!others.empty())
        random.splice(random.some(packets).payload, random.some(others).payload);
      return;
    default:
      random.change_bytes(random.some(packets).payload);
  }
}

}  // namespace

const std::size_t most_input_bytes = 6 * 1024;  // a few pictures

Bytes mutated_rest(ByteSpan rest, ByteSpan other, RandomChanges& random) {
  std::vector<Packet> packets = split(rest);
  const std::vector<Packet> others = split(other);
  do {
    change_packets(packets, others, random);
  } while (random.below(2) == 0);
  if (random.most_of_the_time())
    renumber(packets);
  return joined(packets);
}

}  // namespace lowrank::fuzz
