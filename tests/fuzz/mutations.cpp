// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mutations.h"

namespace lowrank::fuzz {

void RandomChanges::change_bytes(Bytes& bytes) {
  if (change_ && below(2) == 0) {
    change_(bytes, most_);
    return;
  }
  if (bytes.empty()) {
    bytes.push_back(byte());
    return;
  }
  const std::size_t at =
      below(below(2) == 0 ? std::min<std::size_t>(bytes.size(), 24) : bytes.size());
  const auto there = bytes.begin() + static_cast<std::ptrdiff_t>(at);
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
      bytes.erase(there);
      return;
    case 5:
      bytes.insert(there, 1 + below(12), byte());
      return;
    default:
      for (std::size_t i = at; i < std::min(bytes.size(), at + 1 + below(32)); i++)
        bytes[i] = byte();
  }
}

void RandomChanges::splice(Bytes& bytes, ByteSpan other) {
  const std::size_t at = below(std::min(bytes.size(), other.size()) + 1);
  bytes.resize(at);
  bytes.insert(bytes.end(), other.begin() + static_cast<std::ptrdiff_t>(at), other.end());
}

Bytes mutated(ByteSpan input, ByteSpan other, std::size_t most, std::mt19937& random,
              const ChangeBytes& change) {
  RandomChanges changes(random, change, most);
  const Settings own(input);
  Bytes result(own.bytes.begin(), own.bytes.end());
  if (changes.below(8) == 0)
    result[changes.below(settings_size)] = changes.byte();
  const Bytes rest = mutated_rest(own.rest, Settings(other).rest, changes);
  result.insert(result.end(), rest.begin(), rest.end());
  result.resize(std::min(result.size(), most));
  return result;
}

}  // namespace lowrank::fuzz
