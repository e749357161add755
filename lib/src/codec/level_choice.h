// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "codec/level_syntax.h"
#include "codec/quantizer.h"

namespace lowrank::codec {

/// What a bit may cost in distortion, the sum of squared differences: a tenth of the squared step.
/// Distortion is in 1/64 squared levels, that of coefficients in 1/8.
struct RateDistortion {
  int step;             ///< see quantizer.h
  std::int64_t lambda;  ///< 1/64 squared levels a bit

  explicit RateDistortion(int quantizer_step)
      : step(quantizer_step),
        lambda(static_cast<std::int64_t>(quantizer_step) * quantizer_step / 640) {}
  /// Of bits in 1/256.
  std::int64_t of_bits(int cost) const { return lambda * cost / cost_of_a_bit; }
};

using Coefficients = std::array<std::int32_t, components>;  ///< in 1/8 levels

/// Levels of a patch and what they cost.
struct LevelChoice {
  Levels levels{};
  int rank = 0;
  std::int64_t cost = 0;  ///< distortion of the coefficients, and bits by the Lagrange multiplier
  /// Of the components before the base rank, if there is one, and what their bits cost.
  int rank_before = 0;
  std::int64_t bits_before = 0;
};

/// What levels are coded with.
struct LevelTask {
  const RateDistortion& tradeoff;
  LevelContexts& contexts;     ///< of components before the base rank
  LevelContexts& enhancement;  ///< of the rest
  LevelType type;
  LevelNeighbors near;
  int base_rank;  ///< 0 if they are not kept apart
  int most;       ///< components that may be coded
  bool thorough;  ///< choose again when the rank turns out to be a smaller one
};

/// Chooses the levels with the smallest cost, or nearly so: level by level in the order of coding,
/// each of its two nearest values by what it takes with those before it; and the rank, by the sums
/// of these (after the rate-distortion optimised quantisation of Sullivan, Wiegand, IEEE Signal
/// Processing Magazine 15(6), 1998).
LevelChoice choose_levels(const Coefficients& coefficients, const LevelTask& task);
/// The same for what is added to the picture shown before, whose coefficients are `shown`; those of
/// the loop, and what was chosen for them, are given too. Levels before the base rank are these or
/// others, with which the loop may drift away from the source a little.
LevelChoice choose_from_shown(const Coefficients& loop, const Coefficients& shown,
                              const LevelTask& task, const LevelChoice& of_loop);

}  // namespace lowrank::codec
