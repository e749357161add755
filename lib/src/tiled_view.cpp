// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lowrank/tiled_view.h"

#include "row_blocks.h"

namespace lowrank {

Index tile_height(Index rows, Index cols) {
  return RowBlocks(rows, cols).height();
}

}  // namespace lowrank
