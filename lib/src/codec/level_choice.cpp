// SPDX-License-Identifier: LGPL-2.1-or-later
#include "codec/level_choice.h"

#include <algorithm>

namespace lowrank::codec {
namespace {

std::int64_t square(std::int64_t x) {
  return x * x;
}

/// The components first … first + count − 1.
class Chooser {
 public:
  Chooser(const Coefficients& coefficients, const LevelTask& task, LevelContexts& contexts,
          int first, int count, LevelChoice& choice)
      : c_(coefficients),
        task_(task),
        contexts_(contexts),
        first_(first),
        count_(count),
        around_(task.near, first, count),
        out_(choice) {}

  /// Returns the rank among them, and adds to the cost.
  int choose() {
    int rank = round();
    if (rank > 0) {
      walk(rank);
      const int shorter = best_rank(rank);
      if (shorter < rank && shorter > 0)
        walk(shorter);
      rank = shorter;
    }
    for (int k = first_ + rank; k < first_ + count_; k++)
      out_.levels[at(k)] = 0;
    out_.cost += total(rank);
    return rank;
  }

 private:
  static std::size_t at(int k) { return static_cast<std::size_t>(k); }

  // Nearest levels, at most .45 of a step below; the rank of what is not 0.
  int round() {
    int rank = 0;
    const int most = std::min(first_ + count_, task_.most);
    for (int k = first_; k < first_ + count_; k++) {
      const std::int64_t magnitude = std::abs(c_[at(k)]);
      int level = 0;
      if (k < most)
        level = static_cast<int>(std::min<std::int64_t>(
            (magnitude * 800 + 50 * task_.tradeoff.step) / (100 * task_.tradeoff.step),
            largest_level));
      nearest_[at(k)] = level;
      if (level > 0)
        rank = k - first_ + 1;
    }
    return rank;
  }

  std::int64_t distortion(int k, int magnitude) const {
    return square(std::abs(c_[at(k)]) - coefficient_of(magnitude, task_.tradeoff.step));
  }

  int bits(int k, int magnitude, int rank, const LevelsBeyond& beyond) {
    BitCounter counter;
    LevelCoder coder(counter, contexts_, task_.type, first_, count_);
    coder.level(magnitude, k, rank, around_, beyond);
    return counter.cost;
  }

  // Chooses the levels of a patch of that rank; the last one cannot be 0.
  void walk(int rank) {
    LevelsBeyond beyond;
    for (int k = first_ + rank - 1; k >= first_; k--) {
      const int high = nearest_[at(k)];
      const bool last = k == first_ + rank - 1;
      int chosen = high;
      std::int64_t cost = distortion(k, high) + task_.tradeoff.of_bits(bits(k, high, rank, beyond));
      if (high > (last ? 1 : 0)) {
        const std::int64_t lower =
            distortion(k, high - 1) + task_.tradeoff.of_bits(bits(k, high - 1, rank, beyond));
        if (lower < cost) {
          cost = lower;
          chosen = high - 1;
        }
      }
      costs_[at(k)] = cost;
      out_.levels[at(k)] = static_cast<std::int16_t>(c_[at(k)] < 0 ? -chosen : chosen);
      beyond.add(chosen);
    }
  }

  std::int64_t of_rank(int rank) {
    BitCounter counter;
    LevelCoder coder(counter, contexts_, task_.type, first_, count_);
    coder.rank(rank, task_.near);
    return task_.tradeoff.of_bits(counter.cost);
  }

  std::int64_t total(int rank) {
    std::int64_t sum = of_rank(rank);
    for (int k = first_; k < first_ + count_; k++)
      sum += k < first_ + rank ? costs_[at(k)] : square(c_[at(k)]);
    return sum;
  }

  // The rank, up to the present one, at which all is cheapest.
  int best_rank(int rank) {
    std::int64_t kept = 0;  // of the levels below
    std::int64_t gone = 0;  // of those from here on, as zeros
    for (int k = first_; k < first_ + rank; k++)
      gone += square(c_[at(k)]);
    std::int64_t best = gone + of_rank(0);
    int result = 0;
    for (int k = first_; k < first_ + rank; k++) {
      kept += costs_[at(k)];
      gone -= square(c_[at(k)]);
      if (out_.levels[at(k)] == 0)
        continue;
      const std::int64_t cost = kept + gone + of_rank(k - first_ + 1);
      if (cost < best) {
        best = cost;
        result = k - first_ + 1;
      }
    }
    return result;
  }

  const Coefficients& c_;
  const LevelTask& task_;
  LevelContexts& contexts_;
  int first_;
  int count_;
  NeighborLevels around_;
  LevelChoice& out_;
  std::array<int, components> nearest_{};
  std::array<std::int64_t, components> costs_{};
};

}  // namespace

LevelChoice choose_levels(const Coefficients& coefficients, const LevelTask& task) {
  LevelChoice choice;
  const int count = task.base_rank > 0 ? task.base_rank : components;
  choice.rank = Chooser(coefficients, task, task.contexts, 0, count, choice).choose();
  if (task.base_rank > 0) {
    const int more =
        Chooser(coefficients, task, task.enhancement, count, components - count, choice).choose();
    if (more > 0)
      choice.rank = count + more;
  }
  return choice;
}

}  // namespace lowrank::codec
