// SPDX-License-Identifier: LGPL-2.1-or-later
#include "program.h"

#include <gst/gst.h>

#include <algorithm>
#include <cstdio>
#include <exception>

namespace gallery {

int main_of(const Program& program, int argc, char** argv) try {
  gst_init(&argc, &argv);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (std::ranges::find(arguments, "--help") != arguments.end()) {
    std::fputs(program.manual, stdout);
    return 0;
  }
  for (const std::string& argument : arguments)
    if (argument.starts_with("-")) {
      std::fprintf(stderr, "%s: no such option: %s; --help says more\n", argv[0], argument.c_str());
      return 2;
    }
  if (arguments.size() < program.least || arguments.size() > program.most) {
    std::fprintf(stderr, "%s: %zu arguments are the wrong number; --help says more\n", argv[0],
                 arguments.size());
    return 2;
  }
  program.run(arguments);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
  return 1;
}

}  // namespace gallery
