// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lowrank/export.h"

namespace lowrank {

/// Writes a model, or any other bytes, to a file, all of it or nothing: into a new file beside it
/// (.NAME.XXXXXXXX, removed when something fails), on to the disk, and under its name. Whoever
/// reads the file meanwhile, and whatever ends the process or the machine, it holds the old bytes
/// or the new ones. A link is replaced, not followed.
///
/// Throws std::system_error, whose what() names path and reason. Thread-safe: of two that write the
/// same file the later wins.
LOWRANK_API void write_model_file(const std::string& path, std::span<const std::uint8_t> model);

/// The bytes of a file. Throws std::system_error, whose what() names path and reason:
/// std::errc::no_such_file_or_directory when there is no such file, and std::errc::file_too_large
/// when it has more than `limit` bytes. Thread-safe.
LOWRANK_API std::vector<std::uint8_t> read_model_file(const std::string& path, std::uint64_t limit);

}  // namespace lowrank
