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
double rounding_tolerance(const BlockView<std::uint8_t>& m, const RowParts& parts) {
  static_assert(RowBlocks::highest <= 1 << 15);  // whose sum of squares fits 32 bits
  double squares = 0;
  for (int b = 0; b < m.blocks().count(); b++) {
    const ByteView rows = m[m.blocks()[b]];
    for (Index j = 0; j < rows.cols; j++) {
      const std::uint8_t* column = rows.column(j);
      std::uint32_t sum = 0;
      for (Index i = 0; i < rows.rows; i++)
        sum += static_cast<std::uint32_t>(column[i]) * column[i];
      squares += sum;
    }
  }
  parts.sum({&squares, 1});
  const double elements = static_cast<double>(parts.rows()) * static_cast<double>(m.cols());
  return squares > 0 ? std::min(0.01, std::sqrt(elements / 12 / squares)) : 0.01;
}

/// A window that is to be factorized: a ByteView, or TiledBytes and what joins their parts.
template <typename View>
struct Task {
  View m;
  BlockView<std::uint8_t> blocks;
  RowParts parts;
  Reduction* reduction;
  const BackgroundOptions& options;
  unsigned threads;
  const StepFunction& step;

  Index rank() const { return largest_rank(options, parts.rows(), m.cols); }
};

template <typename View>
BackgroundFactors factorize_by_svd(const Task<View>& task) {
  Svd svd;
  bool go_on = true;
  const auto progress = [&](double done) {
    go_on = task.step(0, done) && go_on;
    // Parts that others wait for go on to the end.
    return go_on || task.parts.shared();
  };
  try {
    svd = gram_svd(task.m, task.rank(),
                   {.threads = task.threads, .progress = progress, .reduction = task.reduction});
  } catch (const Cancelled&) {
    go_on = false;
  }
  if (!task.parts.all(go_on))
    return {{}, {}, 0, true};
  for (Index k = 0; k < svd.u.cols(); k++)
    for (Index i = 0; i < svd.u.rows(); i++)
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

BackgroundFactors factors_of(PcpResult result) {
  return {std::move(result.u), std::move(result.v), result.iterations,
          result.status == PcpStatus::cancelled};
}

template <typename View>
BackgroundFactors factorize_by_pcp(const Task<View>& task) {
  PcpOptions pcp = pcp_options(task.options, task.parts.rows(), task.m.cols, task.threads);
  pcp.tolerance =
      task.options.noise == 0 ? rounding_tolerance(task.blocks, task.parts) : stable_tolerance;
  pcp.progress = [&, share = PcpShare(pcp)](const PcpProgress& progress) mutable {
    return task.step(progress.iteration, share(progress));
  };
  pcp.reduction = task.reduction;
  return factors_of(principal_component_pursuit(task.m, pcp));
}

FixedRankOptions fixed_rank_options(unsigned threads) {
  FixedRankOptions fixed;
  fixed.tolerance = stable_tolerance;
  fixed.threads = threads;
  return fixed;
}

template <typename View>
BackgroundFactors factorize_by_fixed_rank(const Task<View>& task) {
  FixedRankOptions fixed = fixed_rank_options(task.threads);
  fixed.progress = [&](const PcpProgress& progress) {
    return task.step(progress.iteration, share_of_iterations(progress.iteration));
  };
  fixed.reduction = task.reduction;
  return factors_of(fixed_rank_decomposition(task.m, task.rank(), fixed));
}

template <typename View>
BackgroundFactors factorize(const Task<View>& task) {
  switch (task.options.method) {
    case Method::svd:
      return factorize_by_svd(task);
    case Method::nmf:
      return factorize_by_nmf(task.blocks, task.rank(), task.threads, task.reduction, task.step);
    case Method::fixed_rank:
      return factorize_by_fixed_rank(task);
    default:
      return factorize_by_pcp(task);
  }
}

}  // namespace

BackgroundFactors factorize_background(ByteView m, const BackgroundOptions& options,
                                       unsigned threads, const StepFunction& step) {
  return factorize(Task<ByteView>{m, BlockView<std::uint8_t>(m), RowParts(nullptr, m.rows), nullptr,
                                  options, threads, step});
}

BackgroundFactors factorize_background(const TiledBytes& m, const BackgroundOptions& options,
                                       Reduction* reduction, const StepFunction& step) {
  return factorize(Task<TiledBytes>{m, BlockView<std::uint8_t>(m), RowParts(reduction, m.rows),
                                    reduction, options, options.threads, step});
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
