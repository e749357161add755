// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "lowrank/matrix_view.h"

namespace lowrank {

/// The frames of a window that count where all of them would cost much: 0, step, 2·step …, at most
/// 128 of them.
struct SampledFrames {
  explicit SampledFrames(Index frames)
      : step((frames + 127) / 128), count((frames + step - 1) / step) {}
  Index step;
  Index count;
};

/// The upper median of each row, for at most 255 columns. `scratch` holds a number a row.
void row_medians(ByteView values, std::uint8_t* median, std::uint8_t* scratch);

}  // namespace lowrank
