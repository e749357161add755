// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

namespace lowrank {

/// The score of a pixel whose residual is just at its threshold; others are in proportion.
constexpr std::uint8_t score_of_threshold = 64;
/// What scores of colour end at; those of gray may reach 255.
constexpr std::uint8_t highest_score = 192;

}  // namespace lowrank
