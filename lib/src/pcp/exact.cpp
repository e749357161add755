// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "blas.h"
#include "pcp/lagrangian.h"
#include "pcp/one_pass_svt.h"

namespace lowrank::pcp {
namespace {

PcpStatus status(bool done, bool go_on, double dual_residual) {
  // Planted matrices that are recovered end at 0.015 at most, others at 0.026 and more, mostly
  // 0.07.
  constexpr double optimal = 0.02;
  if (!go_on)
    return PcpStatus::cancelled;
  if (!done)
    return PcpStatus::iteration_limit;
  return dual_residual > optimal ? PcpStatus::not_optimal : PcpStatus::converged;
}

/// One iteration is one pass over M and Z: a block of L is made, and with it the block of the next
/// T, which is summed up for the next L before the block leaves the cache. L is not held, so the
/// factors of the result are made by a last iteration, which needs no more of Z.
template <typename T>
class ExactSolver {
 public:
  explicit ExactSolver(const Problem<T>& problem)
      : problem_(problem),
        blocks_(problem.m.blocks()),
        spectral_(bounded_spectral_norm(problem)),
        // Past this the rounding of M − L, times μ, would itself reach the bound λ of the
        // multiplier.
        mu_limit_(problem.lambda / (4 * 0x1p-24 * problem.norms.largest)),
        lagrangian_(problem, blocks_, std::min(1.25 / spectral_, mu_limit_),
                    1 / std::max(spectral_, problem.norms.largest / problem.lambda)),
        svt_(blocks_, problem.parts, problem.m.cols(), problem.options.max_rank,
             problem.m.cols() / 16) {}

  PcpResult solve() {
    const PcpOptions& options = problem_.options;
    PcpResult result;
    prepare();
    double mu = lagrangian_.mu();
    bool done = false;
    while (true) {
      const double mu_after = std::min(mu * options.growth, mu_limit_);
      lagrangian_.begin_step(mu, mu_after);
      const OnePassSvt::Result step = svt_.finish(1 / mu);
      const bool last = done || result.iterations + 1 == options.max_iterations;
      iterate(step, last, result);
      done = done || (is_enough(result.residual) && step.complete);
      const bool go_on = goes_on(problem_, result, step.v.cols());
      if (last || !go_on) {
        result.status = status(done, go_on, result.dual_residual);
        return result;
      }
      mu = mu_after;
    }
  }

 private:
  // Where rounding is all that is left the residual, which falls by `growth` before, stays; more
  // steps would only take the rounding for a part of L.
  bool is_enough(double residual) {
    constexpr double rounding = 16 * 0x1p-24;
    constexpr int patience = 3;
    const bool falls = residual < (1 + 1 / problem_.options.growth) / 2 * least_residual_;
    stays_ = falls || residual > rounding ? 0 : stays_ + 1;
    least_residual_ = std::min(least_residual_, residual);
    return residual <= problem_.options.tolerance || stays_ >= patience;
  }

  static double bounded_spectral_norm(const Problem<T>& problem) {
    return std::clamp(spectral_norm<T>(problem, problem.pool), problem.norms.largest * 1e-3,
                      problem.norms.frobenius);
  }

  // Sums up the first T.
  void prepare() {
    svt_.begin();
    ScratchPool<float> scratch(static_cast<std::size_t>(blocks_.height() * problem_.m.cols()));
    svt_.pass(problem_.pool, [&](const RowBlock& block) {
      const auto t = scratch.take();
      lagrangian_.target(block, t.get());
      svt_.add(block, t.get());
    });
  }

  // The L, S and multiplier steps, and the sums for the next T.
  void iterate(const OnePassSvt::Result& step, bool last, PcpResult& result) {
    const Index n = problem_.m.cols();
    const Index r = step.v.cols();
    if (last)
      prepare_result(step, result);
    else
      svt_.begin();
    std::vector<std::pair<UpdateSums, DualSums>> sums(static_cast<std::size_t>(blocks_.count()));
    ScratchPool<float> scratch(static_cast<std::size_t>(blocks_.height() * (n + r)));
    svt_.pass(problem_.pool, [&](const RowBlock& block) {
      const auto lease = scratch.take();
      float* t = lease.get();
      float* u = t + block.count * n;
      if (step.needs_matrix())
        lagrangian_.target(block, t);
      svt_.rows_of_u(block, step, t, u);
      // L in place of T.
      blas::gemm(blas::Op::none, blas::Op::transpose, block.count, n, r, 1.0f, u, block.count,
                 step.v.data(), n, 0.0f, t, block.count);
      auto& [sum, dual] = sums[static_cast<std::size_t>(block.index)];
      sum = lagrangian_.update(block, t, dual);
      if (last)
        keep_result(block, u, result);
      else
        svt_.add(block, t);
    });
    UpdateSums total;
    DualSums dual;
    for (const auto& [sum, part] : sums) {
      total += sum;
      dual += part;
    }
    double all[] = {total.residual, total.sparse, total.nonzero, dual.moved, dual.multiplier};
    problem_.parts.sum(all);
    total = {all[0], all[1], all[2]};
    dual = {all[3], all[4]};
    result.iterations++;
    result.residual = std::sqrt(total.residual) / problem_.norms.frobenius;
    result.objective = step.nuclear + problem_.lambda * total.sparse;
    result.dual_residual = std::sqrt(dual.moved / std::max(dual.multiplier, 1e-300));
    result.sparse_share = total.nonzero / problem_.elements();
  }

  void prepare_result(const OnePassSvt::Result& step, PcpResult& result) {
    result.v = step.v;
    result.u = Matrix::uninitialized(problem_.m.rows(), step.v.cols());
    avoid_huge_pages(result.u.data(), result.u.rows() * result.u.cols());
    if (problem_.options.keep_sparse)
      result.sparse = Matrix::uninitialized(problem_.m.rows(), problem_.m.cols());
  }

  void keep_result(const RowBlock& block, const float* u, PcpResult& result) {
    copy_rows(u, block, result.u);
    if (problem_.options.keep_sparse)
      lagrangian_.sparse(block, result.sparse.view());
    lagrangian_.release(block);
  }

  const Problem<T>& problem_;
  RowBlocks blocks_;
  double spectral_;
  double mu_limit_;
  Lagrangian<T> lagrangian_;
  OnePassSvt svt_;
  double least_residual_ = std::numeric_limits<double>::infinity();
  int stays_ = 0;  // steps since the residual last fell
};

}  // namespace

template <typename T>
PcpResult solve_exact(const Problem<T>& problem) {
  return ExactSolver<T>(problem).solve();
}

template PcpResult solve_exact(const Problem<float>& problem);
template PcpResult solve_exact(const Problem<std::uint8_t>& problem);

}  // namespace lowrank::pcp
