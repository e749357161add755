// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lowrank/nmf.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "check.h"
#include "nmf/solver.h"
#include "nmf/start.h"
#include "scaled.h"
#include "thread_pool.h"

namespace lowrank {
namespace {

constexpr const char* name = "nonnegative_matrix_factorization";

std::string text(double x) {
  return std::to_string(x);
}

std::string shape_text(Index rows, Index cols) {
  return std::to_string(rows) + " x " + std::to_string(cols);
}

void check_options(const NmfOptions& options, Index rows, Index cols) {
  if (options.rank < 1 || options.rank > std::min(rows, cols))
    check::fail(name, "rank is " + std::to_string(options.rank) + ", but for a " +
                          shape_text(rows, cols) + " matrix it must be from 1 to " +
                          std::to_string(std::min(rows, cols)));
  if (!(options.tolerance > 0) || !std::isfinite(options.tolerance))
    check::fail(name, "tolerance is " + text(options.tolerance) + ", but must be positive");
  if (options.max_iterations < 1)
    check::fail(name, "max_iterations is " + std::to_string(options.max_iterations) +
                          ", but must be at least 1");
  if (!(options.sparsity >= 0) || !std::isfinite(options.sparsity))
    check::fail(name,
                "sparsity is " + text(options.sparsity) + ", but must be 0, for none, or positive");
}

// `what` holds no NaN and no negative value, and no infinity.
void check_elements(const char* what, FloatView a) {
  for (Index j = 0; j < a.cols; j++) {
    const float* column = a.column(j);
    float least = 0;
    float sum = 0;
#pragma omp simd reduction(min : least) reduction(+ : sum)
    for (Index i = 0; i < a.rows; i++) {
      least = column[i] < least ? column[i] : least;
      sum += column[i] * 0.0f;  // NaN unless finite
    }
    if (least >= 0 && sum == 0)
      continue;
    const float* first = std::find_if(column, column + a.rows,
                                      [](float x) { return !(x >= 0) || !std::isfinite(x); });
    check::fail(name, std::string(what) + " holds " + text(static_cast<double>(*first)) +
                          " at row " + std::to_string(first - column) + ", column " +
                          std::to_string(j) + "; every value must be finite and at least 0");
  }
}
void check_elements(const char*, ByteView) {}

void check_start(FloatView w, Index rows, Index rank) {
  if (!w.data)
    return;
  if (w.rows != rows || w.cols != rank || w.stride < rows)
    check::fail(name, "initial_w is " + shape_text(w.rows, w.cols) + " with stride " +
                          std::to_string(w.stride) + ", but must be rows x rank, " +
                          shape_text(rows, rank));
  check_elements("initial_w", w);
}

void check_parts(const RowParts& parts, Index cols, const NmfOptions& options) {
  check::tall(name, parts, cols);
  if (!options.initial_w.data)
    check::fail(name, "initial_w is missing, which a matrix in tiles or parts asks for");
}

double largest_element(FloatView m) {
  float largest = 0;
  for (Index j = 0; j < m.cols; j++) {
    const float* column = m.column(j);
#pragma omp simd reduction(max : largest)
    for (Index i = 0; i < m.rows; i++)
      largest = column[i] > largest ? column[i] : largest;
  }
  return static_cast<double>(largest);
}
// Of bytes that they may have, if there is another than 0.
double largest_element(ByteView m) {
  for (Index j = 0; j < m.cols; j++)
    if (std::any_of(m.column(j), m.column(j) + m.rows, [](std::uint8_t x) { return x > 0; }))
      return 255;
  return 0;
}

// A power of two that makes the largest element of M at most 1, so that every digit stays as it is.
double scale_for(double largest) {
  return std::exp2(-std::ceil(std::log2(largest)));
}

// Tells the callback how far it is. The steps left are guessed from how fast the distance falls.
class Progress {
 public:
  explicit Progress(const NmfOptions& options) : options_(options) {}

  // False when it is to end.
  bool report(int iterations, double distance, bool last) {
    if (!options_.progress)
      return true;
    double done = static_cast<double>(iterations) / options_.max_iterations;
    if (distance < 1 && distance > 0)
      done = std::max(done, std::log(distance) / std::log(options_.tolerance));
    done_ = last ? 1 : std::clamp(done, done_, 1.0);
    return options_.progress(done_);
  }

