// SPDX-License-Identifier: LGPL-2.1-or-later
#include "blas.h"

#include <cblas.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

// LAPACK as gfortran exports it: arguments by address, lengths of strings by value at the end.
extern "C" {
void dsyevd_(const char* jobz, const char* uplo, const int* n, double* a, const int* lda, double* w,
             double* work, const int* lwork, int* iwork, const int* liwork, int* info,
             std::size_t jobz_length, std::size_t uplo_length);
void sgeqrf_(const int* m, const int* n, float* a, const int* lda, float* tau, float* work,
             const int* lwork, int* info);
void dgeqrf_(const int* m, const int* n, double* a, const int* lda, double* tau, double* work,
             const int* lwork, int* info);
void sorgqr_(const int* m, const int* n, const int* k, float* a, const int* lda, const float* tau,
             float* work, const int* lwork, int* info);
void dorgqr_(const int* m, const int* n, const int* k, double* a, const int* lda, const double* tau,
             double* work, const int* lwork, int* info);
void dormqr_(const char* side, const char* trans, const int* m, const int* n, const int* k,
             const double* a, const int* lda, const double* tau, double* c, const int* ldc,
             double* work, const int* lwork, int* info, std::size_t side_length,
             std::size_t trans_length);
void dgesdd_(const char* jobz, const int* m, const int* n, double* a, const int* lda, double* s,
             double* u, const int* ldu, double* vt, const int* ldvt, double* work, const int* lwork,
             int* iwork, int* info, std::size_t jobz_length);
void dpotrf_(const char* uplo, const int* n, double* a, const int* lda, int* info,
             std::size_t uplo_length);
}

