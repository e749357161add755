// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "lowrank/codec.h"

namespace lowrank::codec {

// Each throws std::invalid_argument with a message that begins with `caller`, names what is wrong
// and says what would be right.

void check_stream(const char* caller, const StreamInfo& info);
void check_options(const char* caller, const EncoderOptions& options, const StreamInfo& info);
void check_picture(const char* caller, const ImageView& picture, const PictureInfo& info,
                   const ImageFormat& expected);

/// Which pictures stand alone, and how they are coded.
struct KeyPolicy {
  int interval = 1;    ///< pictures from one to the next
  int refinement = 0;  ///< how much lower their step index is than that of the others
  constexpr bool operator==(const KeyPolicy&) const = default;
};

/// Of options that were checked.
KeyPolicy key_policy(const EncoderOptions& options, const StreamInfo& info);

}  // namespace lowrank::codec
