// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "lowrank/matrix_view.h"

/// The passes over single elements of principal component pursuit, a column of a block at a time;
/// see lagrangian.h for what the symbols mean.
namespace lowrank::pcp {

/// T = M − Z + (1 + ratio)·clip(Z, ±limit).
void target(const float* m, const float* z, Index count, float limit, float ratio, float* out);
void target(const std::uint8_t* m, const float* z, Index count, float limit, float ratio,
            float* out);

/// The same where `seen` is not 0; elsewhere M and the multiplier count as 0 and T = −Z, which is
/// L.
template <typename T>
void masked_target(const T* m, const std::uint8_t* seen, const float* z, Index count, float limit,
                   float ratio, float* out) {
  for (Index i = 0; i < count; i++) {
    const float kept = std::min(std::max(z[i], -limit), limit);
    out[i] = seen[i] ? static_cast<float>(m[i]) - z[i] + (1 + ratio) * kept : -z[i];
  }
}

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

/// The same where `seen` is not 0; elsewhere Z ← −L, and S is 0.
template <typename T>
UpdateSums masked_update(const T* m, const std::uint8_t* seen, const float* l, Index count,
                         float limit, float ratio, float new_limit, float* z) {
  UpdateSums sums;
  for (Index i = 0; i < count; i++) {
    if (!seen[i]) {
      z[i] = -l[i];
      continue;
    }
    const float y = ratio * std::min(std::max(z[i], -limit), limit);
    const float next = static_cast<float>(m[i]) - l[i] + y;
    const float kept = std::min(std::max(next, -new_limit), new_limit);
    sums += {static_cast<double>((kept - y) * (kept - y)),
             static_cast<double>(std::abs(next - kept)), next != kept ? 1.0 : 0.0};
    z[i] = next;
  }
  return sums;
}

/// L ← L + clip(M − L, ±limit) where `seen`, or all if it is null.
void step(const float* m, const std::uint8_t* seen, Index count, float limit, float* l);
void step(const std::uint8_t* m, const std::uint8_t* seen, Index count, float limit, float* l);

/// S = M − L − clip(M − L, ±limit) in place of L, 0 where not `seen`; what is clipped off is the
/// residual.
UpdateSums shrink(const float* m, const std::uint8_t* seen, Index count, float limit, float* l);
UpdateSums shrink(const std::uint8_t* m, const std::uint8_t* seen, Index count, float limit,
                  float* l);

}  // namespace lowrank::pcp
