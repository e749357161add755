// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "picture.h"

namespace gallery {

/// Writes pictures of one size as a film that any page shows: an SVG that holds JPEGs, one after
/// the other for so many seconds each, over and over. Where nothing moves the first one stands.
/// Throws std::runtime_error.
void write_film(const std::vector<Picture>& pictures, double seconds, const std::string& path);

}  // namespace gallery
