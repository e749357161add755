// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "lowrank/export.h"

// Version of the library's interface, which is not the project's version. Until it reaches 1.0.0
// any minor step may break source and binary compatibility; the soname carries both numbers.
#define LOWRANK_API_VERSION_MAJOR 0
#define LOWRANK_API_VERSION_MINOR 1
#define LOWRANK_API_VERSION_PATCH 0

namespace lowrank {

/// Version of the loaded library as "major.minor.patch"; the macros above give that of the headers.
LOWRANK_API const char* api_version() noexcept;

}  // namespace lowrank
