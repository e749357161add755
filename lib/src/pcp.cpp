// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "check.h"
#include "gaussian.h"
#include "lowrank/rpca.h"
#include "pcp/lagrangian.h"
#include "pcp/noise.h"
#include "pcp/stable.h"
#include "pcp/svt.h"

namespace lowrank {
namespace {

constexpr const char* name = "principal_component_pursuit";

void check_options(const PcpOptions& options) {
  const auto number = [](double x) { return std::to_string(x); };
  if (!(options.lambda >= 0) || !std::isfinite(options.lambda))
    check::fail(name, "lambda is " + number(options.lambda) +
                          ", but must be positive, or 0 for 1/sqrt(max(rows, cols))");
  if (!(options.tolerance > 0) || !std::isfinite(options.tolerance))
    check::fail(name, "tolerance is " + number(options.tolerance) + ", but must be positive");
  if (!(options.growth > 1) || !std::isfinite(options.growth))
    check::fail(name, "growth is " + number(options.growth) + ", but must be more than 1");
  if (!std::isfinite(options.noise))
    check::fail(name, "noise is " + number(options.noise) +
                          ", but must be 0 (exact), positive, or negative (estimated)");
  if (options.max_iterations < 1)
    check::fail(name, "max_iterations is " + std::to_string(options.max_iterations) +
                          ", but must be at least 1");
  if (options.max_rank < 0)
    check::fail(name, "max_rank is " + std::to_string(options.max_rank) +
                          ", but must be at least 1, or 0 for no bound");
}

struct Norms {
  double frobenius = 0;
  double largest = 0;   // of the absolute elements
  double spectral = 0;  // a lower bound within some percent
};

// Power iteration; a start in the middle of nowhere is good for the few digits that μ₀ needs.
double spectral_norm(const RowSource& a, ThreadPool& pool) {
  Matrix x(a.cols(), 1);
  Random random(1);
  fill_gaussian(random, x.data(), static_cast<std::size_t>(a.cols()));
  double square = 0;
  for (int i = 0; i < 8; i++) {
    double length = 0;
    for (Index j = 0; j < a.cols(); j++)
      length = std::hypot(length, static_cast<double>(x(j, 0)));
    for (Index j = 0; j < a.cols(); j++)
      x(j, 0) = static_cast<float>(static_cast<double>(x(j, 0)) / length);
    const std::vector<double> y = normal_product(a, x, pool);
    square = 0;
    for (const double value : y)
      square = std::hypot(square, value);
    if (square == 0)
      break;
    std::transform(y.begin(), y.end(), x.data(),
                   [square](double value) { return static_cast<float>(value / square); });
  }
  return std::sqrt(square);
}

template <typename T>
Norms norms_of(MatrixView<const T> m, ByteView observed, ThreadPool& pool) {
  Norms norms;
  double squares = 0;
  for (Index j = 0; j < m.cols; j++) {
    const T* column = m.column(j);
    for (Index i = 0; i < m.rows; i++) {
      if (observed.data && !observed(i, j))
        continue;
      const auto value = static_cast<double>(column[i]);
      squares += value * value;
      norms.largest = std::max(norms.largest, std::abs(value));
    }
  }
  norms.frobenius = std::sqrt(squares);
  if (norms.largest == 0)
    return norms;
  // With L = 0 and no limit this is M, and 0 where an entry is missing.
  pcp::StableStep<T> seen(m, observed, pool);
  seen.set_limit(norms.largest);
  norms.spectral =
      std::clamp(observed.data ? spectral_norm(seen, pool) : spectral_norm(ViewSource<T>(m), pool),
                 norms.largest * 1e-3, norms.frobenius);
  return norms;
}

// True when the iterations are to end, with the status set; `done` says that they converged.
bool ends(PcpResult& result, const PcpOptions& options, bool done) {
  const bool go_on =
      !options.progress || options.progress({result.iterations, result.residual, result.rank()});
  if (done)
    result.status = PcpStatus::converged;
  else if (!go_on)
    result.status = PcpStatus::cancelled;
  else
    return result.iterations >= options.max_iterations;
  return true;
}

// For a matrix with at least as many rows as columns, not all zero.
template <typename T>
PcpResult pursue_stable(MatrixView<const T> m, ByteView observed, double lambda, double noise,
                        const Norms& norms, const PcpOptions& options, ThreadPool& pool) {
  const double goal =
      noise * (std::sqrt(static_cast<double>(m.rows)) + std::sqrt(static_cast<double>(m.cols)));
  const double tolerance = std::max(options.tolerance, 1e-6);
  double mu = std::max(goal, norms.largest / (2 * lambda));
  double pace = 1;  // t of FISTA
  double objective = std::numeric_limits<double>::infinity();
  PcpResult result;
  pcp::StableStep<T> step(m, observed, pool);
  pcp::SingularValueThreshold threshold(m.cols, options.max_rank, pool);
  bool done = false;
  do {
    step.set_limit(lambda * mu);
    pcp::Factors next;
    const double nuclear = threshold.apply(step, mu, next.u, next.v);
    const Index rank = next.u.cols();
    const auto sums = step.advance(std::move(next));
    result.iterations++;
    result.change = std::sqrt(sums.change) / norms.frobenius;
    result.residual = std::sqrt(sums.parts.residual) / norms.frobenius;
    result.objective = nuclear + lambda * sums.parts.sparse + sums.parts.residual / (2 * mu);
    result.sparse_share =
        sums.parts.nonzero / (static_cast<double>(m.rows) * static_cast<double>(m.cols));
    done = mu == goal && result.change <= tolerance;
    // Past a quarter of the columns two more factors would take more than exact PCP does.
    double momentum = 0;
    if (mu > goal || result.objective > objective || rank > m.cols / 4) {
      pace = 1;
    } else {
      const double next_pace = (1 + std::sqrt(1 + 4 * pace * pace)) / 2;
      momentum = (pace - 1) / next_pace;
      pace = next_pace;
    }
    objective = mu > goal ? std::numeric_limits<double>::infinity() : result.objective;
    step.set_momentum(momentum);
    result.u = Matrix(0, rank);  // for rank()
    if (ends(result, options, done))
      break;
    mu = std::max(goal, mu / 2);
  } while (true);
  step.set_limit(lambda * mu);
  if (options.keep_sparse)
    result.sparse = step.sparse();
  pcp::Factors factors = step.take_factors();
  result.u = std::move(factors.u);
  result.v = std::move(factors.v);
  return result;
}

// For a matrix with at least as many rows as columns.
template <typename T>
PcpResult pursue_tall(MatrixView<const T> m, ByteView observed, double lambda, double noise,
                      const PcpOptions& options) {
  ThreadPool pool(options.threads);
  const Norms norms = norms_of(m, observed, pool);
  PcpResult result;
  if (norms.largest == 0) {
    result.status = PcpStatus::converged;
    result.u = Matrix(m.rows, 0);
    result.v = Matrix(m.cols, 0);
    if (options.keep_sparse)
      result.sparse = Matrix(m.rows, m.cols);
    return result;
  }
  if (noise > 0)
    return pursue_stable(m, observed, lambda, noise, norms, options, pool);
  // Past this the rounding of M − L, times μ, would itself reach the bound λ of the multiplier.
  const double mu_limit = lambda / (4 * 0x1p-24 * norms.largest);
  const double mu = std::min(1.25 / norms.spectral, mu_limit);
  const double multiplier = 1 / std::max(norms.spectral, norms.largest / lambda);
  pcp::Lagrangian<T> lagrangian(m, observed, lambda, mu, multiplier, pool);
  pcp::SingularValueThreshold threshold(m.cols, options.max_rank, pool);
  while (true) {
    const double nuclear = threshold.apply(lagrangian, 1 / lagrangian.mu(), result.u, result.v);
    const pcp::UpdateSums sums = lagrangian.update_sparse(result.u, result.v);
    result.iterations++;
    result.residual = std::sqrt(sums.residual) / norms.frobenius;
    result.objective = nuclear + lambda * sums.sparse;
    result.sparse_share =
        sums.nonzero / (static_cast<double>(m.rows) * static_cast<double>(m.cols));
    if (ends(result, options, result.residual <= options.tolerance))
      break;
    lagrangian.set_penalty(std::min(lagrangian.mu() * options.growth, mu_limit));
  }
  if (options.keep_sparse)
    result.sparse = lagrangian.sparse();
  return result;
}

template <typename T>
std::vector<T> transposed(MatrixView<const T> m) {
  std::vector<T> out(static_cast<std::size_t>(m.rows * m.cols));
  for (Index j = 0; j < m.cols; j++)
    for (Index i = 0; i < m.rows; i++)
      out[static_cast<std::size_t>(j + i * m.cols)] = m(i, j);
  return out;
}

template <typename T>
void check_mask(MatrixView<const T> m, ByteView observed) {
  if (observed.rows != m.rows || observed.cols != m.cols || observed.stride < m.rows)
    check::fail(name, "the mask of observed entries is " + std::to_string(observed.rows) + " x " +
                          std::to_string(observed.cols) + " with stride " +
                          std::to_string(observed.stride) + ", but the matrix is " +
                          std::to_string(m.rows) + " x " + std::to_string(m.cols));
  for (Index j = 0; j < m.cols; j++)
    for (Index i = 0; i < m.rows; i++)
      if (observed(i, j) && !std::isfinite(static_cast<float>(m(i, j))))
        check::fail(name, "the matrix holds a value that is not finite at row " +
                              std::to_string(i) + ", column " + std::to_string(j));
}

template <typename T>
PcpResult pursue(MatrixView<const T> m, const PcpOptions& options) {
  check::shape(name, m);
  check_options(options);
  const ByteView observed = options.observed;
  if (observed.data)
    check_mask(m, observed);
  else
    check::finite(name, m);
  const double noise = options.noise < 0 ? pcp::estimate_noise(m, observed) : options.noise;
  const double lambda = options.lambda > 0
                            ? options.lambda
                            : 1 / std::sqrt(static_cast<double>(std::max(m.rows, m.cols)));
  PcpResult result;
  if (m.rows >= m.cols) {
    result = pursue_tall(m, observed, lambda, noise, options);
    result.noise = noise;
    return result;
  }
  // The problem is the same for the transpose, and cheaper with the short side as columns.
  const std::vector<T> tall = transposed(m);
  const std::vector<std::uint8_t> mask =
      observed.data ? transposed(observed) : std::vector<std::uint8_t>();
  result = pursue_tall(MatrixView<const T>(tall.data(), m.cols, m.rows),
                       observed.data ? ByteView(mask.data(), m.cols, m.rows) : ByteView(), lambda,
                       noise, options);
  result.noise = noise;
  std::swap(result.u, result.v);
  if (options.keep_sparse) {
    Matrix sparse(m.rows, m.cols);
    for (Index j = 0; j < m.cols; j++)
      for (Index i = 0; i < m.rows; i++)
        sparse(i, j) = result.sparse(j, i);
    result.sparse = std::move(sparse);
  }
  return result;
}

}  // namespace

PcpResult principal_component_pursuit(FloatView m, const PcpOptions& options) {
  return pursue(m, options);
}

PcpResult principal_component_pursuit(ByteView m, const PcpOptions& options) {
  return pursue(m, options);
}

std::uint64_t pcp_memory(Index rows, Index cols, const PcpOptions& options) {
  if (rows <= 0 || cols <= 0)
    return 0;
  const auto m = static_cast<double>(std::max(rows, cols));
  const auto n = static_cast<double>(std::min(rows, cols));
  const double threads =
      options.threads > 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  const double bound = options.max_rank > 0 ? static_cast<double>(options.max_rank) : n;
  const double size = std::min(n, bound + static_cast<double>(pcp::subspace_margin));
  const RowBlocks blocks(std::max(rows, cols), std::min(rows, cols));
  const double block = static_cast<double>(blocks.height()) * n;

  // Z and u; or, of stable PCP, u before and after a step and, while it is thin, the one before.
  double bytes = 4 * m * n + 4 * m * size;
  if (options.noise > 0)
    bytes = 4 * m * 2.25 * size + 0x1p23;
  else if (options.noise < 0)
    bytes += 4 * m * n / 4 + 0x1p23;  // either, and the samples of the noise's estimate
  if (options.keep_sparse)
    bytes += 4 * m * n;
  if (rows < cols)
    bytes += ((options.keep_sparse ? 8 : 4) + (options.observed.data ? 1 : 0)) * m *
             n;                        // transposed copies
  bytes += 8 * n * n * (6 + threads);  // Gram matrix, its parts, its eigenvectors
  bytes += threads * ((options.noise != 0 ? 32 : 28) * block +
                      0x1p24);  // blocks at hand, and the BLAS's packed panels
  return bytes < 0x1p63 ? static_cast<std::uint64_t>(bytes)
                        : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace lowrank
