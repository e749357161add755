// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "lowrank/matrix_view.h"

namespace lowrank::pcp {

/// Standard deviation of the noise in M, in its units, from differences of adjacent columns; see
/// rpca.h. `observed` is without data, or of the shape of M and 0 where an entry is missing.
double estimate_noise(FloatView m, ByteView observed);
double estimate_noise(ByteView m, ByteView observed);

/// A thousandth of the mean absolute observed element.
double small_level(FloatView m, ByteView observed);
double small_level(ByteView m, ByteView observed);

}  // namespace lowrank::pcp
