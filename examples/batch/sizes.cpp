// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sizes.h"

#include <glib.h>

#include <cctype>
#include <string_view>

namespace batch {

std::optional<std::uint64_t> parse_size(const std::string& text) {
  gchar* end = nullptr;
  double value = g_ascii_strtod(text.c_str(), &end);
  if (end == text.c_str() || !(value > 0))
    return std::nullopt;
  std::string_view unit = end;
  if (!unit.empty()) {
    const auto power = std::string_view("KMGT").find(
        static_cast<char>(std::toupper(static_cast<unsigned char>(unit.front()))));
    if (power == std::string_view::npos)
      return std::nullopt;
    for (std::size_t i = 0; i <= power; i++)
      value *= 1024;
    unit.remove_prefix(1);
  }
  if ((!unit.empty() && unit != "B" && unit != "iB") || value < 1 || value >= 9e18)
    return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

std::string size_text(std::uint64_t bytes) {
  static constexpr const char* units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < std::size(units); unit++)
    value /= 1024;
  char text[32];
  g_snprintf(text, sizeof text, unit == 0 || value >= 100 ? "%.0f %s" : "%.1f %s", value,
             units[unit]);
  return text;
}

}  // namespace batch
