// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>
#include <string>
#include <type_traits>
#include <utility>

#include "check.h"
#include "svd_methods.h"

namespace lowrank {
namespace {

constexpr const char* caller = "leading_svd";

// At this residual and above nothing is measured: a step of subspace iteration does.
constexpr double coarse = 0.1;

// Sides beyond this make AᵀA a matrix of some gigabytes.
constexpr Index most_for_gram = 20000;

// Below this many operations none of the methods takes a millisecond or so.
constexpr double little_work = 1e7;

struct Shape {
  double m, n;  // longer and shorter side
  double k;
  bool bytes;
};

// Times in units of an element of A, from measurements (tests/benchmarks/svd.cpp): AᵀA takes n of
// them, the eigenvectors some 10 n²/m more. Bytes go into AᵀA 4 times as fast.
double time_of_gram(const Shape& s) {
  return (s.bytes ? 0.25 : 1) * s.n + 10 * s.n * s.n / s.m + 3 * s.k;
}

// A block of p vectors takes 2p for its products and 25 to read the matrix (bytes: 12); the passes
// are those of video, of which every further digit takes one; some 4 blocks' worth of work is done
// before the first pass and after the last.
double time_of_block_krylov(const Shape& s, double tolerance) {
  const double p = std::min(s.n, s.k + BlockKrylovOptions().oversampling);
  const double passes = std::max(1.0, 1 - std::log10(tolerance));
  return (passes + 1.5) * (2 * p + (s.bytes ? 12 : 25));
}

SvdMethod choose(const Shape& s, double tolerance) {
  if (tolerance == 0.0 || s.m * s.n * s.n <= little_work)
    return SvdMethod::full;
  if (time_of_gram(s) <= time_of_block_krylov(s, std::min(tolerance, coarse)))
    return SvdMethod::gram;
  return tolerance >= coarse ? SvdMethod::randomized : SvdMethod::block_krylov;
}

// Whether the error that squaring leaves in σₖ² is below the tolerance.
bool squares_hold(const Svd& s, double n, double tolerance) {
  const auto first = static_cast<double>(s.sigma.front());
  const double last = std::max(static_cast<double>(s.sigma.back()), methods::least_share * first);
  return 0x1p-53 * n * first * first <= tolerance * last * last;
}

// Tells of an attempt as of a part of the work.
ProgressFunction part_of(const ProgressFunction& progress, double from, double until) {
  if (!progress)
    return {};
  return [&progress, from, until](double done) { return progress(from + done * (until - from)); };
}

LeadingSvd by_full(FloatView a, Index k, const ProgressFunction& progress) {
  return {methods::full(caller, a, k, SvdOptions{progress}), SvdMethod::full, true};
}

LeadingSvd by_full(ByteView a, Index k, const ProgressFunction& progress) {
  Matrix floats(a.rows, a.cols);
  for (Index j = 0; j < a.cols; j++)
    std::copy_n(a.column(j), a.rows, floats.data() + j * a.rows);
  return by_full(floats.view(), k, progress);
}

// `from` is how much of the work is done already.
template <typename T>
LeadingSvd by_gram(MatrixView<const T> a, Index k, const LeadingSvdOptions& options, double from) {
  const double most = from + 0.9 * (1 - from);
  const GramSvdOptions gram{options.threads, part_of(options.progress, from, most)};
  LeadingSvd result{methods::gram(caller, a, k, gram), SvdMethod::gram, true};
  const auto n = static_cast<double>(std::min(a.rows, a.cols));
  if (squares_hold(result, n, options.tolerance))
    return result;
  return by_full(a, k, part_of(options.progress, most, 1));
}

template <typename T>
LeadingSvd by_block_krylov(MatrixView<const T> a, Index k, const LeadingSvdOptions& options) {
  BlockKrylovOptions krylov;
  krylov.tolerance = options.tolerance;
  krylov.seed = options.seed;
  krylov.threads = options.threads;
  krylov.progress = part_of(options.progress, 0, 0.9);
  BlockKrylovSvd result = methods::block_krylov(caller, a, k, krylov);
  if (result.converged || std::min(a.rows, a.cols) > most_for_gram)
    return {std::move(result), SvdMethod::block_krylov, result.converged};
  return by_gram(a, k, options, 0.9);
}

template <typename T>
LeadingSvd by_randomized(MatrixView<const T> a, Index k, const LeadingSvdOptions& options) {
  RandomizedSvdOptions randomized;
  randomized.power_iterations = 1;
  randomized.seed = options.seed;
  randomized.threads = options.threads;
  randomized.progress = options.progress;
  return {methods::randomized(caller, a, k, randomized), SvdMethod::randomized, true};
}

template <typename T>
LeadingSvd by(SvdMethod method, MatrixView<const T> a, Index k, const LeadingSvdOptions& options) {
  switch (method) {
    case SvdMethod::full:
      return by_full(a, k, options.progress);
    case SvdMethod::gram:
      return by_gram(a, k, options, 0);
    case SvdMethod::randomized:
      return by_randomized(a, k, options);
    case SvdMethod::block_krylov:
      break;
  }
  return by_block_krylov(a, k, options);
}

template <typename T>
LeadingSvd leading(MatrixView<const T> a, Index k, const LeadingSvdOptions& options) {
  check::shape(caller, a);
  check::rank(caller, k, a.rows, a.cols);
  if (!(options.tolerance >= 0))
    check::fail(caller,
                "tolerance is " + std::to_string(options.tolerance) + ", but must be at least 0");
  const Shape shape{static_cast<double>(std::max(a.rows, a.cols)),
                    static_cast<double>(std::min(a.rows, a.cols)), static_cast<double>(k),
                    std::is_same_v<T, std::uint8_t>};
  LeadingSvd result = by(choose(shape, options.tolerance), a, k, options);
  // An attempt that was enough has left out what would have followed it.
  if (options.progress && !options.progress(1))
    throw Cancelled(caller);
  return result;
}

}  // namespace

LeadingSvd leading_svd(FloatView a, Index k, const LeadingSvdOptions& options) {
  return leading(a, k, options);
}

LeadingSvd leading_svd(ByteView a, Index k, const LeadingSvdOptions& options) {
  return leading(a, k, options);
}

}  // namespace lowrank
