// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pcp/elementwise.h"

#include <algorithm>
#include <cmath>

// One copy for each generation of vector units; the loader picks.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__)
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
[[gnu::always_inline]] inline void target_loop(const T* __restrict m, const float* __restrict z,
                                               Index count, float limit, float ratio,
                                               float* __restrict out) {
#pragma omp simd
  for (Index i = 0; i < count; i++)
    out[i] = static_cast<float>(m[i]) - z[i] + (1 + ratio) * clip(z[i], limit);
}

template <typename T>
[[gnu::always_inline]] inline UpdateSums update_loop(const T* __restrict m,
                                                     const float* __restrict l, Index count,
                                                     float limit, float ratio, float new_limit,
                                                     float* __restrict z) {
  float residual = 0;
  float sparse = 0;
  float nonzero = 0;
#pragma omp simd reduction(+ : residual, sparse, nonzero)
  for (Index i = 0; i < count; i++) {
    const float y = ratio * clip(z[i], limit);
    const float next = static_cast<float>(m[i]) - l[i] + y;
    const float kept = clip(next, new_limit);
    // M − L − S = (M − L + Y/μ) − S − Y/μ, and the part of Z that S leaves is `kept`.
    const float gap = kept - y;
    residual += gap * gap;
    sparse += std::abs(next - kept);
    nonzero += next != kept ? 1.0f : 0.0f;
    z[i] = next;
  }
  return {residual, sparse, nonzero};
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
[[gnu::always_inline]] inline UpdateSums shrink_loop(const T* __restrict m,
                                                     const std::uint8_t* __restrict seen,
                                                     Index count, float limit,
                                                     float* __restrict l) {
  float residual = 0;
  float sparse = 0;
  float nonzero = 0;
#pragma omp simd reduction(+ : residual, sparse, nonzero)
  for (Index i = 0; i < count; i++) {
    const float rest = !seen || seen[i] ? static_cast<float>(m[i]) - l[i] : 0.0f;
    const float kept = clip(rest, limit);
    residual += kept * kept;
    sparse += std::abs(rest - kept);
    nonzero += rest != kept ? 1.0f : 0.0f;
    l[i] = rest - kept;
  }
  return {residual, sparse, nonzero};
}

}  // namespace

LOWRANK_CLONES
void target(const float* m, const float* z, Index count, float limit, float ratio, float* out) {
  target_loop(m, z, count, limit, ratio, out);
}

LOWRANK_CLONES
void target(const std::uint8_t* m, const float* z, Index count, float limit, float ratio,
            float* out) {
  target_loop(m, z, count, limit, ratio, out);
}

LOWRANK_CLONES
UpdateSums update(const float* m, const float* l, Index count, float limit, float ratio,
                  float new_limit, float* z) {
  return update_loop(m, l, count, limit, ratio, new_limit, z);
}

LOWRANK_CLONES
UpdateSums update(const std::uint8_t* m, const float* l, Index count, float limit, float ratio,
                  float new_limit, float* z) {
  return update_loop(m, l, count, limit, ratio, new_limit, z);
}

LOWRANK_CLONES
void step(const float* m, const std::uint8_t* seen, Index count, float limit, float* l) {
  step_loop(m, seen, count, limit, l);
}

LOWRANK_CLONES
UpdateSums shrink(const float* m, const std::uint8_t* seen, Index count, float limit, float* l) {
  return shrink_loop(m, seen, count, limit, l);
}

LOWRANK_CLONES
void step(const std::uint8_t* m, const std::uint8_t* seen, Index count, float limit, float* l) {
  step_loop(m, seen, count, limit, l);
}

LOWRANK_CLONES
UpdateSums shrink(const std::uint8_t* m, const std::uint8_t* seen, Index count, float limit,
                  float* l) {
  return shrink_loop(m, seen, count, limit, l);
}

}  // namespace lowrank::pcp
