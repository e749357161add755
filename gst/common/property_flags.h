// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

/// What specs of properties have in common.
namespace gst_lowrank {

/// Flags of properties that wait for the next start, of those that may change at any time, of those
/// that controllers may change from frame to frame, and of those that are only read.
inline constexpr auto fixed =
    static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
inline constexpr auto playing = static_cast<GParamFlags>(
    G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
inline constexpr auto live = static_cast<GParamFlags>(playing | GST_PARAM_CONTROLLABLE);
inline constexpr auto read_only =
    static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

/// The most that the properties `threads` take.
inline constexpr guint max_threads = 256;

}  // namespace gst_lowrank
