// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>

#include "thread_pool.h"

namespace lowrank {

constexpr int strip_height = 32;  ///< even, so that strips share no row of subsampled chroma

/// Calls `body(first, last)` for the rows of each strip of an image, on the pool's threads. The
/// strips do not depend on the number of threads.
template <typename Body>
void for_each_strip(ThreadPool& pool, int height, const Body& body) {
  pool.parallel_for((height + strip_height - 1) / strip_height, [&](int strip) {
    const int first = strip * strip_height;
    body(first, std::min(height, first + strip_height));
  });
}

}  // namespace lowrank
