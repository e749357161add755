// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "block_view.h"

namespace lowrank {

/// A matrix that can only be read a block of rows at a time, as floats. Algorithms take this in
/// place of a matrix in memory, so bytes are never expanded, and sums of several matrices never
/// formed, as a whole. fill() may run on several threads at once.
class RowSource {
 public:
  virtual ~RowSource() = default;

  const RowBlocks& blocks() const { return blocks_; }
  Index rows() const { return blocks_.rows(); }
  Index cols() const { return cols_; }

  /// Writes the block to `out`, block.count × cols(), columns packed.
  virtual void fill(const RowBlock& block, float* out) const = 0;

  /// Whether the elements are bytes, and the block as bytes if so.
  virtual bool holds_bytes() const { return false; }
  virtual void fill_bytes(const RowBlock&, std::uint8_t*) const {}

 protected:
  RowSource(Index rows, Index cols) : blocks_(rows, cols), cols_(cols) {}
  RowSource(const RowBlocks& blocks, Index cols) : blocks_(blocks), cols_(cols) {}

 private:
  RowBlocks blocks_;
  Index cols_;
};

/// The rows of a matrix in memory or in tiles.
template <typename T>
class ViewSource final : public RowSource {
 public:
  explicit ViewSource(MatrixView<const T> a) : ViewSource(BlockView<T>(a)) {}
  explicit ViewSource(const BlockView<T>& a) : RowSource(a.blocks(), a.cols()), a_(a) {}

  void fill(const RowBlock& block, float* out) const override { copy(block, out); }
  bool holds_bytes() const override { return std::is_same_v<T, std::uint8_t>; }
  void fill_bytes(const RowBlock& block, std::uint8_t* out) const override {
    if constexpr (std::is_same_v<T, std::uint8_t>)
      copy(block, out);
  }

 private:
  template <typename Out>
  void copy(const RowBlock& block, Out* out) const {
    const MatrixView<const T> rows = a_[block];
    for (Index j = 0; j < rows.cols; j++, out += block.count) {
      const T* column = rows.column(j);
      for (Index i = 0; i < block.count; i++)
        out[i] = static_cast<Out>(column[i]);
    }
  }

  BlockView<T> a_;
};

/// The columns of a matrix in memory, as rows.
template <typename T>
class TransposedSource final : public RowSource {
 public:
  explicit TransposedSource(MatrixView<const T> a) : RowSource(a.cols, a.rows), a_(a) {}

  void fill(const RowBlock& block, float* out) const override { copy(block, out); }
  bool holds_bytes() const override { return std::is_same_v<T, std::uint8_t>; }
  void fill_bytes(const RowBlock& block, std::uint8_t* out) const override {
    if constexpr (std::is_same_v<T, std::uint8_t>)
      copy(block, out);
  }

 private:
  // A cache line of the output at a time.
  template <typename Out>
  void copy(const RowBlock& block, Out* out) const {
    constexpr Index line = 64 / sizeof(Out);
    for (Index first = 0; first < block.count; first += line) {
      const T* column = a_.column(block.first + first);
      const Index count = std::min(line, block.count - first);
      for (Index j = 0; j < a_.rows; j++)
        for (Index i = 0; i < count; i++)
          out[first + i + j * block.count] = static_cast<Out>(column[j + i * a_.stride]);
    }
  }

  MatrixView<const T> a_;
};

}  // namespace lowrank
