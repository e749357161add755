// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "check.h"
#include "lowrank/codec.h"

namespace lowrank::codec {

/// Throws std::invalid_argument for limits that let no picture through.
inline void check_limits(const char* caller, const CodecLimits& limits) {
  if (limits.side < 1)
    check::fail(caller, "the limit of a side is " + std::to_string(limits.side) +
                            " pixels, but must be at least 1");
  if (limits.pixels < 1)
    check::fail(caller, "the limit of a picture is " + std::to_string(limits.pixels) +
                            " pixels, but must be at least 1");
}

}  // namespace lowrank::codec
