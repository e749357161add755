// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "codec/bit_model.h"
#include "codec/patch_state.h"

namespace lowrank::codec {

/// What levels belong to.
enum class LevelType : std::uint8_t { luma_intra, luma_inter, chroma_intra, chroma_inter, luma16 };
constexpr int level_types = 5;

constexpr LevelType level_type(int plane, bool intra) {
  return plane == 0 ? intra ? LevelType::luma_intra : LevelType::luma_inter
         : intra    ? LevelType::chroma_intra
                    : LevelType::chroma_inter;
}

/// Models of levels. Arrays go by type first.
struct LevelContexts {
  // Bucket of the rank, one by one; by the buckets of the patches to the left and above.
  BitModel rank[level_types][8][8][7];
  // Its first three bits within the bucket.
  BitModel rank_bits[level_types][8][8];

  // Whether a level is 0: by band, the six levels next to it and the distance to the last one; and
  // by component, the same one of the neighbours and those beside it.
  BitModel zero[level_types][16][8][8];
  BitModel zero_around[level_types][components][6][3];
  // Whether its magnitude is over 1, and over 2.
  BitModel over_one[level_types][16][8][2];
  BitModel over_one_around[level_types][components][6];
  BitModel over_two[level_types][16][8];
  BitModel over_two_around[level_types][components][6];
  // The rest: length in bits, one by one, and the first bit.
  BitModel length[level_types][3][13];
  BitModel first_bit[level_types][3][13];
};

/// Models of modes.
struct ModeContexts {
  BitModel block_skip[3][3];  // of the whole block, by those to the left and above
  BitModel block_reference[3][3];
  BitModel whole[3][3];  // intra16, likewise
  BitModel skip[2][27];  // by the kinds to the left, above and above right; chroma apart
  BitModel inter[2][9];
  BitModel reference[2][9];
  BitModel same_left[2][2];  // class, by whether the one above is the same
  BitModel same_above[2][2];
  BitModel tree[2][16];
  BitModel tree16[4];
  BitModel from_shown[2];  // chroma apart
  BitModel smooth[2][9][3];
  BitModel motion[3][24];  // horizontal, and vertical by whether that is as predicted
};

/// All models of a slice.
struct PatchContexts {
  LevelContexts levels;
  LevelContexts enhancement;  // of the components from the base rank on
  ModeContexts modes;
};

}  // namespace lowrank::codec
