// SPDX-License-Identifier: LGPL-2.1-or-later
//
// PNG and PGM pictures. Chunks of PNG change, come, go, and change places, with checksums that are
// right most of the time; of PGM the words of the header.
#include <algorithm>
#include <string>
#include <utility>

#include "crc32.h"
#include "mutations.h"

namespace lowrank::fuzz {
namespace {

constexpr std::array<std::uint8_t, 8> signature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

struct Chunk {
  Bytes type_and_data;     ///< four bytes of type first
  std::int64_t claim = 0;  ///< the size that it says, less that of the data
  bool intact = true;
};

constexpr std::size_t type_size = 4;

std::uint32_t number_at(ByteSpan bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
         std::uint32_t{bytes[2]} << 8 | bytes[3];
}

void append_number(Bytes& bytes, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<std::uint8_t>(number >> shift));
}

bool is_png(ByteSpan bytes) {
  return bytes.size() >= signature.size() &&
         std::equal(signature.begin(), signature.end(), bytes.begin());
}

std::vector<Chunk> split(ByteSpan bytes) {
  std::vector<Chunk> chunks;
  bytes = bytes.subspan(signature.size());
  while (bytes.size() >= 4 + type_size) {
    const std::uint64_t size = number_at(bytes);
    bytes = bytes.subspan(4);
    const std::size_t present = std::min<std::uint64_t>(type_size + size, bytes.size());
    Chunk chunk;
    chunk.type_and_data.assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(present));
    bytes = bytes.subspan(std::min(present + 4, bytes.size()));
    chunks.push_back(std::move(chunk));
  }
  return chunks;
}

Bytes joined(const std::vector<Chunk>& chunks) {
  Bytes bytes(signature.begin(), signature.end());
  for (const Chunk& chunk : chunks) {
    const std::size_t size = std::max(chunk.type_and_data.size(), type_size) - type_size;
    append_number(bytes, static_cast<std::uint32_t>(static_cast<std::int64_t>(size) + chunk.claim));
    bytes.insert(bytes.end(), chunk.type_and_data.begin(), chunk.type_and_data.end());
    append_number(bytes, png_crc32(chunk.type_and_data) ^ (chunk.intact ? 0u : 1u));
  }
  return bytes;
}

void change_header(Bytes& header, RandomChanges& random) {
  static constexpr std::array<std::uint8_t, 5> depths{1, 2, 4, 8, 16};
  static constexpr std::array<std::uint8_t, 5> colors{0, 2, 3, 4, 6};
  switch (random.below(4)) {
    case 0:
      header[type_size + 8] = depths[random.below(depths.size())];
      return;
    case 1:
      header[type_size + 9] = colors[random.below(colors.size())];
      return;
    case 2:
      header[type_size + 12] ^= 1;  // interlaced
      return;
    default:
      header[type_size + random.below(8)] = static_cast<std::uint8_t>(random.below(66));
  }
}

void change_chunks(std::vector<Chunk>& chunks, const std::vector<Chunk>& others,
                   RandomChanges& random) {
  switch (random.below(chunks.empty() ? 1 : 10)) {
    case 0:
      if (!others.empty())
        random.insert(chunks, random.some(others));
      return;
    case 1:
      chunks.erase(chunks.begin() + static_cast<std::ptrdiff_t>(random.below(chunks.size())));
      return;
    case 2:
      std::swap(random.some(chunks), random.some(chunks));
      return;
    case 3:
      random.some(chunks).claim = static_cast<std::int64_t>(random.below(64)) - 32;
      return;
    case 4:
      random.some(chunks).intact = false;
      return;
    case 5:
    case 6:
      if (chunks[0].type_and_data.size() >= type_size + 13)
        change_header(chunks[0].type_and_data, random);
      return;
    case 7:
      if (!others.empty())
        random.splice(random.some(chunks).type_and_data, random.some(others).type_and_data);
      return;
    default:
      random.change_bytes(random.some(chunks).type_and_data);
  }
}

void change_pgm(Bytes& bytes, ByteSpan other, RandomChanges& random) {
  static const std::array<std::string, 14> words{
      "P2",        "P5\n",    " 0 ",   " 1 ",    " 2 3\n", "255\n",
      "256 ",      "65535\n", "65536", "16384 ", "16385 ", "99999999999999999999 ",
      "# zones\n", "#"};
  switch (random.below(4)) {
    case 0: {
      const std::string& word = words[random.below(words.size())];
      const std::size_t at = random.below(std::min<std::size_t>(bytes.size(), 24) + 1);
      const auto there = bytes.begin() + static_cast<std::ptrdiff_t>(at);
      if (random.below(2) == 0)
        bytes.insert(there, word.begin(), word.end());
      else
        std::copy_n(word.begin(), std::min(word.size(), bytes.size() - at), there);
      return;
    }
    case 1:
      random.splice(bytes, other);
      return;
    default:
      random.change_bytes(bytes);
  }
}

}  // namespace

const std::size_t most_input_bytes = 4 * 1024;

Bytes mutated_rest(ByteSpan rest, ByteSpan other, RandomChanges& random) {
  if (!is_png(rest)) {
    Bytes bytes(rest.begin(), rest.end());
    do {
      change_pgm(bytes, other, random);
    } while (random.below(2) == 0);
    return bytes;
  }
  std::vector<Chunk> chunks = split(rest);
  const std::vector<Chunk> others = is_png(other) ? split(other) : std::vector<Chunk>();
  do {
    change_chunks(chunks, others, random);
  } while (random.below(2) == 0);
  return joined(chunks);
}

}  // namespace lowrank::fuzz
