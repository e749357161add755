// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "codec/patch_state.h"
#include "thread_pool.h"

namespace lowrank::codec {

/// Smooths the edges of patches of a plane, in place, where they look like the quantiser's: a step
/// that is small against `step` (see quantizer.h), between samples that are smooth on either side.
/// Edges inside of a block of 16×16, and between patches that are taken from the same place, stay.
/// First all vertical edges, then all horizontal ones. `strength` 0 … 4, 0 does nothing. After the
/// loop filter of H.264 (List et al., "Adaptive deblocking filter", IEEE Transactions on Circuits
/// and Systems for Video Technology 13(7), 2003).
void deblock(Raster<std::uint8_t>& picture, const PatchMap& map, int step, int strength,
             ThreadPool& pool);

}  // namespace lowrank::codec
