// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

// The trained tables of the patch layout: a union of low-rank subspaces. A class is a linear
// predictor of a patch from the decoded samples around it, as in matrix-based intra prediction
// (Pfaff et al., "Intra prediction and mode coding in VVC", IEEE Transactions on Circuits and
// Systems for Video Technology 31(10), 2021), and an orthonormal basis of what it leaves, by
// falling energy, the Karhunen-Loève transform of the class.
//
// They are made of photographs by
//   lib/tools/train-codec-tables lib/src/codec/tables_data.cpp DIRECTORY...
// which tells how. The numbers are part of the bitstream: other tables need another version.
namespace lowrank::codec {

constexpr int classes8 = 16;  ///< of patches of 8x8; the most frequent first
constexpr int classes16 = 4;  ///< of patches of 16x16; the most frequent first
constexpr int pixels8 = 64;
constexpr int pixels16 = 256;
constexpr int components8 = 64;   ///< all of them
constexpr int components16 = 64;  ///< the leading ones: what is left beyond them is not coded
constexpr int border8 = 52;
constexpr int border16 = 100;
constexpr int predictor_bits = 12;  ///< predictors are in units of 1/4096
constexpr int basis_bits = 13;      ///< bases are in units of 1/8192

// Patches of n x n pixels are in raster order. The border of one whose top left pixel is (x0, y0)
// is the row y0 - 1 and then the row y0 - 2, each from x0 - 2 to x0 + 2n - 1; then the column
// x0 - 1 and then the column x0 - 2, each from y0 to y0 + n - 1. Patches of 8x8 are coded in Z
// order inside of blocks of 16x16: what is above and to the right of the last one of a block, from
// x0 + 8 on, is not known yet, and stands as the sample at x0 + 7 of its row.
//
// mean = the mean of the n samples of row y0 - 1 from x0 on and the n of column x0 - 1, halves
// rounded up. Prediction of pixel i:
//   clamp(mean + ((sum_j predictor[k][i][j] * (border[j] - mean) + 2048) >> 12), 0, 255)
// for which int32 is enough.

extern const std::int16_t predictor8[classes8][pixels8][border8];
extern const std::int16_t basis8[classes8][components8][pixels8];
extern const std::int16_t predictor16[classes16][pixels16][border16];
extern const std::int16_t basis16[classes16][components16][pixels16];

/// For residuals against other pictures, 8x8: products of cosines, by falling energy.
extern const std::int16_t basis_inter[components8][pixels8];

}  // namespace lowrank::codec
