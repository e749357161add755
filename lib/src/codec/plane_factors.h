// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "lowrank/image.h"
#include "thread_pool.h"

namespace lowrank::codec {

/// A plane as a sum of components in integers. The sample at (x, y) is
///
///     (scale · Σᵢ column(i)[y] · row(i)[x] + 2^(fraction − 1)) >> fraction
///
/// held to 0 … 255, with products and sums modulo 2⁶⁴ that are read as two's complement.
struct PlaneFactors {
  int scale = 1;     ///< 1 … 255
  int fraction = 1;  ///< 1 … 62

  struct Component {
    std::vector<std::int32_t> column;  ///< an element for each row of the plane, below 2²⁰
    int shift = 0;                     ///< 0 … 27, that has been applied to `row`
    std::vector<std::int32_t> row;     ///< an element for each column of the plane, below 2²⁸
  };
  std::vector<Component> components;
};

void reconstruct(const PlaneFactors& factors, MutablePlaneView plane, ThreadPool& pool);

}  // namespace lowrank::codec
