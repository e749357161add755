// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Exact recovery by principal component pursuit; --help says more.

#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "lowrank/rpca.h"
#include "usage.h"

namespace {

using lowrank::Index;
using lowrank::Matrix;

Matrix product(const Matrix& u, const Matrix& v) {
  Matrix out(u.rows(), v.rows());
  for (Index j = 0; j < v.rows(); j++)
    for (Index k = 0; k < u.cols(); k++)
      for (Index i = 0; i < u.rows(); i++)
        out(i, j) += u(i, k) * v(j, k);
  return out;
}

Index nonzeros(const Matrix& a) {
  Index count = 0;
  for (Index i = 0; i < a.rows() * a.cols(); i++)
    count += a.data()[i] != 0;
  return count;
}

double distance(const Matrix& a, const Matrix& b) {
  double apart = 0;
  double size = 0;
  for (Index i = 0; i < a.rows() * a.cols(); i++) {
    apart += std::pow(static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i]), 2);
    size += std::pow(static_cast<double>(b.data()[i]), 2);
  }
  return std::sqrt(apart / size);
}

void recover(Index n, double corrupted) {
  std::mt19937 engine(11);
  std::normal_distribution<float> normal(0, 1 / std::sqrt(static_cast<float>(n)));
  std::uniform_real_distribution<double> uniform;
  const auto gaussian = [&] {
    Matrix a(n, n / 20);
    for (Index i = 0; i < n * (n / 20); i++)
      a.data()[i] = normal(engine);
    return a;
  };
  const Matrix left = gaussian();
  const Matrix low_rank = product(left, gaussian());
  Matrix sparse(n, n);
  Matrix m(low_rank.view());
  for (Index i = 0; i < n * n; i++) {
    const double x = uniform(engine);
    sparse.data()[i] = x < corrupted / 2 ? 1.0f : x < corrupted ? -1.0f : 0.0f;
    m.data()[i] += sparse.data()[i];
  }
  const auto begun = std::chrono::steady_clock::now();
  const lowrank::PcpResult result =
      lowrank::principal_component_pursuit(m, {.tolerance = 1e-7, .keep_sparse = true});
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begun;
  std::printf("| %td | %td | %g %% | %td | %.1e | %td of %td | %d | %.2g |\n", n, n / 20,
              100 * corrupted, result.rank(), distance(product(result.u, result.v), low_rank),
              nonzeros(result.sparse), nonzeros(sparse), result.iterations, wall.count());
}

}  // namespace

constexpr const char* help =
    R"(Usage: benchmark-recovery [N...]

Exact recovery by principal component pursuit, after table 1 of Candès, Li, Ma, Wright, "Robust
principal component analysis?" (2011): L of N x N and rank N/20, S of ±1 in 5 % and 10 % of the
places, to a tolerance of 1e-7, on one thread. Prints a Markdown table. N is by default 500 1000
2000.
)";

int main(int argc, char** argv) {
  if (const auto status = benchmarks::answer_usage(argc, argv, help, 0, 1 << 20))
    return *status;
  std::vector<Index> sizes;
  for (int i = 1; i < argc; i++)
    sizes.push_back(std::stol(argv[i]));
  if (sizes.empty())
    sizes = {500, 1000, 2000};
  std::puts(
      "| n | rank | corrupted | rank found | ‖L−L₀‖/‖L₀‖ | non-zeros of S, of S₀ |"
      " iterations | wall s |\n|---|---|---|---|---|---|---|---|");
  for (const Index n : sizes)
    for (const double corrupted : {0.05, 0.1})
      recover(n, corrupted);
}
