// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "rpcasplit/gray_picture.h"

namespace gst_lowrank {

/// Reads a file as parse_gray_picture() reads bytes. Throws ElementError, RESOURCE/OPEN_READ when
/// there is no such file and STREAM/DECODE when it is not such a picture, with the file's name.
GrayPicture read_gray_picture(const std::string& path);

}  // namespace gst_lowrank
