// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "codec/patch_contexts.h"

namespace lowrank::codec {

// What the models of key pictures begin with: what they had learned at the end of photographs, by
// the step of the quantiser. The numbers are made by lib/tools/train_codec_contexts.cpp, which
// tells how, and are part of the bitstream.

constexpr int initial_sets = 4;
constexpr int set_of_step(int step_index) {
  return step_index < 15 ? 0 : step_index < 21 ? 1 : step_index < 27 ? 2 : 3;
}

constexpr int level_models = sizeof(LevelContexts) / sizeof(BitModel);
constexpr int mode_models = sizeof(ModeContexts) / sizeof(BitModel);

/// Of each model, in the order of LevelContexts and ModeContexts: the probability of a 1 in 1/4096,
/// times 16, plus half of the count of bits that it stands for.
extern const std::uint16_t initial_levels[initial_sets][level_models];
extern const std::uint16_t initial_modes[initial_sets][mode_models];

/// Models for a slice of a key picture.
PatchContexts initial_contexts(int step_index);

}  // namespace lowrank::codec
