// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>

#include "codec/patch_contexts.h"

// How ranks and levels are coded: from the last level that is not zero to the first, each by what
// is known of those beyond it and of the same components of the patches to the left and above.
// `Bits` is a BitWriter, a BitReader or a BitCounter.
namespace lowrank::codec {

constexpr int longest_rest = 12;  ///< bits of a magnitude less 2, at most
constexpr int largest_level = 2 + (2 << longest_rest) - 1;

/// 0, 1, 2–3, 4–7, 8–15, 16–31, 32–63, 64.
inline int rank_bucket(int rank) {
  return std::bit_width(static_cast<unsigned>(rank));
}

/// What the patches around have.
struct LevelNeighbors {
  const std::uint8_t* left = nullptr;  ///< magnitudes; null at the edge of the slice
  const std::uint8_t* above = nullptr;
  int rank_left = -1;
  int rank_above = -1;
};

inline LevelNeighbors level_neighbors(const PatchMap& map, int x, int y, int first_row) {
  LevelNeighbors n;
  if (x > 0) {
    n.left = map.magnitudes(x - 1, y);
    n.rank_left = map.mode(x - 1, y).rank;
  }
  if (y > first_row) {
    n.above = map.magnitudes(x, y - 1);
    n.rank_above = map.mode(x, y - 1).rank;
  }
  return n;
}

/// Contexts of each component that follow from the neighbours.
class NeighborLevels {
 public:
  /// Of `count` components from `first` on, of which those before `end` are of interest.
  NeighborLevels(const LevelNeighbors& n, int first, int count, int end) {
    static constexpr std::array<std::uint8_t, 9> classes{0, 1, 2, 3, 3, 4, 4, 4, 5};
    const std::uint8_t* a = n.left ? n.left : n.above;
    const std::uint8_t* b = n.above ? n.above : n.left;
    if (!a) {
      near_.fill(0);
      beside_.fill(0);
      return;
    }
    const int scale = n.left && n.above ? 1 : 0;  // a single one stands for both, besides it
    for (int k = first; k < end; k++) {
      int beside = 0;
      if (k + 1 < first + count)
        beside += a[k + 1] + scale * b[k + 1];
      if (k > 0)
        beside += a[k - 1] + scale * b[k - 1];
      const int near = a[k] + b[k] + (beside >> 1);
      near_[static_cast<std::size_t>(k)] = classes[static_cast<std::size_t>(std::min(near, 8))];
      beside_[static_cast<std::size_t>(k)] = static_cast<std::uint8_t>(std::min(beside, 2));
    }
  }
  int near(int k) const { return near_[static_cast<std::size_t>(k)]; }
  int beside(int k) const { return beside_[static_cast<std::size_t>(k)]; }

