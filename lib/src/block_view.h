// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "lowrank/tiled_view.h"
#include "row_blocks.h"

namespace lowrank {

/// A matrix that algorithms read a block of rows at a time: one in memory, or one in tiles, whose
/// blocks they are.
template <typename T>
class BlockView {
 public:
  explicit BlockView(MatrixView<const T> m) : whole_(m), blocks_(m.rows, m.cols) {}
  explicit BlockView(const TiledBytes& m) requires(std::is_same_v<T, std::uint8_t>)
      : whole_(m.data, m.rows, m.cols),
        blocks_(RowBlocks::of_height(m.rows, m.height)),
        height_(m.height),
        capacity_(m.capacity) {}

  Index rows() const { return whole_.rows; }
  Index cols() const { return whole_.cols; }
  const RowBlocks& blocks() const { return blocks_; }

  /// The rows of a block, or of a part of one.
  MatrixView<const T> operator[](const RowBlock& block) const {
    if (height_ == 0)
      return whole_.block(block.first, 0, block.count, cols());
    const Index start = block.first / height_ * height_;
    return {whole_.data + start * capacity_ + (block.first - start), block.count, cols(),
            std::min(height_, rows() - start)};
  }

 private:
  MatrixView<const T> whole_;  ///< but for the stride, if in tiles
  RowBlocks blocks_;
  Index height_ = 0;  ///< of a tile
  Index capacity_ = 0;
};

}  // namespace lowrank
