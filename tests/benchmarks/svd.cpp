// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lowrank/svd.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "usage.h"

// The singular value decompositions on a video, against each other; --help says more.
namespace {

using lowrank::Index;
using lowrank::Svd;

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double clock_seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

class Comparison {
 public:
  explicit Comparison(std::vector<float> exact) : exact_(std::move(exact)) {}

  template <typename Call>
  void time(const std::string& name, Index k, const Call& call) const {
    double cpu = HUGE_VAL;
    double wall = HUGE_VAL;
    Svd s;
    for (int run = 0; run < 3; run++) {
      const double cpu_start = cpu_seconds();
      s = call(1u);
      cpu = std::min(cpu, cpu_seconds() - cpu_start);
      const double start = clock_seconds();
      s = call(2u);
      wall = std::min(wall, clock_seconds() - start);
    }
    double error = 0;
    for (std::size_t i = 0; i < s.sigma.size(); i++)
      error = std::max(error, std::abs(static_cast<double>(s.sigma[i]) / exact_[i] - 1));
    std::printf("k %3td  %-32s CPU %.3f s, on two threads %.3f s, error %.1e\n", k, name.c_str(),
                cpu, wall, error);
    std::fflush(stdout);
  }

 private:
  std::vector<float> exact_;
};

template <typename View>
void time_all(const Comparison& comparison, const std::string& type, View a, Index k) {
  for (const int q : {0, 1, 2, 4})
    comparison.time("randomized " + type + ", q " + std::to_string(q), k, [&](unsigned threads) {
      return randomized_svd(a, k, {.power_iterations = q, .threads = threads});
    });
  for (const double tolerance : {1e-1, 1e-2, 1e-3}) {
    char name[64];
    std::snprintf(name, sizeof name, "block Krylov %s to %.0e", type.c_str(), tolerance);
    comparison.time(name, k, [&](unsigned threads) {
      return block_krylov_svd(a, k, {.tolerance = tolerance, .threads = threads});
    });
  }
  comparison.time("Gram " + type, k, [&](unsigned threads) { return gram_svd(a, k, threads); });
  comparison.time("leading " + type, k,
                  [&](unsigned threads) { return leading_svd(a, k, {.threads = threads}); });
}

void run(const char* path, Index pixels) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> video{std::istreambuf_iterator<char>(file), {}};
  if (pixels < 1 || std::ssize(video) < pixels)
    throw std::runtime_error(std::string("no frames in ") + path);
  const Index frames = std::ssize(video) / pixels;
  const lowrank::ByteView bytes(reinterpret_cast<const std::uint8_t*>(video.data()), pixels,
                                frames);
  lowrank::Matrix floats(pixels, frames);
  for (Index i = 0; i < pixels * frames; i++)
    floats.data()[i] = bytes.data[i];
  const Index most = std::min(pixels, frames);
  const Comparison comparison(gram_svd(bytes, most).sigma);
  for (const Index k : {1, 10, 50, 100}) {
    if (k > most)
      break;
    time_all(comparison, "floats", lowrank::FloatView(floats), k);
    time_all(comparison, "bytes", bytes, k);
  }
}

}  // namespace

constexpr const char* help =
    R"(Usage: benchmark-svd FILE PIXELS

The singular value decompositions on a video, against each other.
For each the least CPU time of three runs on one thread, the least time by the clock on two, and
the largest relative error of σ, of which gram_svd of the bytes gives the reference.

  FILE    gray frames, a byte a pixel
  PIXELS  of a frame
)";

int main(int argc, char** argv) {
  if (const auto status = benchmarks::answer_usage(argc, argv, help, 2, 2))
    return *status;
  try {
    run(argv[1], std::stol(argv[2]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
