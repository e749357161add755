// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace gst_lowrank {

/// Pixels of width and of height of pictures.
inline constexpr int max_size = 16384;

}  // namespace gst_lowrank
