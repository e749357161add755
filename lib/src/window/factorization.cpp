// SPDX-License-Identifier: LGPL-2.1-or-later
#include "window/factorization.h"

#include <algorithm>
#include <cmath>

#include "lowrank/rpca.h"
#include "lowrank/svd.h"
#include "svd_methods.h"
#include "window/robust_nmf.h"

namespace lowrank {
namespace {

// Of PcpResult::change. A tenth of it takes two to four times the iterations, and leaves the plate
// as far from the scene as it was.
constexpr double stable_tolerance = 5e-4;

// One part is the scene, the other what light adds to it somewhere.
constexpr Index automatic_nmf_rank = 2;

Index largest_rank(const BackgroundOptions& options, Index rows, Index frames) {
  const Index bound = std::min(rows, frames);
  if (options.rank > 0)
    return std::min<Index>(options.rank, bound);
  switch (options.method) {
    case Method::svd:
    case Method::fixed_rank:
      return 1;
    case Method::nmf:
      return std::min<Index>(automatic_nmf_rank, bound);
    default:
      return bound;
  }
}

PcpOptions pcp_options(const BackgroundOptions& options, Index rows, Index frames,
                       unsigned threads) {
  PcpOptions pcp;
  pcp.lambda = options.lambda;
  pcp.noise = options.noise;
  pcp.max_rank = options.rank > 0 ? largest_rank(options, rows, frames) : 0;
  pcp.threads = threads;
  return pcp;
}

// The share of ‖M‖ that rounding M to 8 bits has left in it as noise, 1/√12 grey levels a sample:
// a residual below it says nothing more of the video.
double rounding_tolerance(ByteView m) {
  constexpr Index chunk = 1 << 15;  // whose sum of squares fits 32 bits
  double squares = 0;
  for (Index j = 0; j < m.cols; j++)
    for (Index first = 0; first < m.rows; first += chunk) {
      std::uint32_t sum = 0;
      for (Index i = first; i < std::min(m.rows, first + chunk); i++)
        sum += static_cast<std::uint32_t>(m(i, j)) * m(i, j);
      squares += sum;
    }
  const double rounding = std::sqrt(static_cast<double>(m.rows) * static_cast<double>(m.cols) / 12);
  return squares > 0 ? std::min(0.01, rounding / std::sqrt(squares)) : 0.01;
}

WindowFactors factorize_by_svd(ByteView m, const BackgroundOptions& options, unsigned threads,
                               const StepFunction& step) {
  Svd svd;
  try {
    const GramSvdOptions gram{threads, [&](double done) { return step(0, done); }};
    svd = gram_svd(m, largest_rank(options, m.rows, m.cols), gram);
  } catch (const Cancelled&) {
    return {{}, {}, 0, true};
  }
  for (Index k = 0; k < svd.u.cols(); k++)
    for (Index i = 0; i < m.rows; i++)
      svd.u(i, k) *= svd.sigma[static_cast<std::size_t>(k)];
  return {std::move(svd.u), std::move(svd.v)};
}

// Of 10 to 50 iterations, so many are done.
double share_of_iterations(int iteration) {
  return 1 - std::exp2(-iteration / 15.0);
}

/// Estimates how much of a pursuit is done. It takes some 10 to 50 iterations; in the later ones of
/// exact PCP the residual falls by about the same factor in each.
class PcpShare {
 public:
  explicit PcpShare(const PcpOptions& options) : exact_(options.noise == 0) {
    logarithm_of_goal_ = std::log(options.tolerance);
  }
  double operator()(const PcpProgress& progress) {
    const double usual = share_of_iterations(progress.iteration);
    if (!exact_ || progress.residual <= 0)
      return usual;
    const double logarithm = std::log(progress.residual);
    if (progress.iteration == 1)
      logarithm_at_first_ = logarithm;
    const double way = logarithm_at_first_ - logarithm_of_goal_;
    return way > 0 ? std::max(usual, (logarithm_at_first_ - logarithm) / way) : usual;
  }

 private:
  bool exact_;
  double logarithm_of_goal_;
  double logarithm_at_first_ = 0;
};

WindowFactors factorize_by_pcp(ByteView m, const BackgroundOptions& options, unsigned threads,
                               const StepFunction& step) {
  PcpOptions pcp = pcp_options(options, m.rows, m.cols, threads);
  pcp.tolerance = options.noise == 0 ? rounding_tolerance(m) : stable_tolerance;
  pcp.progress = [&, share = PcpShare(pcp)](const PcpProgress& progress) mutable {
    return step(progress.iteration, share(progress));
  };
  PcpResult result = principal_component_pursuit(m, pcp);
  return {std::move(result.u), std::move(result.v), result.iterations,
          result.status == PcpStatus::cancelled};
}

FixedRankOptions fixed_rank_options(unsigned threads) {
  FixedRankOptions fixed;
  fixed.tolerance = stable_tolerance;
  fixed.threads = threads;
  return fixed;
}

WindowFactors factorize_by_fixed_rank(ByteView m, const BackgroundOptions& options,
                                      unsigned threads, const StepFunction& step) {
  FixedRankOptions fixed = fixed_rank_options(threads);
  fixed.progress = [&](const PcpProgress& progress) {
    return step(progress.iteration, share_of_iterations(progress.iteration));
  };
  PcpResult result = fixed_rank_decomposition(m, largest_rank(options, m.rows, m.cols), fixed);
  return {std::move(result.u), std::move(result.v), result.iterations,
          result.status == PcpStatus::cancelled};
}

}  // namespace

WindowFactors factorize_window(ByteView m, const BackgroundOptions& options, unsigned threads,
                               const StepFunction& step) {
  switch (options.method) {
    case Method::svd:
      return factorize_by_svd(m, options, threads, step);
    case Method::nmf:
      return factorize_by_nmf(m, largest_rank(options, m.rows, m.cols), threads, step);
    case Method::fixed_rank:
      return factorize_by_fixed_rank(m, options, threads, step);
    default:
      return factorize_by_pcp(m, options, threads, step);
  }
}

std::uint64_t factors_memory(const BackgroundOptions& options, Index rows, Index frames) {
  return static_cast<std::uint64_t>(rows + frames) *
         static_cast<std::uint64_t>(largest_rank(options, rows, frames)) * sizeof(float);
}

std::uint64_t factorization_memory(const BackgroundOptions& options, Index rows, Index frames,
                                   unsigned threads) {
  switch (options.method) {
    case Method::svd:
      return methods::gram_memory(rows, frames, threads) + factors_memory(options, rows, frames);
    case Method::nmf:
      return robust_nmf_memory(rows, frames, largest_rank(options, rows, frames), threads);
    case Method::fixed_rank:
      return fixed_rank_memory(rows, frames, largest_rank(options, rows, frames),
                               fixed_rank_options(threads));
    default:
      return pcp_memory(rows, frames, pcp_options(options, rows, frames, threads));
  }
}

}  // namespace lowrank
