// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cmath>

namespace lowrank {

/// How far beyond the present point to look, as a share of the last step: the series of Nesterov
/// for convex functions, in the form of Beck, Teboulle, "A fast iterative shrinkage-thresholding
/// algorithm for linear inverse problems", SIAM J. Imaging Sciences 2009.
struct Momentum {
  double share = 0;
  double pace = 1;  ///< t of FISTA

  void restart() { *this = {}; }

  void advance() {
    const double next = (1 + std::sqrt(1 + 4 * pace * pace)) / 2;
    share = (pace - 1) / next;
    pace = next;
  }
};

}  // namespace lowrank
