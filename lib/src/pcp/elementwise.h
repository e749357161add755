// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "lowrank/matrix_view.h"

/// The passes over single elements of principal component pursuit, a column of a block at a time;
/// see lagrangian.h for what the symbols mean.
namespace lowrank::pcp {

/// T = M − Z + (1 + ratio)·clip(Z, ±limit).
void target(const float* m, const float* z, Index count, float limit, float ratio, float* out);
void target(const std::uint8_t* m, const float* z, Index count, float limit, float ratio,
            float* out);

struct UpdateSums {
  double residual = 0;  ///< Σ (M − L − S)²
  double sparse = 0;    ///< Σ |S|
  double nonzero = 0;   ///< elements of S that are not zero

  UpdateSums& operator+=(const UpdateSums& other) {
    residual += other.residual;
    sparse += other.sparse;
    nonzero += other.nonzero;
    return *this;
  }
};

/// Y/μ = ratio·clip(Z, ±limit); Z ← M − L + Y/μ; S = Z − clip(Z, ±new_limit).
UpdateSums update(const float* m, const float* l, Index count, float limit, float ratio,
                  float new_limit, float* z);
UpdateSums update(const std::uint8_t* m, const float* l, Index count, float limit, float ratio,
                  float new_limit, float* z);

}  // namespace lowrank::pcp
