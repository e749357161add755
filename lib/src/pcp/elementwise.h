// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "lowrank/matrix_view.h"

/// The passes over single elements of principal component pursuit, a column of a block at a time;
/// see lagrangian.h for what the symbols mean.
namespace lowrank::pcp {

/// T = M − Z + (1 + ratio)·clip(Z, ±limit); where not `seen`, M and the multiplier count as 0 and
/// T = −Z, which is L. `seen` may be null: all are.
void target(const float* m, const std::uint8_t* seen, const float* z, Index count, float limit,
            float ratio, float* out);
void target(const std::uint8_t* m, const std::uint8_t* seen, const float* z, Index count,
            float limit, float ratio, float* out);

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

/// What update() needs besides the matrices: the clips and ratios of μ of the step before, of this
/// one and of the next.
struct UpdateScales {
  float limit;       ///< λ/μ of the step that made Z
  float ratio;       ///< that μ over this step's
  float new_limit;   ///< λ/μ of this step
  float next_ratio;  ///< this step's μ over that of the next
};

/// For the dual residual ‖μ(S − S')‖/‖Y‖, S' being the S before.
struct DualSums {
  double moved = 0;       ///< Σ (S − S')²
  double multiplier = 0;  ///< Σ (Y/μ)², of the new Y

  DualSums& operator+=(const DualSums& other) {
    moved += other.moved;
    multiplier += other.multiplier;
    return *this;
  }
};

/// Y/μ = ratio·clip(Z, ±limit); Z ← M − L + Y/μ; S = Z − clip(Z, ±new_limit). In place of L comes
/// the next T, as target() has it. Where not `seen`, Z ← −L and S is 0. Adds to `dual`.
UpdateSums update(const float* m, const std::uint8_t* seen, Index count, const UpdateScales& scales,
                  float* z, float* l, DualSums& dual);
UpdateSums update(const std::uint8_t* m, const std::uint8_t* seen, Index count,
                  const UpdateScales& scales, float* z, float* l, DualSums& dual);

struct ProximalScales {
  float limit;       ///< λμ of this step
  float momentum;    ///< β of the next
  float next_limit;  ///< λμ of the next
};

struct ProximalSums {
  UpdateSums parts;  ///< of S = M − L shrunk by `limit`
  double moved = 0;  ///< Σ (L − L')²
};

/// The sums of L, and in its place the next T = Y + clip(M − Y, ±next_limit), Y = L + β(L − L').
/// Where not `seen`, T = Y and S is 0.
ProximalSums advance(const float* m, const std::uint8_t* seen, const float* before, Index count,
                     const ProximalScales& scales, float* l);
ProximalSums advance(const std::uint8_t* m, const std::uint8_t* seen, const float* before,
                     Index count, const ProximalScales& scales, float* l);

/// L ← L + clip(M − L, ±limit) where `seen`, or all if it is null.
void step(const float* m, const std::uint8_t* seen, Index count, float limit, float* l);
void step(const std::uint8_t* m, const std::uint8_t* seen, Index count, float limit, float* l);

/// S = M − L − clip(M − L, ±limit) in place of L, 0 where not `seen`.
void shrink(const float* m, const std::uint8_t* seen, Index count, float limit, float* l);
void shrink(const std::uint8_t* m, const std::uint8_t* seen, Index count, float limit, float* l);

}  // namespace lowrank::pcp