 private:
  std::array<std::uint8_t, components> near_;
  std::array<std::uint8_t, components> beside_;
};

/// Component, or distance to the last one, on a coarse scale of 12.
inline int band_of(int k) {
  static constexpr std::array<std::uint8_t, components> bands = [] {
    std::array<std::uint8_t, components> table{};
    constexpr int ends[] = {1, 2, 3, 4, 5, 6, 8, 11, 15, 20, 27, 36, 48, 64};
    int band = 0;
    for (int i = 0; i < components; i++) {
      if (i == ends[band])
        band++;
      table[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(band);
    }
    return table;
  }();
  return bands[static_cast<std::size_t>(k)];
}

/// The six magnitudes beyond a component, each at most 4, weighed 3 2 2 1 1 1, on a scale of 8.
class LevelsBeyond {
 public:
  int context() const {
    static constexpr std::array<std::uint8_t, 21> classes{0, 1, 2, 3, 4, 4, 5, 5, 5, 6, 6,
                                                          6, 6, 6, 6, 7, 7, 7, 7, 7, 7};
    const int sum = 3 * last_[0] + 2 * (last_[1] + last_[2]) + last_[3] + last_[4] + last_[5];
    return classes[static_cast<std::size_t>((sum + 1) / 2)];
  }
  void add(int magnitude) {
    for (std::size_t i = 5; i > 0; i--)
      last_[i] = last_[i - 1];
    last_[0] = std::min(magnitude, 4);
  }

 private:
  std::array<int, 6> last_{};
};

/// The models of one level.
struct LevelModels {
  bool last;
  BitModel& zero;
  BitModel& zero_around;
  BitModel& over_one;
  BitModel& over_one_around;
  BitModel& over_two;
  BitModel& over_two_around;
  BitModel* length;
  BitModel* first_bit;
};

/// Codes levels `first` … `first + count − 1` of patches of one type.
template <typename Bits>
class LevelCoder {
 public:
  LevelCoder(Bits& bits, LevelContexts& contexts, LevelType type, int first = 0,
             int count = components)
      : bits_(bits),
        c_(contexts),
        t_(static_cast<std::size_t>(type)),
        first_(first),
        count_(count) {}

  /// Models of the rank's bucket.
  BitModel* rank_models(const LevelNeighbors& n) {
    const auto here = [&](int all) { return std::clamp(all - first_, 0, count_); };
    int left = n.rank_left < 0 ? n.rank_above : n.rank_left;
    int above = n.rank_above < 0 ? left : n.rank_above;
    left = left < 0 ? 3 : rank_bucket(here(left));
    above = above < 0 ? 3 : rank_bucket(here(above));
    return c_.rank[t_][left][above];
  }

  /// Rank among these levels, 0 … count.
  int rank(int rank, const LevelNeighbors& n) {
    const int most = rank_bucket(count_);
    const int wanted = rank_bucket(rank);
    BitModel* models = rank_models(n);
    int bucket = 0;
    while (bucket < most && bits_(wanted > bucket, models[bucket]))
      bucket++;
    if (bucket < 2)
      return bucket;
    int value = 1;
    for (int i = bucket - 2; i >= 0; i--) {
      const bool bit = (rank >> i) & 1;
      const int depth = bucket - 2 - i;
      if (depth < 3)
        value = value << 1 | static_cast<int>(bits_(bit, c_.rank_bits[t_][bucket][value & 7]));
      else
        value = value << 1 | static_cast<int>(bits_.raw(bit, 1));
    }
    return std::min(value, count_);
  }

  /// What a level of a patch of that rank is coded with. The last one is not 0.
  LevelModels models(int k, int rank, const NeighborLevels& around, const LevelsBeyond& beyond) {
    const auto band = static_cast<std::size_t>(band_of(k));
    const int near = around.near(k);
    const int context = beyond.context();
    const bool last = k == first_ + rank - 1;
    const int distance = std::min(7, band_of(first_ + rank - 1 - k));
    const std::size_t group = k == 0 ? 0 : k < 4 ? 1 : 2;
    return {last,
            c_.zero[t_][band][context][distance],
            c_.zero_around[t_][k][near][around.beside(k)],
            c_.over_one[t_][band][context][last],
            c_.over_one_around[t_][k][near],
            c_.over_two[t_][band][context],
            c_.over_two_around[t_][k][near],
            c_.length[t_][group],
            c_.first_bit[t_][group]};
  }

  int level(int value, const LevelModels& m) {
    const int magnitude = std::abs(value);
    if (!m.last && !bits_(magnitude > 0, m.zero, m.zero_around))
      return 0;
    int result = 1;
    if (bits_(magnitude > 1, m.over_one, m.over_one_around)) {
      result = 2;
      if (bits_(magnitude > 2, m.over_two, m.over_two_around))
        result = 3 + rest(magnitude - 3, m);
    }
    return bits_.raw(value < 0, 1) ? -result : result;
  }

 private:
  // Exponential Golomb code with models for the length.
  int rest(int value, const LevelModels& m) {
    const int wanted = std::bit_width(static_cast<unsigned>(value + 1)) - 1;
    int length = 0;
    while (length < longest_rest && bits_(wanted > length, m.length[length]))
      length++;
    int result = 1;
    for (int i = length - 1; i >= 0; i--) {
      const bool bit = ((value + 1) >> i) & 1;
      const bool read = i == length - 1 ? bits_(bit, m.first_bit[length]) : bits_.raw(bit, 1) != 0;
      result = result << 1 | static_cast<int>(read);
    }
    return result - 1;
  }

  Bits& bits_;
  LevelContexts& c_;
  std::size_t t_;
  int first_;
  int count_;
};

/// Codes rank and levels of a patch; returns the rank, relative to `first`.
template <typename Bits>
int code_levels(LevelCoder<Bits>& coder, Levels& levels, int rank, const LevelNeighbors& n,
                int first, int count) {
  rank = coder.rank(rank, n);
  if (rank == 0)
    return 0;
  const NeighborLevels around(n, first, count, first + rank);
  LevelsBeyond beyond;
  for (int k = first + rank - 1; k >= first; k--) {
    auto& level = levels[static_cast<std::size_t>(k)];
    level = static_cast<std::int16_t>(coder.level(level, coder.models(k, rank, around, beyond)));
    beyond.add(std::abs(static_cast<int>(level)));
  }
  return rank;
}

}  // namespace lowrank::codec
