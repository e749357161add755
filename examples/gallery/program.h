// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace gallery {

/// What a program takes, and what it does with that.
struct Program {
  const char* manual;  ///< for --help
  std::size_t least;   ///< arguments
  std::size_t most;
  std::function<void(const std::vector<std::string>&)> run;
};

/// Starts GStreamer and runs the program with its arguments: 0, 1 and a message after an exception,
/// 2 and a message for wrong arguments.
int main_of(const Program& program, int argc, char** argv);

}  // namespace gallery
