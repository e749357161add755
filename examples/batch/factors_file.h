// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include <lowrank/window.h>

#include "band.h"

namespace batch {

/// What a file of factors says of itself.
struct FactorsHeader {
  std::uint64_t run = 0;   ///< a number that the parts of a window have in common
  std::int64_t first = 0;  ///< frame of the video
  std::int32_t frames = 0;
  std::int32_t part = 0;
  std::int32_t parts = 0;
  std::int32_t rank = 0;
  std::int32_t iterations = 0;
  Band band;
  std::int64_t rows = 0;
};

/// Writes the factors of the rows of a band; whole, or not at all.
///
/// The file: "lowrank-batch factors 1\n"; the members of the header in their order, `band` as three
/// numbers of 4 bytes, the others as they are declared; u and v, float, column by column; the
/// noise, a byte a row; a MD5 sum of all that. Numbers are in the order of the machine.
void write_factors(const std::filesystem::path& path, FactorsHeader header,
                   const lowrank::WindowFactors& factors);

/// The header of a file that is there with all its bytes.
std::optional<FactorsHeader> read_header(const std::filesystem::path& path);

/// All of a file. Throws std::runtime_error when it is not there or not whole.
lowrank::WindowFactors read_factors(const std::filesystem::path& path, FactorsHeader& header);

}  // namespace batch
