// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "lowrank/background.h"
#include "lowrank/matrix_view.h"

namespace lowrank {

/// Bytes that a window takes at its peak: its frames, the factorization, and what is given out.
std::uint64_t memory_of_window(const BackgroundOptions& options, Index rows, Index frames,
                               unsigned threads);

/// Throws MemoryLimitError when so many frames do not fit options.max_memory.
void check_window_memory(const BackgroundOptions& options, const ImageFormat& format, Index frames,
                         unsigned threads);

}  // namespace lowrank
