// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "blas.h"
#include "momentum.h"
#include "pcp/elementwise.h"
#include "pcp/one_pass_svt.h"
#include "pcp/pages.h"
#include "pcp/problem.h"

namespace lowrank::pcp {
namespace {

void product(const RowBlock& block, const Matrix& u, const Matrix& v, float* out) {
  if (v.cols() == 0)
    std::fill_n(out, block.count * v.rows(), 0.0f);
  else
    blas::gemm(blas::Op::none, blas::Op::transpose, block.count, v.rows(), v.cols(), 1.0f, u.data(),
               block.count, v.data(), v.rows(), 0.0f, out, block.count);
}

/// L = U·vᵀ with the rows of U block by block, so that a block may be replaced by itself.
struct Factors {
  std::vector<Matrix> u;
  Matrix v;

  Factors(int blocks, Index cols) : u(static_cast<std::size_t>(blocks)), v(cols, 0) {}

  void rows(const RowBlock& block, float* l) const {
    product(block, u[static_cast<std::size_t>(block.index)], v, l);
  }
};

/// Stable PCP without S, which is M − L shrunk by λμ for every L: what is left to minimize is
/// ‖L‖* and a smooth term, whose gradient is −clip(M − L, ±λμ)/μ over the observed entries. The
/// step of length μ from the point Y = L + β(L − L'), L' being the L before, goes to T = Y + clip(M
/// − Y, ±λμ), of which the singular values are then shrunk by μ.
///
/// One iteration is one pass over M: a block of L is made, then the block of the next T, which is
/// summed up for the next L. Of L only factors are held.
///
/// Without shrinking, singular values beyond options.max_rank are cut off in its place, which is
/// the same step for a bound on the rank.
template <typename T>
class StableSolver {
 public:
  StableSolver(const Problem<T>& problem, double goal, bool shrink)
      : problem_(problem),
        goal_(goal),
        shrink_(shrink),
        blocks_(problem.m.blocks()),
        svt_(blocks_, problem.parts, problem.m.cols(), problem.options.max_rank,
             kept_columns(problem)),
        l_(blocks_.count(), problem.m.cols()),
        before_(blocks_.count(), problem.m.cols()) {}

  PcpResult solve() {
    const PcpOptions& options = problem_.options;
    const double tolerance = std::max(options.tolerance, 1e-6);
    PcpResult result;
    double mu = std::max(goal_, problem_.norms.largest / (2 * problem_.lambda));
    prepare(mu);
    while (true) {
      const OnePassSvt::Result step = svt_.finish(shrink_ ? mu : 0);
      const double mu_after = std::max(goal_, mu / 2);
      iterate(step, mu, mu_after, result);
      const bool done = mu == goal_ && step.complete && result.change <= tolerance;
      const bool go_on = goes_on(problem_, result, step.v.cols());
      if (done || !go_on || result.iterations == options.max_iterations) {
        result.status = !go_on ? PcpStatus::cancelled
                        : done ? PcpStatus::converged
                               : PcpStatus::iteration_limit;
        if (result.status != PcpStatus::cancelled)
          finish(mu, result);
        return result;
      }
      choose_momentum(mu, result.objective);
      mu = mu_after;
    }
  }

 private:
  // Products that are kept spare two others. Who bounds the rank asks for little memory first; L'
  // in their place takes less.
  static Index kept_columns(const Problem<T>& problem) {
    return problem.options.max_rank > 0 ? problem.m.cols() / 32 : problem.m.cols();
  }

  // Sums up the first T, from L = 0.
  void prepare(double mu) {
    scales_.next_limit = static_cast<float>(problem_.lambda * mu);
    svt_.begin();
    ScratchPool<float> scratch(area(1));
    svt_.pass(problem_.pool, [&](const RowBlock& block) {
      const auto t = scratch.take();
      target(block, nullptr, t.get());
      svt_.add(block, t.get());
    });
  }

  // T of this step anew, where it is needed once more; `before` is scratch.
  void target(const RowBlock& block, float* before, float* t) const {
    const Index n = problem_.m.cols();
    l_.rows(block, t);
    if (scales_.momentum != 0) {
      before_.rows(block, before);
      for (Index i = 0; i < block.count * n; i++)
        t[i] += scales_.momentum * (t[i] - before[i]);
    }
    const MatrixView<const T> m = problem_.m[block];
    for (Index j = 0; j < n; j++)
      step(m.column(j), problem_.seen(block, j), block.count, scales_.next_limit,
           t + j * block.count);
  }

  void iterate(const OnePassSvt::Result& step, double mu, double mu_after, PcpResult& result) {
    const Index n = problem_.m.cols();
    const Index r = step.v.cols();
    svt_.begin();
    // Where T is needed again it is made from L and L'. Where they would take more than exact PCP
    // does, it goes without momentum.
    const bool again = svt_.needs_matrix();
    if (again && r > n / 4)
      momentum_.share = 0;
    const ProximalScales scales{static_cast<float>(problem_.lambda * mu),
                                static_cast<float>(momentum_.share),
                                static_cast<float>(problem_.lambda * mu_after)};
    std::vector<ProximalSums> sums(static_cast<std::size_t>(blocks_.count()));
    ScratchPool<float> scratch(area(2));
    svt_.pass(problem_.pool, [&](const RowBlock& block) {
      const auto lease = scratch.take();
      float* t = lease.get();
      float* before = t + block.count * n;
      if (step.needs_matrix())
        target(block, before, t);
      Matrix u = Matrix::uninitialized(block.count, r);
      svt_.rows_of_u(block, step, t, u.data());
      l_.rows(block, before);
      replace(block, std::move(u), again && momentum_.share != 0);
      product(block, l_.u[static_cast<std::size_t>(block.index)], step.v, t);
      ProximalSums& sum = sums[static_cast<std::size_t>(block.index)];
      const MatrixView<const T> m = problem_.m[block];
      for (Index j = 0; j < n; j++) {
        const ProximalSums one =
            advance(m.column(j), problem_.seen(block, j), before + j * block.count, block.count,
                    scales, t + j * block.count);
        sum.parts += one.parts;
        sum.moved += one.moved;
      }
      svt_.add(block, t);
    });
    scales_ = scales;
    before_.v = std::exchange(l_.v, step.v);
    summarize(sums, step.nuclear, mu, result);
  }

