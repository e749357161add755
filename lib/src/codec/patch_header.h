// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "lowrank/codec.h"

namespace lowrank::codec {

/// What a picture in patches says of itself.
struct PatchHeader {
  int step_index = 0;
  int chroma_offset = 0;         ///< of the step index
  std::array<int, 2> deblock{};  ///< strength for luma and chroma, 0 … 4
};

/// A picture in patches, cut into what belongs to its slices.
struct PatchPayload {
  PatchHeader header;
  int base_rank = 0;           ///< 0 when the components are not kept apart
  std::vector<ByteSpan> base;  ///< of each slice
  std::vector<ByteSpan> rest;  ///< of each slice, the components from the base rank on
};

/// Nothing when sizes and values contradict each other.
std::optional<PatchPayload> read_payload(ByteSpan bytes, int slices);

/// Appends it. `rest` counts if there is a base rank.
void write_payload(const PatchHeader& header, int base_rank,
                   const std::vector<std::vector<std::uint8_t>>& base,
                   const std::vector<std::vector<std::uint8_t>>& rest,
                   std::vector<std::uint8_t>& out);

}  // namespace lowrank::codec
