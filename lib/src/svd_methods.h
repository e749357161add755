// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "lowrank/svd.h"

/// The methods of svd.h under the name of the function that was called, which is what errors begin
/// with.
namespace lowrank::methods {

Svd full(const char* caller, FloatView a, Index k, const SvdOptions& options);

Svd gram(const char* caller, FloatView a, Index k, const GramSvdOptions& options);
Svd gram(const char* caller, ByteView a, Index k, const GramSvdOptions& options);
/// An upper bound, in bytes, on what it takes beyond A and the result.
std::uint64_t gram_memory(Index rows, Index cols, unsigned threads);

Svd randomized(const char* caller, FloatView a, Index k, const RandomizedSvdOptions& options);
Svd randomized(const char* caller, ByteView a, Index k, const RandomizedSvdOptions& options);

BlockKrylovSvd block_krylov(const char* caller, FloatView a, Index k,
                            const BlockKrylovOptions& options);
BlockKrylovSvd block_krylov(const char* caller, ByteView a, Index k,
                            const BlockKrylovOptions& options);

/// σᵢ below this share of σ₁ count as that much where a tolerance is a share of them.
constexpr double least_share = 1e-5;

}  // namespace lowrank::methods
