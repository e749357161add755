// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <initializer_list>
#include <span>

#include "lowrank/matrix_view.h"
#include "lowrank/reduction.h"

namespace lowrank {

/// The rows that are here among those of all parts of a matrix; see Reduction, without which they
/// are all.
class RowParts {
 public:
  RowParts(Reduction* reduction, Index rows);

  bool shared() const { return reduction_ != nullptr; }
  Index rows() const { return rows_; }    ///< of all parts
  Index first() const { return first_; }  ///< number of the first that is here

  void sum(std::span<double> values) const {
    if (reduction_)
      reduction_->sum(values);
  }
  double maximum(double value) const;
  /// Whether all parts say so.
  bool all(bool here) const { return maximum(here ? 0 : 1) == 0; }

  /// Makes what each part has computed from the same numbers the same to the bit, which another
  /// processor may round otherwise: takes what part 0 has, its shapes included.
  void agree(std::initializer_list<Matrix*> matrices) const;
  void agree(std::span<double> values) const;

 private:
  Reduction* reduction_;
  Index rows_;
  Index first_ = 0;
};

}  // namespace lowrank
