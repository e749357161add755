// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <limits>

// The operators new and delete of a program that is built with allocations.cpp, and of all the
// libraries that it loads: they count, and fail when they are told to. Thread-safe.
namespace allocations {

constexpr long never = std::numeric_limits<long>::max();

extern std::atomic<long> plain;    // made
extern std::atomic<long> aligned;  // of stated alignment
extern std::atomic<long> live;     // not given back
extern std::atomic<long> refused;  // since fail_from()

// Of the allocations from now on, counted from 1, `first` to `last` fail.
void fail_from(long first, long last);
void fail_never();

}  // namespace allocations
