// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What libFuzzer calls. Its own mutations have a part in those of the target's kind of input, so
// that they get past the checksums.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>

#include "mutations.h"
#include "target.h"

using lowrank::fuzz::Bytes;

extern "C" {

std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lowrank::fuzz::test_one_input({data, size});
}

std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                    unsigned seed);
std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                    unsigned seed) {
  std::mt19937 random(seed);
  const auto change = [](Bytes& bytes, std::size_t most_bytes) {
    const std::size_t count = bytes.size();
    bytes.resize(std::min(most_bytes, count + 64));
    bytes.resize(LLVMFuzzerMutate(bytes.data(), count, bytes.size()));
  };
  const Bytes result = lowrank::fuzz::mutated({data, size}, {data, size}, most, random, change);
  std::ranges::copy(result, data);
  return result.size();
}

std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* data, std::size_t size,
                                      const std::uint8_t* other, std::size_t other_size,
                                      std::uint8_t* out, std::size_t most, unsigned seed);
std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* data, std::size_t size,
                                      const std::uint8_t* other, std::size_t other_size,
                                      std::uint8_t* out, std::size_t most, unsigned seed) {
  std::mt19937 random(seed);
  const Bytes result = lowrank::fuzz::mutated({data, size}, {other, other_size}, most, random);
  std::ranges::copy(result, out);
  return result.size();
}

}  // extern "C"
