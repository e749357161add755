// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "check.h"
#include "lowrank/rpca.h"
#include "packed.h"
#include "pcp/noise.h"
#include "pcp/norms.h"
#include "pcp/one_pass_svt.h"
#include "pcp/pages.h"
#include "pcp/problem.h"
#include "scaled.h"
#include "thread_pool.h"

namespace lowrank {
namespace {

constexpr const char* pursuit_name = "principal_component_pursuit";
constexpr const char* fixed_rank_name = "fixed_rank_decomposition";

void check_options(const char* name, const PcpOptions& options) {
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

// Taken while noise is estimated.
constexpr std::uint64_t sample_bytes = std::uint64_t{1} << 23;

enum class Form : std::uint8_t { exact, stable, fixed_rank };

struct Task {
  const char* name;
  Form form;
  double lambda;
  double level;  // standard deviation of the noise, or the threshold
};

// For a matrix with at least as many rows as columns.
template <typename T>
PcpResult solve_tall(const pcp::Input<T>& input, const Task& task, const PcpOptions& options) {
  ThreadPool pool(options.threads);
  const pcp::Norms norms = pcp::norms_of(input, pool);
  if (norms.largest == 0) {
    PcpResult result;
    result.status = PcpStatus::converged;
    result.u = Matrix(input.m.rows(), 0);
    result.v = Matrix(input.m.cols(), 0);
    if (options.keep_sparse)
      result.sparse = Matrix(input.m.rows(), input.m.cols());
    return result;
  }
  const pcp::Problem<T> problem{input, task.lambda, norms, options, pool};
  switch (task.form) {
    case Form::exact:
      return pcp::solve_exact(problem);
    case Form::stable:
      return pcp::solve_stable(problem, task.level);
    default:
      return pcp::solve_fixed_rank(problem, task.level);
  }
}

template <typename T>
void check_observed(const char* name, MatrixView<const T> m, ByteView observed) {
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
void check_matrix(const char* name, MatrixView<const T> m, ByteView observed) {
  check::shape(name, m);
  if (observed.data)
    check_observed(name, m, observed);
  else
    check::finite(name, m);
}

// The problem is the same for the transpose, and cheaper with the short side as columns.
template <typename T>
PcpResult solve_transposed(MatrixView<const T> m, ByteView observed, const Task& task,
                           const PcpOptions& options) {
  const std::vector<T> tall = transposed<T>(m);
  const std::vector<std::uint8_t> mask =
      observed.data ? transposed<std::uint8_t>(observed) : std::vector<std::uint8_t>();
  const pcp::Input<T> input{BlockView<T>(MatrixView<const T>(tall.data(), m.cols, m.rows)),
                            observed.data ? ByteView(mask.data(), m.cols, m.rows) : ByteView(),
                            RowParts(nullptr, m.cols)};
  PcpResult result = solve_tall(input, task, options);
  std::swap(result.u, result.v);
  if (!result.sparse.empty()) {  // as it is when cancelled
    Matrix sparse(m.rows, m.cols);
    for (Index j = 0; j < m.cols; j++)
      for (Index i = 0; i < m.rows; i++)
        sparse(i, j) = result.sparse(j, i);
    result.sparse = std::move(sparse);
  }
  return result;
}

template <typename T>
PcpResult solve(const pcp::Input<T>& input, MatrixView<const T> m, const Task& task,
                const PcpOptions& options) {
  if (input.parts.shared())
    check::tall(task.name, input.parts, m.cols);
  return input.parts.rows() >= m.cols ? solve_tall(input, task, options)
                                      : solve_transposed(m, input.observed, task, options);
}

// M times a power of two, where squares of its elements, or sums of them, would be no floats.
struct Scaled {
  Matrix m;
  int exponent = 0;  // M is this times 2^exponent; 0: M will do
};

Scaled scaled(FloatView m, ByteView observed, const RowParts& parts) {
  float largest = 0;
  for (Index j = 0; j < m.cols; j++)
    for (Index i = 0; i < m.rows; i++)
      if (!observed.data || observed(i, j))
        largest = std::max(largest, std::abs(m(i, j)));
  largest = static_cast<float>(parts.maximum(static_cast<double>(largest)));
  if (largest == 0 || squares_fit(largest))
    return {};
  const int exponent = std::ilogb(largest);
  return {scaled(m, -exponent), exponent};
}
Scaled scaled(ByteView, ByteView, const RowParts&) {
  return {};
}

// The result in the units of M. The objective grows with the power `degree` of M.
PcpResult rescaled(PcpResult result, int exponent, int degree) {
  scale(result.u, exponent);
  scale(result.sparse, exponent);
  result.objective = std::ldexp(result.objective, degree * exponent);
  result.noise = std::ldexp(result.noise, exponent);
  return result;
}

// What the options ask for, of a checked M.
template <typename T>
Task pursuit(const pcp::Input<T>& input, const PcpOptions& options) {
  const double noise = options.noise < 0 ? pcp::estimate_noise(input) : options.noise;
  const Index longest = std::max(input.parts.rows(), input.m.cols());
  const double lambda =
      options.lambda > 0 ? options.lambda : 1 / std::sqrt(static_cast<double>(longest));
  return {pursuit_name, noise > 0 ? Form::stable : Form::exact, lambda, noise};
}

PcpResult with_noise(PcpResult result, double noise) {
  result.noise = noise;
  return result;
}

template <typename T>
PcpResult pursue(MatrixView<const T> m, const PcpOptions& options) {
  check_options(pursuit_name, options);
  check_matrix(pursuit_name, m, options.observed);
  const pcp::Input<T> input{BlockView<T>(m), options.observed, RowParts(options.reduction, m.rows)};
  if (const Scaled other = scaled(m, options.observed, input.parts); other.exponent != 0) {
    PcpOptions same = options;
    same.noise = std::ldexp(options.noise, -other.exponent);
    return rescaled(pursue(FloatView(other.m), same), other.exponent, 1);
  }
  const Task task = pursuit(input, options);
  return with_noise(solve(input, m, task, options), task.level);
}

PcpOptions common_options(Index rank, const FixedRankOptions& options) {
  return {.tolerance = options.tolerance,
          .max_iterations = options.max_iterations,
          .max_rank = rank,
          .threads = options.threads,
          .keep_sparse = options.keep_sparse,
          .observed = options.observed,
          .progress = options.progress,
          .reduction = options.reduction};
}

void check_fixed_rank(const FixedRankOptions& options, const PcpOptions& common) {
  check_options(fixed_rank_name, common);
  if (!(options.threshold >= 0) || !std::isfinite(options.threshold))
    check::fail(fixed_rank_name, "threshold is " + std::to_string(options.threshold) +
                                     ", but must be positive, or 0 for twice the noise");
}

template <typename T>
Task decomposition(const pcp::Input<T>& input, const FixedRankOptions& options) {
  const double noise = options.threshold > 0 ? options.threshold / 2 : pcp::estimate_noise(input);
  // Without noise any threshold that is small against the matrix serves.
  return {fixed_rank_name, Form::fixed_rank, 1, noise > 0 ? 2 * noise : pcp::small_level(input)};
}

template <typename T>
PcpResult decompose(MatrixView<const T> m, Index rank, const FixedRankOptions& options) {
  const PcpOptions common = common_options(rank, options);
  check_fixed_rank(options, common);
  check_matrix(fixed_rank_name, m, options.observed);
  const pcp::Input<T> input{BlockView<T>(m), options.observed, RowParts(options.reduction, m.rows)};
  check::rank(fixed_rank_name, rank, input.parts.rows(), m.cols);
  if (const Scaled other = scaled(m, options.observed, input.parts); other.exponent != 0) {
    FixedRankOptions same = options;
    same.threshold = std::ldexp(options.threshold, -other.exponent);
    return rescaled(decompose(FloatView(other.m), rank, same), other.exponent, 2);
  }
  const Task task = decomposition(input, options);
  return with_noise(solve(input, m, task, common), task.level / 2);
}

pcp::Input<std::uint8_t> input_of_tiles(const char* name, const TiledBytes& m, ByteView observed,
                                        Reduction* reduction) {
  check::tiles(name, m);
  if (observed.data)
    check_observed(name, ByteView(m.data, m.rows, m.cols), observed);
  const pcp::Input<std::uint8_t> input{BlockView<std::uint8_t>(m), observed,
                                       RowParts(reduction, m.rows)};
  check::tall(name, input.parts, m.cols);
  return input;
}

}  // namespace

PcpResult principal_component_pursuit(FloatView m, const PcpOptions& options) {
  return pursue(m, options);
}

PcpResult principal_component_pursuit(ByteView m, const PcpOptions& options) {
  return pursue(m, options);
}

PcpResult principal_component_pursuit(const TiledBytes& m, const PcpOptions& options) {
  check_options(pursuit_name, options);
  const auto input = input_of_tiles(pursuit_name, m, options.observed, options.reduction);
  const Task task = pursuit(input, options);
  return with_noise(solve_tall(input, task, options), task.level);
}

PcpResult fixed_rank_decomposition(FloatView m, Index rank, const FixedRankOptions& options) {
  return decompose(m, rank, options);
}

PcpResult fixed_rank_decomposition(ByteView m, Index rank, const FixedRankOptions& options) {
  return decompose(m, rank, options);
}

PcpResult fixed_rank_decomposition(const TiledBytes& m, Index rank,
                                   const FixedRankOptions& options) {
  const PcpOptions common = common_options(rank, options);
  check_fixed_rank(options, common);
  const auto input = input_of_tiles(fixed_rank_name, m, options.observed, options.reduction);
  check::rank(fixed_rank_name, rank, input.parts.rows(), m.cols);
  const Task task = decomposition(input, options);
  return with_noise(solve_tall(input, task, common), task.level / 2);
}

std::uint64_t fixed_rank_memory(Index rows, Index cols, Index rank,
                                const FixedRankOptions& options) {
  // The solver is that of stable PCP.
  const std::uint64_t bytes = pcp_memory(rows, cols,
                                         {.max_rank = rank,
                                          .threads = options.threads,
                                          .keep_sparse = options.keep_sparse,
                                          .noise = 1,
                                          .observed = options.observed});
  const bool estimates = bytes > 0 && options.threshold == 0;
  return estimates ? bytes + std::min(sample_bytes, ~bytes) : bytes;
}

std::uint64_t pcp_memory(Index rows, Index cols, const PcpOptions& options) {
  if (rows <= 0 || cols <= 0)
    return 0;
  const auto m = static_cast<double>(std::max(rows, cols));
  const auto n = static_cast<double>(std::min(rows, cols));
  const double threads = thread_count(options.threads);
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
  bytes += options.noise < 0 ? static_cast<double>(sample_bytes) : 0;
  if (rows < cols)
    bytes += ((options.keep_sparse ? 8 : 4) + (options.observed.data ? 1 : 0)) * m *
             n;                              // transposed copies
  bytes += 8 * n * n * (6 + threads);        // Gram matrix, its parts, its eigenvectors
  bytes += 0x1p21;                           // what many small allocations take besides
  bytes += threads * (20 * block + 0x1p24);  // blocks at hand, and the BLAS's packed panels
  return bytes < 0x1p63 ? static_cast<std::uint64_t>(bytes)
                        : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace lowrank
