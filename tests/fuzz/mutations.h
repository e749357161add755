// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <random>
#include <utility>
#include <vector>

#include "bytes.h"

namespace lowrank::fuzz {

/// Changes bytes in place, and may change how many they are, up to a bound.
using ChangeBytes = std::function<void(Bytes&, std::size_t most)>;

/// What mutations draw, and the changes that all kinds of inputs have in common.
class RandomChanges {
 public:
  RandomChanges(std::mt19937& random, const ChangeBytes& change, std::size_t most)
      : random_(random), change_(change), most_(most) {}

  /// 0 to `count` less 1.
  std::size_t below(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
  }
  std::uint8_t byte() { return static_cast<std::uint8_t>(below(256)); }
  std::uint32_t word() { return static_cast<std::uint32_t>(random_()); }
  bool most_of_the_time() { return below(8) != 0; }

  /// Bits and runs of bytes change, come or go: half of the time in the first bytes, where headers
  /// stand.
  void change_bytes(Bytes& bytes);

  /// The start of `bytes`, and the end of `other` behind it.
  void splice(Bytes& bytes, ByteSpan other);

  /// Any one of them.
  template <typename Items>
  auto& some(Items& items) {
    return items[below(items.size())];
  }
  /// Puts one anywhere among them.
  template <typename Item>
  void insert(std::vector<Item>& items, Item item) {
    const auto place = static_cast<std::ptrdiff_t>(below(items.size() + 1));
    items.insert(items.begin() + place, std::move(item));
  }

  std::size_t most() const { return most_; }

 private:
  std::mt19937& random_;
  const ChangeBytes& change_;
  std::size_t most_;
};

/// Bytes of an input that are worth it. This and the next belong to the kind of input, and are in
/// stream_mutations.cpp, model_mutations.cpp or picture_mutations.cpp.
extern const std::size_t most_input_bytes;

/// Makes what stands behind the settings of an input something else that has a share of the other
/// input's, with checksums that are right most of the time.
Bytes mutated_rest(ByteSpan rest, ByteSpan other, RandomChanges& changes);

/// Makes an input another one of at most `most` bytes, with a share of `other`. `change`, if there
/// is one, has a part in the changes of bytes.
Bytes mutated(ByteSpan input, ByteSpan other, std::size_t most, std::mt19937& random,
              const ChangeBytes& change = {});

}  // namespace lowrank::fuzz
