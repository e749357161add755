// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "bytes.h"

namespace lowrank::fuzz {

/// What a target does with an input, see Settings; 0 always. Each fuzz_TARGET.cpp has one.
int test_one_input(ByteSpan bytes);

}  // namespace lowrank::fuzz
