// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "codec/patch_search.h"

namespace lowrank::codec {

/// What a slice became.
struct EncodedSlice {
  std::vector<std::uint8_t> base;
  std::vector<std::uint8_t> rest;  ///< of the components from the base rank on
  std::int64_t ranks = 0;          ///< sum of those of the patches of luma
  int skips = 0;                   ///< blocks that were taken from other pictures
};

/// What holds for all slices of a picture.
struct SliceTask {
  const Raster<std::uint8_t>* source;  ///< padded planes
  int base_rank;
  int most_rank;
  SearchEffort effort;
};

/// Encodes a slice of the picture that was begun, and decodes it as it goes.
EncodedSlice encode_slice(PatchPicture& picture, int slice, const SliceTask& task);

}  // namespace lowrank::codec
