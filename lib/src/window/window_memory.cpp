// SPDX-License-Identifier: LGPL-2.1-or-later
#include "window/window_memory.h"

#include <algorithm>
#include <string>

#include "window/factorization.h"
#include "window/overlap.h"
#include "window/plates.h"

namespace lowrank {
namespace {

std::string megabytes(std::uint64_t bytes) {
  return std::to_string((bytes + (1u << 20) - 1) >> 20) + " MiB";
}

int longest_window(const BackgroundOptions& options, Index rows, unsigned threads) {
  int fits = 0;
  int too_long = 1 << 20;
  while (too_long - fits > 1) {
    const int middle = fits + (too_long - fits) / 2;
    (memory_of_window(options, rows, middle, threads) <= options.max_memory ? fits : too_long) =
        middle;
  }
  return fits;
}

}  // namespace

std::uint64_t memory_of_window(const BackgroundOptions& options, Index rows, Index frames,
                               unsigned threads) {
  const auto m = static_cast<std::uint64_t>(rows);
  const auto n = static_cast<std::uint64_t>(frames);
  const Index shared = overlap_of_windows(options.window ? static_cast<int>(frames) : 0);
  const std::uint64_t score_and_mask = 8 * m;
  // The factorization has given back all but its result when the plates are made.
  const std::uint64_t solving = std::max(
      factorization_memory(options, rows, frames, threads),
      factors_memory(options, rows, frames) + plates_memory(rows, frames, shared, threads));
  const std::uint64_t once = m * n + solving + score_and_mask;
  if (options.window == 0)
    return once;
  // The window that fills meanwhile, and plates that wait: those of two windows at the end.
  const std::uint64_t plates = m * n + sizeof(float) * m;
  const std::uint64_t tail = sizeof(std::uint16_t) * m * static_cast<std::uint64_t>(shared);
  return once + m * n + 2 * plates + tail + sizeof(float) * m;
}

void check_window_memory(const BackgroundOptions& options, const ImageFormat& format, Index frames,
                         unsigned threads) {
  const Index rows = format.samples();
  const std::uint64_t needed = memory_of_window(options, rows, frames, threads);
  if (needed <= options.max_memory)
    return;
  const int fitting = longest_window(options, rows, threads);
  const std::string what = options.window ? "a window of " : "the stream, at ";
  throw MemoryLimitError(
      what + std::to_string(frames) + " frames of " + std::to_string(format.width) + "x" +
          std::to_string(format.height) + ", needs " + megabytes(needed) +
          " to be factorized, more than max-memory (" + megabytes(options.max_memory) + "): " +
          (fitting ? "window=" + std::to_string(fitting) + " would fit"
                   : std::string("not even a window of one frame would fit")),
      needed, fitting);
}

}  // namespace lowrank
