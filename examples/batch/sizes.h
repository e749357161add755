// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace batch {

/// Bytes from a number with K, M, G or T (of 1024 each) behind it, such as 2G or 1.5g.
std::optional<std::uint64_t> parse_size(const std::string& text);
/// Such as "2.5 GiB".
std::string size_text(std::uint64_t bytes);

}  // namespace batch
