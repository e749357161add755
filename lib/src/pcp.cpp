// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "check.h"
#include "gaussian.h"
#include "lowrank/rpca.h"
#include "pcp/noise.h"
#include "pcp/one_pass_svt.h"
#include "pcp/pages.h"
#include "pcp/problem.h"
#include "products.h"

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

// M as the data term sees it: 0 where an entry is missing.
template <typename T>
class ObservedSource final : public RowSource {
 public:
  ObservedSource(MatrixView<const T> m, ByteView observed)
      : RowSource(m.rows, m.cols), m_(m), observed_(observed) {}

  void fill(const RowBlock& block, float* out) const override {
    for (Index j = 0; j < m_.cols; j++, out += block.count)
      for (Index i = 0; i < block.count; i++)
        out[i] = observed_(block.first + i, j) ? static_cast<float>(m_(block.first + i, j)) : 0.0f;
  }

 private:
  MatrixView<const T> m_;
  ByteView observed_;
};

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
  const double spectral = observed.data ? spectral_norm(ObservedSource<T>(m, observed), pool)
                                        : spectral_norm(ViewSource<T>(m), pool);
  norms.spectral = std::clamp(spectral, norms.largest * 1e-3, norms.frobenius);
  return norms;
}

// For a matrix with at least as many rows as columns.
template <typename T>
PcpResult pursue_tall(MatrixView<const T> m, ByteView observed, double lambda, double noise,
                      const PcpOptions& options) {
  ThreadPool pool(options.threads);
  const Norms norms = norms_of(m, observed, pool);
  if (norms.largest == 0) {
    PcpResult result;
    result.status = PcpStatus::converged;
    result.u = Matrix(m.rows, 0);
    result.v = Matrix(m.cols, 0);
    if (options.keep_sparse)
      result.sparse = Matrix(m.rows, m.cols);
    return result;
  }
  const pcp::Problem<T> problem{
      m, observed, lambda, norms.frobenius, norms.largest, norms.spectral, options, pool};
  return noise > 0 ? pcp::solve_stable(problem, noise) : pcp::solve_exact(problem);
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
  const double bound =
      options.max_rank > 0 ? std::min(n, static_cast<double>(options.max_rank)) : n;
  const RowBlocks blocks(std::max(rows, cols), std::min(rows, cols));
  const double block = static_cast<double>(blocks.height()) * n;

  // Z, which shrinks while the result grows, and the products of thin subspaces; or, of stable PCP,
  // factors and products, which together are no wider than M.
  const double results = 4 * m * (bound + (options.keep_sparse ? n : 0));
  const double exact =
      (pcp::pages_can_be_released ? std::max(4 * m * n, results) : 4 * m * n + results) + m * n / 4;
  const double margin = static_cast<double>(pcp::subspace_margin);
  const double stable = 4 * m * std::min(n, 2 * bound + margin) + results;
  double bytes = options.noise == 0 ? exact : options.noise > 0 ? stable : std::max(exact, stable);
  bytes += options.noise < 0 ? 0x1p23 : 0;  // samples
  if (rows < cols)
    bytes += ((options.keep_sparse ? 8 : 4) + (options.observed.data ? 1 : 0)) * m *
             n;                              // transposed copies
  bytes += 8 * n * n * (6 + threads);        // Gram matrix, its parts, its eigenvectors
  bytes += threads * (20 * block + 0x1p24);  // blocks at hand, and the BLAS's packed panels
  return bytes < 0x1p63 ? static_cast<std::uint64_t>(bytes)
                        : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace lowrank
