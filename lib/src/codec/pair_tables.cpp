// SPDX-License-Identifier: LGPL-2.1-or-later
#include "codec/pair_tables.h"

#include "kernels/patch.h"

namespace lowrank::codec {
namespace {

template <std::size_t Components, std::size_t Pixels>
void set_basis(const std::int16_t (&basis)[Components][Pixels], SubspaceTables& tables) {
  tables.synthesis = PairTable(int{Pixels}, int{Components},
                               [&](int pixel, int component) { return basis[component][pixel]; });
  tables.analysis = PairTable(int{Components}, int{Pixels},
                              [&](int component, int pixel) { return basis[component][pixel]; });
}

template <std::size_t Pixels, std::size_t Border, std::size_t Components>
SubspaceTables subspace(const std::int16_t (&predictor)[Pixels][Border],
                        const std::int16_t (&basis)[Components][Pixels]) {
  SubspaceTables tables;
  tables.predictor = PairTable(int{Pixels}, int{Border},
                               [&](int pixel, int sample) { return predictor[pixel][sample]; });
  set_basis(basis, tables);
  return tables;
}

PatchTables make_tables() {
  PatchTables tables;
  for (int k = 0; k < classes8; k++)
    tables.small.push_back(subspace(predictor8[k], basis8[k]));
  for (int k = 0; k < classes16; k++)
    tables.whole.push_back(subspace(predictor16[k], basis16[k]));
  set_basis(basis_inter, tables.inter);
  return tables;
}

}  // namespace

const PatchTables& patch_tables() {
  static const PatchTables tables = make_tables();
  return tables;
}

void multiply_inter(const std::int16_t* samples, std::int32_t* products) {
  const PairTable& analysis = patch_tables().inter.analysis;
  kernels::multiply(analysis.data(), analysis.outputs(), samples, analysis.pairs(), products);
}

}  // namespace lowrank::codec
