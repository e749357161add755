// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Runs a target without libFuzzer: on the files of a corpus, and on mutations of them that are the
// same each time.
//
//   replay-TARGET MUTATIONS FILE-OR-FOLDER...
//
// MUTATIONS are made of each file. Where a check fails, or the library does, the program ends
// there; the input is then in FUZZ_INPUT, if that is set.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "mutations.h"
#include "target.h"

namespace lowrank::fuzz {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(int count, char** arguments) {
  std::vector<fs::path> files;
  for (int i = 0; i < count; i++) {
    if (!fs::is_directory(arguments[i])) {
      files.emplace_back(arguments[i]);
      continue;
    }
    for (const auto& entry : fs::directory_iterator(arguments[i]))
      if (entry.is_regular_file())
        files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Bytes read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
    throw std::runtime_error(file.string() + " cannot be read");
  return {std::istreambuf_iterator<char>(stream), {}};
}

void run(const Bytes& input) {
  static const char* const remember = std::getenv("FUZZ_INPUT");
  if (remember)
    std::ofstream(remember, std::ios::binary)
        .write(reinterpret_cast<const char*>(input.data()),
               static_cast<std::streamsize>(input.size()));
  test_one_input(input);
}

// Changes pile up: an input is made of the one before it, a few generations long.
void run_mutations(const std::vector<Bytes>& corpus, std::size_t which, int count) {
  constexpr int generations = 4;
  std::mt19937 random(static_cast<std::mt19937::result_type>(which));
  Bytes input;
  for (int i = 0; i < count; i++) {
    const Bytes& other = corpus[random() % corpus.size()];
    input = mutated(i % generations == 0 ? corpus[which] : input, other, most_input_bytes, random);
    run(input);
  }
}

int replay(int count, char** arguments) {
  if (count < 3)
    throw std::runtime_error("usage: replay-TARGET MUTATIONS FILE-OR-FOLDER...");
  const int mutations = std::stoi(arguments[1]);
  std::vector<Bytes> corpus;
  for (const fs::path& file : files_of(count - 2, arguments + 2)) {
    corpus.push_back(read(file));
    if (std::getenv("FUZZ_VERBOSE"))
      std::fprintf(stderr, "%s\n", file.c_str());
    run(corpus.back());
  }
  if (corpus.empty())
    throw std::runtime_error("an empty corpus");
  for (std::size_t i = 0; i < corpus.size(); i++)
    run_mutations(corpus, i, mutations);
  std::printf("%zu inputs, %d mutations of each\n", corpus.size(), mutations);
  return 0;
}

}  // namespace
}  // namespace lowrank::fuzz

int main(int count, char** arguments) {
  try {
    return lowrank::fuzz::replay(count, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
