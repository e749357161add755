// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <fstream>
#include <string>
#include <vector>

namespace gallery {

/// A number with so many digits behind the point.
std::string number(double value, int digits = 0);

/// A table of Markdown, which `make` puts into the page in place of a line `@NAME@`.
class Table {
 public:
  /// Writes to FOLDER/NAME.table. Throws std::runtime_error.
  Table(const std::string& folder, const std::string& name, const std::vector<std::string>& header);
  /// Throws std::runtime_error.
  void row(const std::vector<std::string>& cells);

 private:
  std::string path_;
  std::ofstream out_;
};

}  // namespace gallery