namespace lowrank::blas {
namespace {

int to_int(Index size) {
  if (size > std::numeric_limits<int>::max())
    throw std::length_error("a matrix with a side of " + std::to_string(size) +
                            " is more than this BLAS can address");
  return static_cast<int>(size);
}

CBLAS_TRANSPOSE to_cblas(Op op) {
  return op == Op::none ? CblasNoTrans : CblasTrans;
}

void require_success(int info, const char* what) {
  if (info != 0)
    throw std::runtime_error(std::string("LAPACK's ") + what + " ended with code " +
                             std::to_string(info));
}

// LAPACK counts the elements of a workspace in an int, and passes on what has overflown.
void require_workspace(double elements) {
  if (elements > std::numeric_limits<int>::max())
    throw std::length_error("a decomposition that needs a workspace of " +
                            std::to_string(elements) + " numbers is more than this LAPACK can do");
}

// LAPACK tells the size of its workspace when it is asked with a length of -1.
template <typename Real, typename Call>
void with_workspace(const char* what, const Call& call) {
  int info = 0;
  Real best = 0;
  call(&best, -1, &info);
  require_success(info, what);
  // Past 2²⁴ a float no longer holds every integer: half as much again is on the safe side.
  const auto size = std::min(1.5 * static_cast<double>(best) + 1, 2147483647.0);
  std::vector<Real> work(static_cast<std::size_t>(size));
  call(work.data(), static_cast<int>(size), &info);
  require_success(info, what);
}

void geqrf(int m, int n, float* a, float* tau) {
  with_workspace<float>("sgeqrf", [&](float* work, int length, int* info) {
    sgeqrf_(&m, &n, a, &m, tau, work, &length, info);
  });
}

void geqrf(int m, int n, double* a, double* tau) {
  with_workspace<double>("dgeqrf", [&](double* work, int length, int* info) {
    dgeqrf_(&m, &n, a, &m, tau, work, &length, info);
  });
}

void orgqr(int m, int n, float* a, const float* tau) {
  with_workspace<float>("sorgqr", [&](float* work, int length, int* info) {
    sorgqr_(&m, &n, &n, a, &m, tau, work, &length, info);
  });
}

void orgqr(int m, int n, double* a, const double* tau) {
  with_workspace<double>("dorgqr", [&](double* work, int length, int* info) {
    dorgqr_(&m, &n, &n, a, &m, tau, work, &length, info);
  });
}

template <typename Real>
void orthonormalize_in_place(Index rows, Index n, Real* a) {
  if (n == 0)
    return;
  std::vector<Real> tau(static_cast<std::size_t>(n));
  geqrf(to_int(rows), to_int(n), a, tau.data());
  orgqr(to_int(rows), to_int(n), a, tau.data());
}

}  // namespace

void gemm(Op op_a, Op op_b, Index m, Index n, Index k, float alpha, const float* a, Index lda,
          const float* b, Index ldb, float beta, float* c, Index ldc) {
  if (m == 0 || n == 0)
    return;
  cblas_sgemm(CblasColMajor, to_cblas(op_a), to_cblas(op_b), to_int(m), to_int(n), to_int(k), alpha,
              a, to_int(lda), b, to_int(ldb), beta, c, to_int(ldc));
}

void gemm(Op op_a, Op op_b, Index m, Index n, Index k, double alpha, const double* a, Index lda,
          const double* b, Index ldb, double beta, double* c, Index ldc) {
  if (m == 0 || n == 0)
    return;
  cblas_dgemm(CblasColMajor, to_cblas(op_a), to_cblas(op_b), to_int(m), to_int(n), to_int(k), alpha,
              a, to_int(lda), b, to_int(ldb), beta, c, to_int(ldc));
}

void gram(Index rows, Index n, const double* a, Index lda, double* c, double beta) {
  cblas_dsyrk(CblasColMajor, CblasUpper, CblasTrans, to_int(n), to_int(rows), 1, a, to_int(lda),
              beta, c, to_int(n));
}

void symmetric_eigen(Index n, double* a, double* w) {
  if (n == 0)
    return;
  require_workspace(1 + 6.0 * n + 2.0 * n * n);
  const int order = to_int(n);
  int info = 0;
  int integers = 0;
  double reals = 0;
  const int query = -1;
  dsyevd_("V", "U", &order, a, &order, w, &reals, &query, &integers, &query, &info, 1, 1);
  require_success(info, "dsyevd");
  const int length = static_cast<int>(std::min(reals, 2147483647.0));
  std::vector<double> work(static_cast<std::size_t>(length));
  std::vector<int> integer_work(static_cast<std::size_t>(integers));
  dsyevd_("V", "U", &order, a, &order, w, work.data(), &length, integer_work.data(), &integers,
          &info, 1, 1);
  require_success(info, "dsyevd");
}

void orthonormalize(Index rows, Index n, float* a) {
  orthonormalize_in_place(rows, n, a);
}

void orthonormalize(Index rows, Index n, double* a) {
  orthonormalize_in_place(rows, n, a);
}

QrFactors::QrFactors(Index rows, Index n, double* a)
    : rows_(rows), n_(n), a_(a), tau_(static_cast<std::size_t>(n)) {
  geqrf(to_int(rows), to_int(n), a, tau_.data());
}

void QrFactors::multiply_q(Index columns, double* x) const {
  const int m = to_int(rows_);
  const int n = to_int(columns);
  const int k = to_int(n_);
  with_workspace<double>("dormqr", [&](double* work, int length, int* info) {
    dormqr_("L", "N", &m, &n, &k, a_, &m, tau_.data(), x, &m, work, &length, info, 1, 1);
  });
}

void svd(Index rows, Index n, double* a, double* u, double* sigma, double* vt) {
  require_workspace(7.0 * n + 4.0 * n * n);
  const int m = to_int(rows);
  const int k = to_int(n);
  std::vector<int> integers(static_cast<std::size_t>(8 * n));
  with_workspace<double>("dgesdd", [&](double* work, int length, int* info) {
    dgesdd_("S", &m, &k, a, &m, sigma, u, &m, vt, &k, work, &length, integers.data(), info, 1);
  });
}

bool cholesky(Index n, double* a) {
  const int order = to_int(n);
  int info = 0;
  dpotrf_("U", &order, a, &order, &info, 1);
  return info == 0;
}

void divide_by_upper(Index rows, Index n, const double* r, double* x) {
  cblas_dtrsm(CblasColMajor, CblasRight, CblasUpper, CblasNoTrans, CblasNonUnit, to_int(rows),
              to_int(n), 1, r, to_int(n), x, to_int(rows));
}

}  // namespace lowrank::blas
