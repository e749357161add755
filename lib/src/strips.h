// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>

#include "lowrank/image.h"
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

/// Calls `body(plane, y)` for each row of each plane likewise.
template <typename Body>
void for_each_row(ThreadPool& pool, const ImageFormat& format, const Body& body) {
  for (int p = 0; p < format.planes(); p++)
    for_each_strip(pool, format.plane_height(p), [&](int first, int last) {
      for (int y = first; y < last; y++)
        body(p, y);
    });
}

}  // namespace lowrank
