// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// Marks what liblowrank exports; everything else is hidden.
#if defined(_WIN32)
#if defined(LOWRANK_BUILDING)
#define LOWRANK_API __declspec(dllexport)
#else
#define LOWRANK_API __declspec(dllimport)
#endif
#else
#define LOWRANK_API __attribute__((visibility("default")))
#endif
