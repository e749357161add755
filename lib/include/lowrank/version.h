// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "lowrank/export.h"

/// @file
/// Version of the library's interface, which is not the project's version. Programs keep compiling
/// and running as long as the first number, the one in the soname, stays. What is added raises the
/// second, but a field more in a struct raises the first.

/// That of the soname
#define LOWRANK_API_VERSION_MAJOR 1
/// Raised by what is added, but for fields of structs
#define LOWRANK_API_VERSION_MINOR 0
/// Raised by what is repaired
#define LOWRANK_API_VERSION_PATCH 0

namespace lowrank {

/// Version of the loaded library as "major.minor.patch"; the macros above give that of the headers.
/// Thread-safe.
LOWRANK_API const char* api_version() noexcept;

}  // namespace lowrank
