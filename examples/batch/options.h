// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

#include <lowrank/background.h>

namespace batch {

/// What the command line asks for.
struct Options {
  std::string input;  ///< a URI
  std::filesystem::path output;
  std::string method = "pcp";
  lowrank::BackgroundOptions background;  ///< without `window` and `threads`
  std::optional<int> window;              ///< 0: the whole video
  std::uint64_t memory = std::uint64_t{2} << 30;
  unsigned threads = 0;
  int pieces = 1;         ///< files of each output
  std::string encoder;    ///< empty: default_encoder()
  std::string extension;  ///< empty: by the encoder
  std::filesystem::path spool;
  bool fresh = false;
  bool keep = false;
  bool quiet = false;
  bool statistics = false;
};

/// The command line is wrong; what() says how.
class WrongUse : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads the command line, and starts GStreamer; --help ends the process. Throws WrongUse.
Options read_options(int argc, char** argv);

}  // namespace batch
