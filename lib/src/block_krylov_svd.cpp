// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "block_lanczos.h"
#include "iterative_svd.h"
#include "svd_methods.h"

namespace lowrank {
namespace {

void check_options(const char* caller, const BlockKrylovOptions& options) {
  if (!(options.tolerance > 0) || !std::isfinite(options.tolerance))
    check::fail(caller, "tolerance is " + std::to_string(options.tolerance) +
                            ", but must be positive and finite");
  if (options.max_passes < 1)
    check::fail(caller,
                "max_passes is " + std::to_string(options.max_passes) + ", but must be at least 1");
}

// ‖Aᵀu − σv‖/σ, u being Av/σ.
double residual_of(const BlockLanczos::Ritz& ritz, std::size_t i) {
  const double value =
      std::max(ritz.values[i], methods::least_share * methods::least_share * ritz.values[0]);
  return value > 0 ? ritz.residuals[i] / value : 0;
}

double largest_residual(const BlockLanczos::Ritz& ritz, Index k) {
  double largest = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(k); i++)
    largest = std::max(largest, residual_of(ritz, i));
  return largest;
}

// Whether single precision leaves residuals as small as that.
bool rounds_too_coarsely(const BlockLanczos::Ritz& ritz, Index k, double tolerance) {
  const double share = ritz.values[static_cast<std::size_t>(k - 1)] / ritz.values[0];
  return share < std::max(precise_below * precise_below, 5e-8 / tolerance);
}

BlockKrylovSvd iterate_blocks(NormalOperator& normal, Start start, Index k,
                              const BlockKrylovOptions& options, ProgressTracker& progress) {
  BlockKrylovSvd result;
  const Index p = std::ssize(start.basis) / normal.a.cols();
  auto lanczos = std::make_unique<BlockLanczos>(normal, std::move(start.basis));
  BlockLanczos::Ritz ritz;
  while (true) {
    // An estimate: a quarter of what is left, each time.
    progress.stage(0.9 - 0.8 * std::pow(0.75, result.passes + 1), normal.a.rows());
    const bool expanded = lanczos->expand();
    result.passes += expanded ? 1 : 0;
    ritz = lanczos->ritz(p);
    result.residual = expanded ? largest_residual(ritz, k) : 0;
    result.converged = result.residual <= options.tolerance;
    // First of all, for what rounding makes of residuals may look like convergence.
    if (!normal.precise && rounds_too_coarsely(ritz, k, options.tolerance)) {
      normal.precise = true;
      lanczos = std::make_unique<BlockLanczos>(normal, std::move(ritz.vectors));
      continue;
    }
    if (result.converged || result.passes >= options.max_passes)
      break;
  }
  ritz.vectors.resize(static_cast<std::size_t>(normal.a.cols() * k));
  progress.stage(1, normal.a.rows());
  static_cast<Svd&>(result) = rayleigh_ritz(normal, ritz.vectors, k);
  return result;
}

template <typename T>
BlockKrylovSvd leading(const char* caller, MatrixView<const T> a, Index k,
                       const BlockKrylovOptions& options) {
  check_options(caller, options);
  return iterative::leading(caller, a, k, options,
                            [&](NormalOperator& normal, Start start, ProgressTracker& progress) {
                              return iterate_blocks(normal, std::move(start), k, options, progress);
                            });
}

}  // namespace

BlockKrylovSvd methods::block_krylov(const char* caller, FloatView a, Index k,
                                     const BlockKrylovOptions& options) {
  return leading(caller, a, k, options);
}

BlockKrylovSvd methods::block_krylov(const char* caller, ByteView a, Index k,
                                     const BlockKrylovOptions& options) {
  return leading(caller, a, k, options);
}

BlockKrylovSvd block_krylov_svd(FloatView a, Index k, const BlockKrylovOptions& options) {
  return leading("block_krylov_svd", a, k, options);
}

BlockKrylovSvd block_krylov_svd(ByteView a, Index k, const BlockKrylovOptions& options) {
  return leading("block_krylov_svd", a, k, options);
}

}  // namespace lowrank
