// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <random>
#include <vector>

#include "packets.h"

namespace lowrank::fuzz {

/// Changes bytes in place, and may change how many they are, up to a bound.
using ChangeBytes = std::function<void(Bytes&, std::size_t most)>;

/// Makes an input, see stream_input.h, another one of at most `most` bytes: bits and runs of bytes
/// of some packet change, packets are cut, left out, repeated, moved, or come from `other`; with
/// checksums and numbers that are right most of the time. `change`, if there is one, has a share in
/// the changes of bytes.
Bytes mutated(ByteSpan input, ByteSpan other, std::size_t most, std::mt19937& random,
              const ChangeBytes& change = {});

}  // namespace lowrank::fuzz
