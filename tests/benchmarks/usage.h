// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdio>
#include <optional>
#include <string>

namespace benchmarks {

/// Answers --help, options that there are none of, and too few or too many arguments: gives the
/// exit status then, and nothing when there is work to do. `help` begins with "Usage: NAME ".
inline std::optional<int> answer_usage(int count, char** words, const std::string& help, int least,
                                       int most) {
  const std::string name = help.substr(7, help.find_first_of(" \n", 7) - 7);
  for (int i = 1; i < count; i++) {
    const std::string word = words[i];
    if (word == "--help" || word == "-h") {
      std::fputs(help.c_str(), stdout);
      return 0;
    }
    if (word.starts_with("--")) {
      std::fprintf(stderr, "%s: no such option: %s; --help says more\n", name.c_str(),
                   word.c_str());
      return 2;
    }
  }
  if (count - 1 >= least && count - 1 <= most)
    return {};
  std::fprintf(stderr, "%s: %s arguments; --help says more\n", name.c_str(),
               count - 1 < least ? "too few" : "too many");
  return 2;
}

}  // namespace benchmarks