 private:
  const NmfOptions& options_;
  double done_ = 0;
};

template <typename T>
void iterate(nmf::Solver<T>& solver, const RowParts& parts, const NmfOptions& options,
             NmfResult& result) {
  Progress progress(options);
  while (true) {
    const bool done = solver.iterate(options.tolerance);
    result.optimality = solver.distance();
    result.iterations++;
    const bool last = done || result.iterations == options.max_iterations;
    const bool go_on = parts.all(progress.report(result.iterations, result.optimality, last));
    result.status = !go_on ? NmfStatus::cancelled
                    : done ? NmfStatus::converged
                           : NmfStatus::iteration_limit;
    if (last || !go_on)
      return;
  }
}

// Columns of W get length 1, and those of H take theirs and the units of M.
void normalize(Matrix& w, Matrix& h, const RowParts& parts, double scale) {
  const std::vector<double> lengths_of_w = nmf::lengths(w, parts);
  const std::vector<double> lengths_of_h = nmf::lengths(h, RowParts(nullptr, h.rows()));
  for (Index k = 0; k < w.cols(); k++) {
    const double of_w = lengths_of_w[static_cast<std::size_t>(k)];
    const bool alive = of_w > 0 && lengths_of_h[static_cast<std::size_t>(k)] > 0;
    const double shrink = alive ? 1 / of_w : 0;
    const double stretch = alive ? of_w / scale : 0;
    for (Index i = 0; i < w.rows(); i++)
      w(i, k) = static_cast<float>(static_cast<double>(w(i, k)) * shrink);
    for (Index i = 0; i < h.rows(); i++)
      h(i, k) = static_cast<float>(static_cast<double>(h(i, k)) * stretch);
  }
}

// Residual and objective of the factors as they are given out.
template <typename T>
void evaluate(const nmf::LongSide<T>& a, double sparsity, double scale, ThreadPool& pool,
              NmfResult& result) {
  const FloatView x = a.wide() ? result.h : result.w;
  const FloatView y = a.wide() ? result.w : result.h;
  const std::vector<float> y_rows = transposed<float>(y);
  std::vector<nmf::ResidualSums> parts(static_cast<std::size_t>(a.blocks().count()));
  ScratchPool<float> scratch(static_cast<std::size_t>(a.blocks().height() * x.cols));
  for_each_block(pool, a.blocks(), [&](const RowBlock& block) {
    const auto rows = scratch.take();
    parts[static_cast<std::size_t>(block.index)] =
        a.residual(block, x, y, y_rows.data(), static_cast<float>(scale), rows.get());
  });
  nmf::ResidualSums sums;
  for (const nmf::ResidualSums& part : parts) {
    sums.data += part.data;
    sums.residual += part.residual;
  }
  double all[] = {sums.data, sums.residual};
  a.parts().sum(all);
  sums = {all[0], all[1]};
  result.residual = std::sqrt(sums.residual / sums.data);
  result.objective = sums.residual / (2 * scale * scale);
  for (Index k = 0; k < result.h.cols(); k++)
    for (Index j = 0; j < result.h.rows(); j++)
      result.objective += sparsity * static_cast<double>(result.h(j, k));
}

// From a W that is given.
template <typename T>
void start_from(FloatView given, const nmf::LongSide<T>& a, const NmfOptions& options,
                nmf::Solver<T>& solver) {
  const RowParts rows = a.wide() ? RowParts(nullptr, given.rows) : a.parts();
  Matrix w = nmf::unit_columns(given, rows, options.seed);
  if (a.wide())
    solver.start_from_short(std::move(w));
  else
    solver.start_from_long(std::move(w));
}

/// Of a matrix that is not all zero; `start(solver)` has it begin.
template <typename T, typename Start>
NmfResult solve(const nmf::LongSide<T>& a, double scale, const NmfOptions& options,
                const Start& start) {
  ThreadPool pool(options.threads);
  nmf::Solver<T> solver(a, options.rank, {scale * options.sparsity, a.wide()}, scale, pool);
  start(solver);
  NmfResult result;
  iterate(solver, a.parts(), options, result);
  result.w = std::move(a.wide() ? solver.y() : solver.x());
  result.h = std::move(a.wide() ? solver.x() : solver.y());
  const RowParts rows_of_w = a.wide() ? RowParts(nullptr, result.w.rows()) : a.parts();
  normalize(result.w, result.h, rows_of_w, scale);
  evaluate(a, options.sparsity, scale, pool, result);
  return result;
}

NmfResult zero(Index rows, Index cols, Index rank) {
  NmfResult result;
  result.status = NmfStatus::converged;
  result.w = Matrix(rows, rank);
  result.h = Matrix(cols, rank);
  return result;
}

template <typename T>
NmfResult factorize(MatrixView<const T> m, const NmfOptions& options);

/// Of numbers so small that their products with others would lose digits, or be none at all.
NmfResult factorize_small(FloatView m, NmfOptions options) {
  constexpr int exponent = 100;
  options.sparsity = std::ldexp(options.sparsity, exponent);
  NmfResult result = factorize(FloatView(scaled(m, exponent)), options);
  scale(result.h, -exponent);
  result.objective = std::ldexp(result.objective, -2 * exponent);
  return result;
}

template <typename T>
NmfResult factorize(MatrixView<const T> m, const NmfOptions& options) {
  check::shape(name, m);
  const RowParts parts(options.reduction, m.rows);
  check_options(options, parts.rows(), m.cols);
  check_elements("the matrix", m);
  check_start(options.initial_w, m.rows, options.rank);
  if (parts.shared())
    check_parts(parts, m.cols, options);
  const double largest = parts.maximum(largest_element(m));
  if (largest == 0)
    return zero(m.rows, m.cols, options.rank);
  if constexpr (std::is_same_v<T, float>) {
    if (largest < 0x1p-100)
      return factorize_small(m, options);
  }
  const double scale = scale_for(largest);
  const bool wide = parts.rows() < m.cols;
  const nmf::LongSide<T> a =
      wide ? nmf::LongSide<T>::of_wide(m) : nmf::LongSide<T>(BlockView<T>(m), parts);
  return solve(a, scale, options, [&](nmf::Solver<T>& solver) {
    if (options.initial_w.data)
      start_from(options.initial_w, a, options, solver);
    else
      solver.start_from_short(nmf::starting_factor(m, options.rank, static_cast<float>(scale),
                                                   options.seed, options.threads));
  });
}

double largest_element(const BlockView<std::uint8_t>& m) {
  for (int i = 0; i < m.blocks().count(); i++)
    if (const double largest = largest_element(m[m.blocks()[i]]); largest > 0)
      return largest;
  return 0;
}

NmfResult factorize(const TiledBytes& m, const NmfOptions& options) {
  check::tiles(name, m);
  const RowParts parts(options.reduction, m.rows);
  check_options(options, parts.rows(), m.cols);
  check_start(options.initial_w, m.rows, options.rank);
  check_parts(parts, m.cols, options);
  const BlockView<std::uint8_t> blocks(m);
  const nmf::LongSide<std::uint8_t> a(blocks, parts);
  const double largest = parts.maximum(largest_element(blocks));
  if (largest == 0)
    return zero(m.rows, m.cols, options.rank);
  return solve(a, scale_for(largest), options, [&](nmf::Solver<std::uint8_t>& solver) {
    start_from(options.initial_w, a, options, solver);
  });
}

}  // namespace

NmfResult nonnegative_matrix_factorization(FloatView m, const NmfOptions& options) {
  return factorize(m, options);
}

NmfResult nonnegative_matrix_factorization(ByteView m, const NmfOptions& options) {
  return factorize(m, options);
}

NmfResult nonnegative_matrix_factorization(const TiledBytes& m, const NmfOptions& options) {
  return factorize(m, options);
}

std::uint64_t nmf_memory(Index rows, Index cols, const NmfOptions& options) {
  if (rows <= 0 || cols <= 0)
    return 0;
  const auto m = static_cast<double>(std::max(rows, cols));
  const auto n = static_cast<double>(std::min(rows, cols));
  const auto r = std::min(n, static_cast<double>(std::max<Index>(options.rank, 1)));
  const double threads = thread_count(options.threads);

  // The factors, and the next one of the long side; copies of the short one, and sums of a pass;
  // parts of these sums, and rows of a block.
  double bytes = 4 * (2 * m + n) * r;
  bytes += 4 * 5 * n * r + 8 * 2 * n * r;
  bytes += threads * 4 * (n * r + r * r + 3 * r);
  bytes += threads * 2 * 4 * std::min(m, 8192.0) * r;
  // The sample for the start, and its SVD, on the basis of r + 10 directions.
  bytes += 4 * std::min(m * n, std::max(0x1p22, std::max(256.0, 4 * r) * n));
  bytes += 16 * (n + std::min(m, std::max(4096.0, 4 * r))) * (r + 10) + 48 * n * (r + 10);
  bytes += 64 * (r + 10) * (r + 10) + threads * 0x1p24;  // and what the BLAS takes
  return bytes < 0x1p63 ? static_cast<std::uint64_t>(bytes)
                        : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace lowrank
