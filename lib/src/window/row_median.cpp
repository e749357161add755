// SPDX-License-Identifier: LGPL-2.1-or-later
#include "window/row_median.h"

#include <algorithm>

namespace lowrank {

// Bit by bit the largest number that no more than half of the row is below of, for all rows at
// once.
void row_medians(ByteView values, std::uint8_t* median, std::uint8_t* scratch) {
  std::uint8_t* below = scratch;
  std::fill_n(median, values.rows, std::uint8_t{0});
  const auto half = static_cast<std::uint8_t>(values.cols / 2);
  for (int bit = 128; bit > 0; bit /= 2) {
    std::fill_n(below, values.rows, std::uint8_t{0});
    for (Index j = 0; j < values.cols; j++) {
      const std::uint8_t* column = values.column(j);
      for (Index i = 0; i < values.rows; i++)
        below[i] = static_cast<std::uint8_t>(below[i] + (column[i] < (median[i] | bit)));
    }
    for (Index i = 0; i < values.rows; i++)
      median[i] = static_cast<std::uint8_t>(below[i] <= half ? median[i] | bit : median[i]);
  }
}

}  // namespace lowrank
