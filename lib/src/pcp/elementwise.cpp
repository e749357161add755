// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pcp/elementwise.h"

#include <algorithm>
#include <cmath>

// One copy for each generation of vector units; the loader picks, before a sanitizer is ready.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define LOWRANK_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define LOWRANK_CLONES
#endif

namespace lowrank::pcp {
namespace {

[[gnu::always_inline]] inline float clip(float x, float limit) {
  return std::min(std::max(x, -limit), limit);
}

template <typename T>
[[gnu::always_inline]] inline void target_loop(const T* __restrict m,
                                               const std::uint8_t* __restrict seen,
                                               const float* __restrict z, Index count, float limit,
                                               float ratio, float* __restrict out) {
  if (!seen) {
#pragma omp simd
    for (Index i = 0; i < count; i++)
      out[i] = static_cast<float>(m[i]) - z[i] + (1 + ratio) * clip(z[i], limit);
    return;
  }
  for (Index i = 0; i < count; i++)
    out[i] = seen[i] ? static_cast<float>(m[i]) - z[i] + (1 + ratio) * clip(z[i], limit) : -z[i];
}

template <typename T>
[[gnu::always_inline]] inline UpdateSums update_seen(const T* __restrict m, Index count,
                                                     const UpdateScales& scales,
                                                     float* __restrict z, float* __restrict l,
                                                     DualSums& dual) {
  const auto [limit, ratio, new_limit, next_ratio] = scales;
  float residual = 0;
  float sparse = 0;
  float nonzero = 0;
  float moved = 0;
  float multiplier = 0;
#pragma omp simd reduction(+ : residual, sparse, nonzero, moved, multiplier)
  for (Index i = 0; i < count; i++) {
    const float before = clip(z[i], limit);
    const float y = ratio * before;
    const float next = static_cast<float>(m[i]) - l[i] + y;
    const float kept = clip(next, new_limit);
    // M − L − S = (M − L + Y/μ) − S − Y/μ, and the part of Z that S leaves is `kept`.
    const float gap = kept - y;
    residual += gap * gap;
    sparse += std::abs(next - kept);
    nonzero += next != kept ? 1.0f : 0.0f;
    const float move = (next - kept) - (z[i] - before);
    moved += move * move;
    multiplier += kept * kept;
    z[i] = next;
    l[i] = static_cast<float>(m[i]) - next + (1 + next_ratio) * kept;
  }
  dual += {moved, multiplier};
  return {residual, sparse, nonzero};
}

template <typename T>
[[gnu::always_inline]] inline UpdateSums update_loop(const T* __restrict m,
                                                     const std::uint8_t* __restrict seen,
                                                     Index count, const UpdateScales& scales,
                                                     float* __restrict z, float* __restrict l,
                                                     DualSums& dual) {
  if (!seen)
    return update_seen(m, count, scales, z, l, dual);
  UpdateSums sums;
  for (Index i = 0; i < count; i++)
    if (seen[i])
      sums += update_seen(m + i, 1, scales, z + i, l + i, dual);
    else
      z[i] = -l[i];
  return sums;
}

template <typename T>
[[gnu::always_inline]] inline void step_loop(const T* __restrict m,
                                             const std::uint8_t* __restrict seen, Index count,
                                             float limit, float* __restrict l) {
  if (!seen) {
#pragma omp simd
    for (Index i = 0; i < count; i++)
      l[i] += clip(static_cast<float>(m[i]) - l[i], limit);
    return;
  }
  for (Index i = 0; i < count; i++)
    l[i] += seen[i] ? clip(static_cast<float>(m[i]) - l[i], limit) : 0.0f;
}

template <typename T>
[[gnu::always_inline]] inline void shrink_loop(const T* __restrict m,
                                               const std::uint8_t* __restrict seen, Index count,
                                               float limit, float* __restrict l) {
  for (Index i = 0; i < count; i++) {
    const float rest = !seen || seen[i] ? static_cast<float>(m[i]) - l[i] : 0.0f;
    l[i] = rest - clip(rest, limit);
  }
}

template <typename T>
[[gnu::always_inline]] inline ProximalSums advance_seen(const T* __restrict m,
                                                        const float* __restrict before, Index count,
                                                        const ProximalScales& scales,
                                                        float* __restrict l) {
  const auto [limit, momentum, next_limit] = scales;
  float residual = 0;
  float sparse = 0;
  float nonzero = 0;
  float moved = 0;
#pragma omp simd reduction(+ : residual, sparse, nonzero, moved)
  for (Index i = 0; i < count; i++) {
    const float value = static_cast<float>(m[i]);
    const float rest = value - l[i];
    const float kept = clip(rest, limit);
    residual += kept * kept;
    sparse += std::abs(rest - kept);
    nonzero += rest != kept ? 1.0f : 0.0f;
    const float move = l[i] - before[i];
    moved += move * move;
    const float y = l[i] + momentum * move;
    l[i] = y + clip(value - y, next_limit);
  }
  return {{residual, sparse, nonzero}, moved};
}

template <typename T>
[[gnu::always_inline]] inline ProximalSums advance_loop(const T* __restrict m,
                                                        const std::uint8_t* __restrict seen,
                                                        const float* __restrict before, Index count,
                                                        const ProximalScales& scales,
                                                        float* __restrict l) {
  if (!seen)
    return advance_seen(m, before, count, scales, l);
  ProximalSums sums;
  for (Index i = 0; i < count; i++) {
    if (seen[i]) {
      const ProximalSums one = advance_seen(m + i, before + i, 1, scales, l + i);
      sums.parts += one.parts;
      sums.moved += one.moved;
    } else {
      const float move = l[i] - before[i];
      sums.moved += static_cast<double>(move * move);
      l[i] += scales.momentum * move;
    }
  }
  return sums;
}

}  // namespace

LOWRANK_CLONES
void target(const float* m, const std::uint8_t* seen, const float* z, Index count, float limit,
            float ratio, float* out) {
  target_loop(m, seen, z, count, limit, ratio, out);
}

LOWRANK_CLONES
void target(const std::uint8_t* m, const std::uint8_t* seen, const float* z, Index count,
            float limit, float ratio, float* out) {
  target_loop(m, seen, z, count, limit, ratio, out);
}

LOWRANK_CLONES
UpdateSums update(const float* m, const std::uint8_t* seen, Index count, const UpdateScales& scales,
                  float* z, float* l, DualSums& dual) {
  return update_loop(m, seen, count, scales, z, l, dual);
}

LOWRANK_CLONES
UpdateSums update(const std::uint8_t* m, const std::uint8_t* seen, Index count,
                  const UpdateScales& scales, float* z, float* l, DualSums& dual) {
  return update_loop(m, seen, count, scales, z, l, dual);
}

LOWRANK_CLONES
ProximalSums advance(const float* m, const std::uint8_t* seen, const float* before, Index count,
                     const ProximalScales& scales, float* l) {
  return advance_loop(m, seen, before, count, scales, l);
}

LOWRANK_CLONES
ProximalSums advance(const std::uint8_t* m, const std::uint8_t* seen, const float* before,
                     Index count, const ProximalScales& scales, float* l) {
  return advance_loop(m, seen, before, count, scales, l);
}

LOWRANK_CLONES
void step(const float* m, const std::uint8_t* seen, Index count, float limit, float* l) {
  step_loop(m, seen, count, limit, l);
}

LOWRANK_CLONES
void step(const std::uint8_t* m, const std::uint8_t* seen, Index count, float limit, float* l) {
  step_loop(m, seen, count, limit, l);
}

void shrink(const float* m, const std::uint8_t* seen, Index count, float limit, float* l) {
  shrink_loop(m, seen, count, limit, l);
}

void shrink(const std::uint8_t* m, const std::uint8_t* seen, Index count, float limit, float* l) {
  shrink_loop(m, seen, count, limit, l);
}

}  // namespace lowrank::pcp
