// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cstdint>

#include "lowrank/export.h"
#include "lowrank/matrix_view.h"

namespace lowrank {

/// Non-owning view of a matrix of bytes that lies tile after tile. A tile is `height` rows, of
/// which the last one has what is left; its columns lie packed below each other, and there is room
/// for `capacity` of them. An algorithm that passes over blocks of rows so reads memory from its
/// beginning to its end: a file, mapped, may be much larger than what the machine has.
struct TiledBytes {
  const std::uint8_t* data = nullptr;  ///< element (0, 0)
  Index rows = 0;                      ///< of all tiles together
  Index cols = 0;                      ///< that are there
  Index height = 0;    ///< rows of a tile, 1 … 8192; tile_height() says which suit
  Index capacity = 0;  ///< columns that a tile has room for, at least `cols`

  /// Tiles, the last of which may be lower.
  constexpr Index tiles() const { return height > 0 ? (rows + height - 1) / height : 0; }
  /// Rows `tile · height` and following, all columns.
  constexpr ByteView tile(Index tile) const {
    const Index first = tile * height;
    return {data + first * capacity, std::min(height, rows - first), cols};
  }
};

/// The height of tiles that suits a matrix of that shape: about a million elements a tile.
LOWRANK_API Index tile_height(Index rows, Index cols);

}  // namespace lowrank
