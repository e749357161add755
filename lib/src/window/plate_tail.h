// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cstdint>

#include "lowrank/matrix_view.h"

/// How the plates of a window go over into those of the next one: in 1/256 grey level, since
/// rounded to samples they would by whole grey levels, all at once.
namespace lowrank {

inline void keep_tail(const float* l, Index count, std::uint16_t* out) {
  for (Index i = 0; i < count; i++)
    out[i] = static_cast<std::uint16_t>(std::clamp(l[i] * 256 + 0.5f, 0.0f, 65535.0f));
}
inline void fade_from(const std::uint16_t* earlier, float weight, Index count, float* l) {
  for (Index i = 0; i < count; i++)
    l[i] = weight * l[i] + (1 - weight) / 256 * static_cast<float>(earlier[i]);
}
inline void round_to_samples(const float* l, Index count, std::uint8_t* out) {
  for (Index i = 0; i < count; i++)
    out[i] = static_cast<std::uint8_t>(std::clamp(l[i] + 0.5f, 0.0f, 255.0f));
}

}  // namespace lowrank
