// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>

#include "bytes.h"

/// What the programs that make seeds have in common.
namespace lowrank::fuzz {

inline void write_seed(const std::string& folder, const std::string& name, const Bytes& bytes) {
  std::ofstream file(folder + "/seed-" + name + ".input", std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  if (!file)
    throw std::runtime_error("no file can be written to " + folder);
}

/// Runs `make` with the folder that the command line names; what main() returns.
inline int make_corpus_in(int count, char** arguments,
                          const std::function<void(const std::string&)>& make) {
  try {
    if (count != 2)
      throw std::runtime_error(std::string("usage: ") + arguments[0] + " FOLDER");
    make(arguments[1]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

}  // namespace lowrank::fuzz
