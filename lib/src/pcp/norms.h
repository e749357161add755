// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "pcp/input.h"
#include "thread_pool.h"

namespace lowrank::pcp {

/// Of the observed entries of a matrix.
struct Norms {
  double frobenius = 0;
  double largest = 0;  ///< of the absolute elements
};

template <typename T>
Norms norms_of(const Input<T>& input, ThreadPool& pool);

/// ‖M‖₂, from below, mostly within some percent; M counts as 0 where it is not observed. For at
/// least as many rows as columns.
template <typename T>
double spectral_norm(const Input<T>& input, ThreadPool& pool);

}  // namespace lowrank::pcp
