// SPDX-License-Identifier: LGPL-2.1-or-later
#include "codec/initial_contexts.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>

namespace lowrank::codec {
namespace {

static_assert(sizeof(BitModel) == 4);

template <typename Contexts, std::size_t Count>
void set(const std::uint16_t (&values)[Count], Contexts& contexts) {
  static_assert(sizeof(Contexts) == Count * sizeof(BitModel));
  BitModel models[Count];
  for (std::size_t i = 0; i < Count; i++) {
    models[i].p1 = static_cast<std::uint16_t>(
        std::clamp((values[i] >> 4) * 16 + 8, smallest_probability, largest_probability));
    models[i].count = static_cast<std::uint8_t>(2 * (values[i] & 15));
  }
  std::memcpy(&contexts, models, sizeof models);
}

}  // namespace

PatchContexts initial_contexts(int step_index) {
  const int set_index = set_of_step(step_index);
  PatchContexts contexts;
  set(initial_levels[set_index], contexts.levels);
  set(initial_modes[set_index], contexts.modes);
  // Ranks beyond the base rank are others.
  contexts.enhancement = contexts.levels;
  const LevelContexts fresh;
  std::memcpy(&contexts.enhancement.rank, &fresh.rank, sizeof fresh.rank);
  std::memcpy(&contexts.enhancement.rank_bits, &fresh.rank_bits, sizeof fresh.rank_bits);
  return contexts;
}

}  // namespace lowrank::codec
