// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "lowrank/matrix_view.h"

/// What the library asks of BLAS and LAPACK, and the only place that knows them. All matrices are
/// column-major with a leading dimension (`ld…`) of at least their rows. Every function may run on
/// several threads at once on different data. None of them changes a setting of the BLAS, which
/// the host process may share. Sizes, and workspaces of LAPACK,
/// over 2³¹ − 1 are refused with std::length_error.
namespace lowrank::blas {

enum class Op : char { none = 'N', transpose = 'T' };

/// C ← αop(A)op(B) + βC, with C m × n and k the length of the sums.
void gemm(Op op_a, Op op_b, Index m, Index n, Index k, float alpha, const float* a, Index lda,
          const float* b, Index ldb, float beta, float* c, Index ldc);
void gemm(Op op_a, Op op_b, Index m, Index n, Index k, double alpha, const double* a, Index lda,
          const double* b, Index ldb, double beta, double* c, Index ldc);

/// Upper triangle of C ← AᵀA + βC for A rows × n; the rest of C (n × n, packed) is left alone.
void gram(Index rows, Index n, const double* a, Index lda, double* c, double beta = 0);

/// Eigenvalues `w`, ascending, and orthonormal eigenvectors, which replace `a`, of the symmetric
/// n × n matrix whose upper triangle is in `a`. Throws std::runtime_error if LAPACK gives up.
void symmetric_eigen(Index n, double* a, double* w);

/// Replaces A (rows × n, rows >= n, packed) by orthonormal columns whose first j span what the
/// first j of A span, for every j up to the rank of A; complete also when the rank is short.
void orthonormalize(Index rows, Index n, float* a);
void orthonormalize(Index rows, Index n, double* a);

/// A = QR (rows >= n). R is left in the upper triangle of `a`; multiply_q() makes X ← QX.
class QrFactors {
 public:
  /// Keeps the address of `a`, whose lower part holds Q.
  QrFactors(Index rows, Index n, double* a);
  void multiply_q(Index columns, double* x) const;

 private:
  Index rows_;
  Index n_;
  double* a_;
  std::vector<double> tau_;
};

/// Thin SVD of A (rows × n, rows >= n, packed; destroyed): U rows × n, σ descending, Vᵀ n × n.
/// Throws std::runtime_error if LAPACK gives up.
void svd(Index rows, Index n, double* a, double* u, double* sigma, double* vt);

/// Upper R with A = RᵀR from the upper triangle of A (n × n, packed), in place; false when A is not
/// numerically positive definite.
bool cholesky(Index n, double* a);

/// X ← XR⁻¹ for X rows × n (packed) and R n × n, upper.
void divide_by_upper(Index rows, Index n, const double* r, double* x);

}  // namespace lowrank::blas
