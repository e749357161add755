// SPDX-License-Identifier: LGPL-2.1-or-later
#include "page.h"

#include <cstdio>
#include <stdexcept>

namespace gallery {

std::string number(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

Table::Table(const std::string& folder, const std::string& name,
             const std::vector<std::string>& header)
    : path_(folder + "/" + name + ".table"), out_(path_) {
  row(header);
  row(std::vector<std::string>(header.size(), "---"));
}

void Table::row(const std::vector<std::string>& cells) {
  for (const std::string& cell : cells)
    out_ << "| " << cell << ' ';
  out_ << "|\n";
  if (!out_.flush())
    throw std::runtime_error("cannot write " + path_);
}

}  // namespace gallery
