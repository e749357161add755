// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "lowrank/matrix_view.h"

/// The noise of a row of M: 1.4826 times the median of |M − L|, which foreground in less than half
/// of the frames does not move, in quarters of a grey level, over the sampled frames of the window.
namespace lowrank {

constexpr float residual_steps = 4;  // that a grey level of |M − L| is measured in
constexpr float noise_of_median = 1.4826f / residual_steps;

inline void measure_residual(const std::uint8_t* m, const float* l, Index count,
                             std::uint8_t* out) {
  for (Index i = 0; i < count; i++)
    out[i] = static_cast<std::uint8_t>(
        std::min(std::abs(static_cast<float>(m[i]) - l[i]) * residual_steps + 0.5f, 255.0f));
}

}  // namespace lowrank
