// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mutations.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "stream_input.h"

namespace lowrank::fuzz {
namespace {

class Mutation {
 public:
  Mutation(std::mt19937& random, const ChangeBytes& change, std::size_t most)
      : random_(random), change_(change), most_(most) {}

  void change_packets(std::vector<Packet>& packets, const std::vector<Packet>& others) {
    switch (below(packets.empty() ? 1 : 12)) {
      case 0:
        if (!others.empty())
          insert(packets, others[below(others.size())]);
        return;
      case 1:
        packets.erase(packets.begin() + place(packets.size()));
        return;
      case 2:
        insert(packets, packets[below(packets.size())]);
        return;
      case 3:
        std::swap(packets[below(packets.size())], packets[below(packets.size())]);
        return;
      case 4:
        change_header(packets[below(packets.size())]);
        return;
      case 5:
        splice(packets[below(packets.size())], others);
        return;
      default:
        change_payload(packets[below(packets.size())].payload);
    }
  }

  void change_settings(Bytes& settings) {
    if (below(8) == 0)
      settings[below(settings.size())] = byte();
  }

  bool most_of_the_time() { return below(8) != 0; }

 private:
  std::size_t below(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
  }
  std::ptrdiff_t place(std::size_t count) { return static_cast<std::ptrdiff_t>(below(count)); }
  std::uint8_t byte() { return static_cast<std::uint8_t>(below(256)); }

  void insert(std::vector<Packet>& packets, Packet packet) {
    packets.insert(packets.begin() + place(packets.size() + 1), std::move(packet));
  }

  void change_header(Packet& packet) {
    switch (below(5)) {
      case 0:
        packet.kind = static_cast<std::uint8_t>(below(2) == 0 ? byte() : 16 + below(5));
        return;
      case 1:
        packet.claim = static_cast<std::int64_t>(below(64)) - 32;
        return;
      case 2:
        packet.claim = static_cast<std::int64_t>(random_());
        return;
      case 3:
        packet.intact = !packet.intact;
        return;
      default:
        packet.framed = !packet.framed;
    }
  }

  // The end of another packet behind the start of this one.
  void splice(Packet& packet, const std::vector<Packet>& others) {
    if (others.empty())
      return;
    const Bytes& other = others[below(others.size())].payload;
    const std::size_t at = below(std::min(packet.payload.size(), other.size()) + 1);
    packet.payload.resize(at);
    packet.payload.insert(packet.payload.end(), other.begin() + static_cast<std::ptrdiff_t>(at),
                          other.end());
  }

  // Headers of pictures and of layouts stand in the first bytes: they get their share.
  std::size_t somewhere(const Bytes& bytes) {
    return below(below(2) == 0 ? std::min<std::size_t>(bytes.size(), 24) : bytes.size());
  }

  void change_payload(Bytes& bytes) {
    if (change_ && below(2) == 0) {
      change_(bytes, most_);
      return;
    }
    if (bytes.empty()) {
      bytes.push_back(byte());
      return;
    }
    const std::size_t at = somewhere(bytes);
    static constexpr std::array<std::uint8_t, 10> telling{0, 1, 2, 16, 63, 64, 127, 128, 254, 255};
    switch (below(7)) {
      case 0:
        bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ 1u << below(8));
        return;
      case 1:
        bytes[at] = byte();
        return;
      case 2:
        bytes[at] = telling[below(telling.size())];
        return;
      case 3:
        bytes.resize(at);
        return;
      case 4:
        bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at));
        return;
      case 5:
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), 1 + below(12), byte());
        return;
      default:
        for (std::size_t i = at; i < std::min(bytes.size(), at + 1 + below(32)); i++)
          bytes[i] = byte();
    }
  }

  std::mt19937& random_;
  const ChangeBytes& change_;
  std::size_t most_;
};

}  // namespace

Bytes mutated(ByteSpan input, ByteSpan other, std::size_t most, std::mt19937& random,
              const ChangeBytes& change) {
  Mutation mutation(random, change, most);
  const auto part = [](ByteSpan whole, std::size_t first, std::size_t count) {
    return whole.subspan(std::min(first, whole.size()))
        .first(std::min(count, whole.size() - std::min(first, whole.size())));
  };
  const ByteSpan head = part(input, 0, settings_size);
  Bytes settings(head.begin(), head.end());
  settings.resize(settings_size);
  mutation.change_settings(settings);

  std::vector<Packet> packets = split(part(input, settings_size, input.size()));
  const std::vector<Packet> others = split(part(other, settings_size, other.size()));
  do {
    mutation.change_packets(packets, others);
  } while (random() % 2 == 0);
  if (mutation.most_of_the_time())
    renumber(packets);

  Bytes result = settings;
  const Bytes stream = joined(packets);
  result.insert(result.end(), stream.begin(), stream.end());
  result.resize(std::min(result.size(), most));
  return result;
}

}  // namespace lowrank::fuzz
