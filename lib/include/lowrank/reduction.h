// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <span>

#include "lowrank/export.h"

namespace lowrank {

/// Joins processes that hold a matrix together, each some of its rows, its part. An algorithm that
/// takes one is called by all of them, each with the rows of its part and otherwise the same
/// arguments; each gets its rows of what has M's rows, and the same of all else. The matrix as a
/// whole must have at least as many rows as columns, each part at least one row.
///
/// All that goes between parts goes through here, and is small: matrices of frames × frames or of
/// frames × rank, and single numbers. What it goes over, MPI for one, is for whoever derives from
/// this. Parts come to the same calls in the same order with as many values; a call comes on the
/// thread that called the algorithm, one at a time.
///
/// A function throws what has become of the connection; the algorithm passes it on. An exception
/// that an algorithm throws in one part alone leaves the others waiting: end them.
///
/// Results do not depend on the number of parts but for the rounding of sums. Where parts begin
/// with the tiles of one and the same cut of the whole, those are sums of few numbers in double
/// precision; else also those within the blocks of rows, in single precision.
class LOWRANK_API Reduction {
 public:
  virtual ~Reduction();
  virtual int part() const = 0;   ///< number of this part, from 0; parts follow in order of rows
  virtual int parts() const = 0;  ///< how many there are, at least 1
  /// In place of each value its sum over the parts: the same bits in all of them.
  virtual void sum(std::span<double> values) = 0;
  /// In place of each value the largest of the parts.
  virtual void maximum(std::span<double> values) = 0;
  /// In place of the bytes those of part 0.
  virtual void broadcast(std::span<std::byte> bytes) = 0;
};

}  // namespace lowrank
