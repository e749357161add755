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
        out_(choice) {}

  /// Returns the rank among them, and adds to the cost.
  int choose() {
    int rank = round();
    set_rank_costs();
    std::int64_t cost = 0;
    if (rank > 0) {
      walk(rank);
      const int shorter = best_rank(rank, cost);
      if (task_.thorough && shorter < rank && shorter > 0) {
        walk(shorter);
        best_rank(shorter, cost);
      }
      rank = shorter;
    } else {
      cost = energy_ + of_rank(0);
    }
    for (int k = first_ + rank; k < first_ + count_; k++)
      out_.levels[at(k)] = 0;
    out_.cost += cost;
    return rank;
  }

 private:
  static std::size_t at(int k) { return static_cast<std::size_t>(k); }

  // Nearest levels; the rank of what is not 0.
  int round() {
    const float reciprocal = 8.0f / static_cast<float>(task_.tradeoff.step);
    // The energy of a patch fits 32 bits.
    std::uint32_t energy = 0;
    for (int k = first_; k < first_ + count_; k++) {
      const std::int32_t magnitude = std::abs(c_[at(k)]);
      energy += static_cast<std::uint32_t>(magnitude * magnitude);
      const auto level = static_cast<int>(static_cast<float>(magnitude) * reciprocal + 0.5f);
      nearest_[at(k)] = std::min(level, largest_level);
    }
    energy_ = energy;
    for (int k = std::max(first_, task_.most); k < first_ + count_; k++)
      nearest_[at(k)] = 0;
    int rank = count_;
    while (rank > 0 && nearest_[at(first_ + rank - 1)] == 0)
      rank--;
    return rank;
  }

  std::int64_t distortion(int k, int magnitude) const {
    return square(std::abs(c_[at(k)]) - coefficient_of(magnitude, task_.tradeoff.step));
  }

  // Bits of the rank's bucket by models, those within it by their number.
  void set_rank_costs() {
    LevelCoder coder(counter_, contexts_, task_.type, first_, count_);
    const BitModel* models = coder.rank_models(task_.near);
    int before = 0;
    const int most = rank_bucket(count_);
    for (int bucket = 0; bucket <= most; bucket++) {
      const int end = bucket < most ? cost_of(false, models[bucket].p1) : 0;
      rank_costs_[at(bucket)] =
          task_.tradeoff.of_bits(before + end + std::max(0, bucket - 1) * cost_of_a_bit);
      if (bucket < most)
        before += cost_of(true, models[bucket].p1);
    }
  }
  std::int64_t of_rank(int rank) const { return rank_costs_[at(rank_bucket(rank))]; }

  // Chooses the levels of a patch of that rank; the last one cannot be 0.
  void walk(int rank) {
    const NeighborLevels around(task_.near, first_, count_, first_ + rank);
    LevelCoder coder(counter_, contexts_, task_.type, first_, count_);
    LevelsBeyond beyond;
    for (int k = first_ + rank - 1; k >= first_; k--) {
      const LevelModels models = coder.models(k, rank, around, beyond);
      const auto cost_of_level = [&](int magnitude) {
        counter_.cost = 0;
        coder.level(magnitude, models);
        return distortion(k, magnitude) + task_.tradeoff.of_bits(counter_.cost);
      };
      int chosen = nearest_[at(k)];
      std::int64_t cost = cost_of_level(chosen);
      if (chosen > (models.last ? 1 : 0)) {
        const std::int64_t lower = cost_of_level(chosen - 1);
        if (lower < cost) {
          cost = lower;
          chosen--;
        }
      }
      costs_[at(k)] = cost;
      out_.levels[at(k)] = static_cast<std::int16_t>(c_[at(k)] < 0 ? -chosen : chosen);
      beyond.add(chosen);
    }
  }

  // The rank, up to the present one, at which all is cheapest.
  int best_rank(int rank, std::int64_t& best) const {
    std::int64_t cost = energy_;
    best = cost + of_rank(0);
    int result = 0;
    for (int k = first_; k < first_ + rank; k++) {
      cost += costs_[at(k)] - square(c_[at(k)]);
      if (out_.levels[at(k)] == 0)
        continue;
      const std::int64_t all = cost + of_rank(k - first_ + 1);
      if (all < best) {
        best = all;
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
  LevelChoice& out_;
  BitCounter counter_;
  std::int64_t energy_ = 0;  // of the coefficients
  std::array<int, components> nearest_;
  std::array<std::int64_t, components> costs_;
  std::array<std::int64_t, 8> rank_costs_;
};

// Of the first `count` components.
std::int64_t distortion_before(int count, const Coefficients& coefficients,
                               const LevelChoice& choice, const LevelTask& task) {
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < static_cast<std::size_t>(count); k++)
    sum += square(coefficients[k] - coefficient_of(choice.levels[k], task.tradeoff.step));
  return sum;
}

void choose_beyond(int count, const Coefficients& coefficients, const LevelTask& task,
                   LevelChoice& choice) {
  const int more =
      Chooser(coefficients, task, task.enhancement, count, components - count, choice).choose();
  if (more > 0)
    choice.rank = count + more;
}

}  // namespace

LevelChoice choose_levels(const Coefficients& coefficients, const LevelTask& task) {
  LevelChoice choice;
  const int count = task.base_rank > 0 ? task.base_rank : components;
  choice.rank = Chooser(coefficients, task, task.contexts, 0, count, choice).choose();
  if (task.base_rank > 0) {
    choice.rank_before = choice.rank;
    choice.bits_before = choice.cost - distortion_before(count, coefficients, choice, task);
    choose_beyond(count, coefficients, task, choice);
  }
  return choice;
}

LevelChoice choose_from_shown(const Coefficients& loop, const Coefficients& shown,
                              const LevelTask& task, const LevelChoice& of_loop) {
  const int base = task.base_rank;
  LevelChoice same_base;
  same_base.levels = of_loop.levels;
  same_base.rank = of_loop.rank_before;
  same_base.cost = of_loop.bits_before + distortion_before(base, shown, same_base, task);
  choose_beyond(base, shown, task, same_base);
  const std::int64_t drift_before = distortion_before(base, loop, same_base, task);

  const LevelChoice own = choose_levels(shown, task);
  const std::int64_t drift = distortion_before(base, loop, own, task) - drift_before;
  return own.cost + drift / 4 < same_base.cost ? own : same_base;
}

}  // namespace lowrank::codec
