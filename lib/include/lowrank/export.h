// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// LOWRANK_API marks what liblowrank exports; everything else is hidden. LOWRANK_LOCAL hides a part
/// of what is exported.
#if defined(_WIN32)
#if defined(LOWRANK_BUILDING)
#define LOWRANK_API __declspec(dllexport)
#else
#define LOWRANK_API __declspec(dllimport)
#endif
#define LOWRANK_LOCAL
#else
#define LOWRANK_API __attribute__((visibility("default")))
#define LOWRANK_LOCAL __attribute__((visibility("hidden")))
#endif
