// SPDX-License-Identifier: LGPL-2.1-or-later
#include "row_parts.h"

#include <numeric>
#include <vector>

namespace lowrank {

Reduction::~Reduction() = default;

RowParts::RowParts(Reduction* reduction, Index rows) : reduction_(reduction), rows_(rows) {
  if (!reduction)
    return;
  std::vector<double> counts(static_cast<std::size_t>(reduction->parts()));
  counts[static_cast<std::size_t>(reduction->part())] = static_cast<double>(rows);
  reduction->sum(counts);
  const auto here = counts.begin() + reduction->part();
  first_ = static_cast<Index>(std::accumulate(counts.begin(), here, 0.0));
  rows_ = static_cast<Index>(std::accumulate(counts.begin(), counts.end(), 0.0));
}

double RowParts::maximum(double value) const {
  if (reduction_)
    reduction_->maximum({&value, 1});
  return value;
}

void RowParts::agree(std::initializer_list<Matrix*> matrices) const {
  if (!reduction_)
    return;
  std::vector<Index> sizes;
  for (const Matrix* m : matrices)
    sizes.insert(sizes.end(), {m->rows(), m->cols()});
  reduction_->broadcast(std::as_writable_bytes(std::span(sizes)));
  auto size = sizes.begin();
  for (Matrix* m : matrices) {
    const Index rows = *size++;
    const Index cols = *size++;
    if (m->rows() != rows || m->cols() != cols)
      *m = Matrix(rows, cols);
    const auto count = static_cast<std::size_t>(rows * cols);
    if (count > 0)
      reduction_->broadcast(std::as_writable_bytes(std::span(m->data(), count)));
  }
}

void RowParts::agree(std::span<double> values) const {
  if (reduction_)
    reduction_->broadcast(std::as_writable_bytes(values));
}

}  // namespace lowrank
