// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "check.h"
#include "normal_operator.h"
#include "scaled.h"

/// The frame of the functions that find k components by products with AᵀA.
namespace lowrank::iterative {

template <typename T, typename Options>
void check_input(const char* caller, MatrixView<const T> a, Index k, const Options& options) {
  check::shape(caller, a);
  check::rank(caller, k, a.rows, a.cols);
  if (options.oversampling < 0)
    check::fail(caller, "oversampling is " + std::to_string(options.oversampling) +
                            ", but must be at least 0");
  if (std::max(a.rows, a.cols) > std::numeric_limits<int>::max())
    throw std::length_error(std::string(caller) + ": a side of the matrix exceeds 2147483647");
}

/// What leading() does once the input is checked.
template <typename T, typename Options, typename Find>
auto find_leading(const char* caller, MatrixView<const T> a, Index k, const Options& options,
                  ThreadPool& pool, ProgressTracker& progress, const Find& find)
    -> std::invoke_result_t<Find, NormalOperator&, Start, ProgressTracker&> {
  const Index p = k + std::min(options.oversampling, std::min(a.rows, a.cols) - k);
  Start start = make_start(a, k, p, options.seed, pool, progress);
  if constexpr (std::is_same_v<T, float>) {
    if (std::isnan(start.largest))
      check::finite(caller, a);
    if (start.largest > 0 && !squares_fit(start.largest)) {
      const int exponent = std::ilogb(start.largest);
      const Matrix other = scaled(a, -exponent);
      auto result = find_leading(caller, other.view(), k, options, pool, progress, find);
      for (float& sigma : result.sigma)
        sigma = std::ldexp(sigma, exponent);
      return result;
    }
  }
  const auto run = [&](const RowSource& source) {
    const TrackedSource tracked(source, progress);
    NormalOperator normal{tracked, pool, start.precise};
    return find(normal, std::move(start), progress);
  };
  if (a.rows >= a.cols)
    return run(ViewSource<T>(a));
  auto result = run(TransposedSource<T>(a));
  std::swap(result.u, result.v);
  return result;
}

/// Checks, makes a start of k + options.oversampling vectors, and calls find(normal, start,
/// progress), which returns the components of a tall A, in an Svd or what derives from it. A is
/// turned if it is wide, and scaled if its squares would not do.
template <typename T, typename Options, typename Find>
auto leading(const char* caller, MatrixView<const T> a, Index k, const Options& options,
             const Find& find) {
  check_input(caller, a, k, options);
  ThreadPool pool(options.threads);
  ProgressTracker progress(caller, options.progress);
  progress.stage(0.1, a.cols);
  auto result = find_leading(caller, a, k, options, pool, progress, find);
  progress.stage(1);
  return result;
}

}  // namespace lowrank::iterative
