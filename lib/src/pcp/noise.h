// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "pcp/input.h"

namespace lowrank::pcp {

/// Standard deviation of the noise in M, in its units, from differences of adjacent columns; see
/// rpca.h.
template <typename T>
double estimate_noise(const Input<T>& input);

/// A thousandth of the mean absolute observed element.
template <typename T>
double small_level(const Input<T>& input);

}  // namespace lowrank::pcp
