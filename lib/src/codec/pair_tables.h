// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "codec/tables.h"

namespace lowrank::codec {

/// A table in the order of kernels/patch.h.
class PairTable {
 public:
  PairTable() = default;
  /// Element (o, j) from `at(o, j)`; `inputs` is even.
  template <typename At>
  PairTable(int outputs, int inputs, const At& at)
      : data_(static_cast<std::size_t>(outputs * inputs)), outputs_(outputs), inputs_(inputs) {
    for (int o = 0; o < outputs; o++)
      for (int j = 0; j < inputs; j++)
        data_[static_cast<std::size_t>((j / 2 * outputs + o) * 2 + j % 2)] = at(o, j);
  }
  const std::int16_t* data() const { return data_.data(); }
  int outputs() const { return outputs_; }
  int pairs() const { return inputs_ / 2; }

 private:
  std::vector<std::int16_t> data_;
  int outputs_ = 0;
  int inputs_ = 0;
};

/// Of one subspace: the predictor, and the basis from components to samples and back.
struct SubspaceTables {
  PairTable predictor;
  PairTable synthesis;
  PairTable analysis;
};

struct PatchTables {
  std::vector<SubspaceTables> small;  ///< of 8×8
  std::vector<SubspaceTables> whole;  ///< of 16×16
  SubspaceTables inter;               ///< without predictor
};

/// Made at the first call, for as long as the process lasts. Thread-safe.
const PatchTables& patch_tables();

/// Products of 64 samples with the basis of inter patches.
void multiply_inter(const std::int16_t* samples, std::int32_t* products);

}  // namespace lowrank::codec
