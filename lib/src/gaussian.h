// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>

#include "random.h"

namespace lowrank {

/// Fills `values` with independent normal numbers of mean 0 and variance 1: Box and Muller, "A note
/// on the generation of random normal deviates", Annals of Mathematical Statistics 1958. Advances
/// the state of `random`.
template <typename Real>
void fill_gaussian(Random& random, Real* values, std::size_t count) {
  const auto uniform = [&random] {
    // 53 bits, shifted by a half so that 0, which has no logarithm, cannot come out.
    return (static_cast<double>(random.next() >> 11) + 0.5) * 0x1p-53;
  };
  for (std::size_t i = 0; i < count; i += 2) {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    const double angle = 2 * std::numbers::pi * uniform();
    values[i] = static_cast<Real>(radius * std::cos(angle));
    if (i + 1 < count)
      values[i + 1] = static_cast<Real>(radius * std::sin(angle));
  }
}

}  // namespace lowrank
