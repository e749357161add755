// SPDX-License-Identifier: LGPL-2.1-or-later
//
// PSNR of raw pictures; --help says more.

#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>

#include "raw_pictures.h"
#include "usage.h"

namespace {

using namespace benchmarks;

int run(int argc, char** argv) {
  const lowrank::ImageFormat format = format_of(argv[2], argv[3], argv[4]);
  const int most = Settings(argc - 5, argv + 5).number("pictures", 1 << 30);
  std::ifstream reference(argv[1], std::ios::binary);
  Bytes wanted(static_cast<std::size_t>(format.samples()));
  Bytes given(wanted.size());
  Errors errors;
  int pictures = 0;
  while (pictures < most &&
         reference.read(reinterpret_cast<char*>(wanted.data()), std::ssize(wanted))) {
    if (!std::cin.read(reinterpret_cast<char*>(given.data()), std::ssize(given)))
      throw std::runtime_error("picture " + std::to_string(pictures) + " is missing");
    errors.add(view_of(format, wanted.data()), view_of(format, given.data()));
    pictures++;
  }
  if (pictures == 0)
    throw std::runtime_error(std::string(argv[1]) + " holds no picture of that size");
  if (std::cin.peek() != std::char_traits<char>::eof())
    throw std::runtime_error("there are more pictures than in " + std::string(argv[1]));
  std::printf("{\"pictures\": %d, %s}\n", pictures, errors.json().c_str());
  return 0;
}

}  // namespace

constexpr const char* help =
    R"(Usage: benchmark-psnr REFERENCE WIDTH HEIGHT gray|i420 [pictures=N] <DECODED

PSNR of raw 8-bit pictures, read from standard input, against those of a file, or its first N. Fails
where there are not as many as there should be. Prints a line of JSON: PSNR of each component, of
all pictures together.
)";

int main(int argc, char** argv) {
  if (const auto status = benchmarks::answer_usage(argc, argv, help, 4, 5))
    return *status;
  try {
    std::ios::sync_with_stdio(false);
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "benchmark-psnr: %s\n", error.what());
    return 1;
  }
}
