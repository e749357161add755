// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "iterative_svd.h"
#include "normal_operator.h"
#include "svd_methods.h"

namespace lowrank {
namespace {

Svd iterate_subspace(NormalOperator& normal, Start start, Index k, int power_iterations,
                     ProgressTracker& progress) {
  // A random start takes a step more to know of A what a sketch knows.
  const int steps = power_iterations + (start.random ? 1 : 0);
  const std::vector<double> first = start.random ? start.basis : std::vector<double>();
  for (int i = 0; i < steps; i++) {
    progress.stage(0.1 + 0.8 * (i + 1) / (steps + 0.5), normal.a.rows());
    const double ratio = iterate(normal, k, start.basis);
    if (i == 0 && start.random && !normal.precise && ratio < precise_below) {
      normal.precise = true;
      start.basis = first;
      i = -1;
    }
  }
  progress.stage(1, normal.a.rows());
  return rayleigh_ritz(normal, start.basis, k);
}

template <typename T>
Svd leading(const char* caller, MatrixView<const T> a, Index k,
            const RandomizedSvdOptions& options) {
  if (options.power_iterations < 0)
    check::fail(caller, "power_iterations is " + std::to_string(options.power_iterations) +
                            ", but must be at least 0");
  return iterative::leading(
      caller, a, k, options, [&](NormalOperator& normal, Start start, ProgressTracker& progress) {
        return iterate_subspace(normal, std::move(start), k, options.power_iterations, progress);
      });
}

}  // namespace

Svd methods::randomized(const char* caller, FloatView a, Index k,
                        const RandomizedSvdOptions& options) {
  return leading(caller, a, k, options);
}

Svd methods::randomized(const char* caller, ByteView a, Index k,
                        const RandomizedSvdOptions& options) {
  return leading(caller, a, k, options);
}

Svd randomized_svd(FloatView a, Index k, const RandomizedSvdOptions& options) {
  return leading("randomized_svd", a, k, options);
}

Svd randomized_svd(ByteView a, Index k, const RandomizedSvdOptions& options) {
  return leading("randomized_svd", a, k, options);
}

}  // namespace lowrank
