// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "block_view.h"
#include "row_parts.h"

namespace lowrank::pcp {

/// M as it was given: the rows that are here.
template <typename T>
struct Input {
  BlockView<T> m;
  ByteView observed;  ///< of the shape of M, 0 where missing; without data when no entry is
  RowParts parts;

  const std::uint8_t* seen(const RowBlock& block, Index j) const {
    return observed.data ? observed.column(j) + block.first : nullptr;
  }
  /// Of all parts.
  double elements() const {
    return static_cast<double>(parts.rows()) * static_cast<double>(m.cols());
  }
};

}  // namespace lowrank::pcp
