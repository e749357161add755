// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "bytes.h"
#include "rpcasplit/gray_picture.h"

namespace lowrank::fuzz {

/// Reads the picture behind the settings, and checks it; none where it is refused.
std::optional<gst_lowrank::GrayPicture> read_picture(const Settings& input);

}  // namespace lowrank::fuzz