  void replace(const RowBlock& block, Matrix u, bool keep) {
    const auto i = static_cast<std::size_t>(block.index);
    std::swap(l_.u[i], u);
    before_.u[i] = keep ? std::move(u) : Matrix();
  }

  void summarize(const std::vector<ProximalSums>& sums, double nuclear, double mu,
                 PcpResult& result) const {
    ProximalSums total;
    for (const ProximalSums& sum : sums) {
      total.parts += sum.parts;
      total.moved += sum.moved;
    }
    double all[] = {total.parts.residual, total.parts.sparse, total.parts.nonzero, total.moved};
    problem_.parts.sum(all);
    total = {{all[0], all[1], all[2]}, all[3]};
    result.iterations++;
    result.change = std::sqrt(total.moved) / problem_.norms.frobenius;
    result.residual = std::sqrt(total.parts.residual) / problem_.norms.frobenius;
    result.objective = (shrink_ ? nuclear : 0) + problem_.lambda * total.parts.sparse +
                       total.parts.residual / (2 * mu);
    result.sparse_share = total.parts.nonzero / problem_.elements();
  }

  // β for the step after the next one; the T of the next is summed up already.
  void choose_momentum(double mu, double objective) {
    if (mu > goal_) {
      // On the way L moves on with every μ, so that some momentum pays, and more of it from the
      // start when μ is there.
      momentum_ = {0.3, 4};
      return;
    }
    if (objective > objective_)
      momentum_.restart();
    else
      momentum_.advance();
    objective_ = objective;
  }

  void finish(double mu, PcpResult& result) {
    const Index n = problem_.m.cols();
    result.v = l_.v;
    result.u = Matrix::uninitialized(problem_.m.rows(), l_.v.cols());
    avoid_huge_pages(result.u.data(), result.u.rows() * result.u.cols());
    if (problem_.options.keep_sparse)
      result.sparse = Matrix::uninitialized(problem_.m.rows(), n);
    ScratchPool<float> scratch(area(1));
    for_each_block(problem_.pool, blocks_, [&](const RowBlock& block) {
      if (problem_.options.keep_sparse)
        sparse(block, static_cast<float>(problem_.lambda * mu), scratch.take().get(),
               result.sparse);
      Matrix& u = l_.u[static_cast<std::size_t>(block.index)];
      copy_rows(u.data(), block, result.u);
      u = Matrix();
    });
  }

  void sparse(const RowBlock& block, float limit, float* l, Matrix& s) const {
    l_.rows(block, l);
    const MatrixView<const T> m = problem_.m[block];
    for (Index j = 0; j < m.cols; j++, l += block.count) {
      shrink(m.column(j), problem_.seen(block, j), block.count, limit, l);
      std::copy_n(l, block.count, &s(block.first, j));
    }
  }

  std::size_t area(Index count) const {
    return static_cast<std::size_t>(count * blocks_.height() * problem_.m.cols());
  }

  const Problem<T>& problem_;
  double goal_;  // of μ
  bool shrink_;  // the singular values, else only their number is bounded
  RowBlocks blocks_;
  OnePassSvt svt_;
  Factors l_;
  Factors before_;           // L', if T is needed again
  ProximalScales scales_{};  // that made the present T
  Momentum momentum_;        // of the T to be made
  double objective_ = std::numeric_limits<double>::infinity();
};

}  // namespace

template <typename T>
PcpResult solve_stable(const Problem<T>& problem, double noise) {
  // Neither the largest singular value of noise alone, nor twice its deviation in an element (which
  // is what λμ then is, at least), goes to L or S.
  const auto rows = static_cast<double>(problem.parts.rows());
  const auto cols = static_cast<double>(problem.m.cols());
  const double goal = noise * std::max(std::sqrt(rows) + std::sqrt(cols), 2 / problem.lambda);
  return StableSolver<T>(problem, goal, true).solve();
}

template <typename T>
PcpResult solve_fixed_rank(const Problem<T>& problem, double threshold) {
  PcpResult result = StableSolver<T>(problem, threshold, false).solve();
  result.objective *= threshold;  // of ½‖M − L − S‖² + τ‖S‖₁
  return result;
}

template PcpResult solve_stable(const Problem<float>& problem, double noise);
template PcpResult solve_stable(const Problem<std::uint8_t>& problem, double noise);
template PcpResult solve_fixed_rank(const Problem<float>& problem, double threshold);
template PcpResult solve_fixed_rank(const Problem<std::uint8_t>& problem, double threshold);

}  // namespace lowrank::pcp
