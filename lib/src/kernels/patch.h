// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace lowrank::kernels {

// Products of the patch codec: a small matrix of int16 times a vector of int16, in int32 that wraps
// around, exactly alike on every SIMD target. The matrix lies by pairs of its columns: element
// (o, j) at table[(j / 2 · outputs + o) · 2 + j % 2]; `outputs` is a multiple of 64, and x holds
// 2 · pairs elements.

/// y[o] = Σ_j A(o, j)·x[j]
void multiply(const std::int16_t* table, int outputs, const std::int16_t* x, int pairs,
              std::int32_t* y);

/// out[o] = clamp(mean + ((Σ_j A(o, j)·x[j] + half) >> bits), 0, 255), half = 2^(bits − 1)
void predict(const std::int16_t* table, int outputs, const std::int16_t* x, int pairs, int mean,
             int bits, std::uint8_t* out);

/// out[o] = clamp(base[o] + ((Σ_j A(o, j)·x[j] + half) >> bits), 0, 255)
void add_product(const std::int16_t* table, int outputs, const std::int16_t* x, int pairs,
                 const std::uint8_t* base, int bits, std::uint8_t* out);

/// For each of `count` patches of 64 coefficients, scaled by 2^-13: Σ log2(1 + (c/unit)²) about, in
/// 1/256, the logarithm linear between powers of two. `reciprocal` is 1/(8192·unit).
void logarithmic_cost(const std::int32_t* coefficients, int count, float reciprocal,
                      std::int32_t* cost);

/// Σ (a − b)² over 8×8 samples.
std::uint32_t squared_distance8(const std::uint8_t* a, std::ptrdiff_t a_stride,
                                const std::uint8_t* b, std::ptrdiff_t b_stride);
/// Σ |a[i] − b[i]| of 64 samples.
std::uint32_t absolute_distance64(const std::uint8_t* a, const std::uint8_t* b);

/// rest[i] = a[i] − b[i] of `count` samples, a multiple of 64; returns Σ rest[i]².
std::uint32_t subtract(const std::uint8_t* a, const std::uint8_t* b, int count, std::int16_t* rest);

/// 8×8 samples of a picture `across` and `down` quarters of a sample, 0 … 3, to the right of and
/// below `from`: first along rows and then along columns, each rounded to samples, by the taps of
/// HEVC (Ugur et al., "Motion compensated prediction and interpolation filter design in
/// H.265/HEVC", 2013). Reads taps_before samples before and taps_after beyond, both ways.
void interpolate(const std::uint8_t* from, std::ptrdiff_t stride, int across, int down,
                 std::uint8_t* out);
constexpr int taps_before = 3;
constexpr int taps_after = 4;

/// The background reference of a row: `background` in 1/256 levels follows `picture` by about a
/// tenth of the difference and at most a level; `shown` is it, rounded.
void follow(const std::uint8_t* picture, std::uint16_t* background, std::uint8_t* shown, int width);

}  // namespace lowrank::kernels
