// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>
#include <utility>

#include "blas.h"
#include "check.h"
#include "packed.h"
#include "progress_tracker.h"
#include "svd_methods.h"

namespace lowrank {
namespace {

std::vector<double> widened(FloatView a) {
  std::vector<double> out(area(a.rows, a.cols));
  widen(a, out.data());
  return out;
}

// The upper triangle of A (rows × n) as a matrix of its own.
std::vector<double> upper_triangle(const std::vector<double>& a, Index rows, Index n) {
  std::vector<double> r(static_cast<std::size_t>(n * n));
  for (Index j = 0; j < n; j++)
    std::copy_n(a.begin() + j * rows, j + 1, r.begin() + j * n);
  return r;
}

// A = QR and R = U'ΣVᵀ give U = QU', of which only the k columns that are wanted are formed.
Svd leading_of_tall(std::vector<double> a, Index rows, Index n, Index k,
                    ProgressTracker& progress) {
  // In multiples of n² flops a row; the SVD of R takes some 9n a row of R, and more time a flop.
  const double qr_work = 2 * static_cast<double>(rows);
  const double svd_work = 20 * static_cast<double>(n);
  const double q_work =
      4 * static_cast<double>(rows) * static_cast<double>(k) / static_cast<double>(n);
  const double whole = qr_work + svd_work + q_work;
  progress.stage(qr_work / whole);
  const blas::QrFactors qr(rows, n, a.data());
  std::vector<double> r = upper_triangle(a, rows, n);
  std::vector<double> u(r.size());
  std::vector<double> vt(r.size());
  std::vector<double> sigma(static_cast<std::size_t>(n));
  progress.stage((qr_work + svd_work) / whole);
  blas::svd(n, n, r.data(), u.data(), sigma.data(), vt.data());

  std::vector<double> long_u(static_cast<std::size_t>(rows * k));
  for (Index j = 0; j < k; j++)
    std::copy_n(u.begin() + j * n, n, long_u.begin() + j * rows);
  progress.stage(1);
  qr.multiply_q(k, long_u.data());

  Svd result{narrowed(long_u.data(), rows, k), {}, Matrix(n, k)};
  result.sigma.assign(sigma.begin(), sigma.begin() + k);
  for (Index j = 0; j < k; j++)
    for (Index i = 0; i < n; i++)
      result.v(i, j) = static_cast<float>(vt[static_cast<std::size_t>(j + i * n)]);
  return result;
}

Svd leading(const char* caller, FloatView a, Index k, const SvdOptions& options) {
  check::shape(caller, a);
  check::rank(caller, k, a.rows, a.cols);
  check::finite(caller, a);
  ProgressTracker progress(caller, options.progress);
  const bool wide = a.rows < a.cols;
  Svd result = leading_of_tall(wide ? transposed<double>(a) : widened(a), std::max(a.rows, a.cols),
                               std::min(a.rows, a.cols), k, progress);
  if (wide)
    std::swap(result.u, result.v);
  progress.stage(1);
  return result;
}

void check_spectrum(const char* caller, std::span<const float> sigma) {
  for (std::size_t i = 0; i < sigma.size(); i++)
    if (!(sigma[i] >= 0) || !std::isfinite(sigma[i]))
      check::fail(caller, "sigma[" + std::to_string(i) + "] is " + std::to_string(sigma[i]) +
                              "; singular values are finite and at least 0");
}

double sum_of_squares(std::span<const float> sigma) {
  double sum = 0;
  for (const float s : sigma)
    sum += static_cast<double>(s) * static_cast<double>(s);
  return sum;
}

}  // namespace

Svd methods::full(const char* caller, FloatView a, Index k, const SvdOptions& options) {
  return leading(caller, a, k, options);
}

Svd svd(FloatView a, const SvdOptions& options) {
  check::shape("svd", a);
  return leading("svd", a, std::min(a.rows, a.cols), options);
}

Svd truncated_svd(FloatView a, Index k, const SvdOptions& options) {
  return leading("truncated_svd", a, k, options);
}

double energy(std::span<const float> sigma, Index k) {
  if (k < 0 || k > std::ssize(sigma))
    check::fail("energy", "k is " + std::to_string(k) + ", but must be from 0 to " +
                              std::to_string(sigma.size()) + ", the number of singular values");
  check_spectrum("energy", sigma);
  const double total = sum_of_squares(sigma);
  return total > 0 ? sum_of_squares(sigma.first(static_cast<std::size_t>(k))) / total : 1;
}

Index rank_for_energy(std::span<const float> sigma, double share) {
  if (!(share >= 0 && share <= 1))
    check::fail("rank_for_energy",
                "the share is " + std::to_string(share) + ", but must be from 0 to 1");
  check_spectrum("rank_for_energy", sigma);
  if (!std::is_sorted(sigma.rbegin(), sigma.rend()))
    check::fail("rank_for_energy", "the singular values must not ascend");
  const double total = sum_of_squares(sigma);
  if (!(total > 0))
    return 0;
  // The same sums and the same quotient as in energy(), so that the two agree to the last bit.
  double held = 0;
  Index k = 0;
  while (held / total < share) {
    const auto s = static_cast<double>(sigma[static_cast<std::size_t>(k++)]);
    held += s * s;
  }
  return k;
}

}  // namespace lowrank
