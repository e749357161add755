// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Times the batch decompositions on a video: batch [--threads N] [--tolerance T]… [FILE WIDTH
// HEIGHT], where FILE holds frames of 8-bit grey, such as
//   gst-launch-1.0 filesrc location=clip.avi ! decodebin ! videoscale ! videoconvert !
//     video/x-raw,format=GRAY8,width=320,height=240 ! filesink location=clip.gray
// Without a file the video is synthetic: a textured background in changing light, squares that
// move, and sensor noise.

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "lowrank/nmf.h"
#include "lowrank/rpca.h"
#include "lowrank/svd.h"

namespace {

using lowrank::Index;

struct Video {
  std::vector<std::uint8_t> bytes;
  Index pixels = 0;
  Index frames = 0;
  lowrank::ByteView view() const { return {bytes.data(), pixels, frames}; }
};

Video synthetic_video(Index width, Index height, Index frames) {
  Video video{std::vector<std::uint8_t>(static_cast<std::size_t>(width * height * frames)),
              width * height, frames};
  std::uint32_t state = 1;
  std::uint8_t* out = video.bytes.data();
  for (Index t = 0; t < frames; t++)
    for (Index y = 0; y < height; y++)
      for (Index x = 0; x < width; x++) {
        state = state * 1664525u + 1013904223u;
        const double noise = (static_cast<double>(state >> 8) / 0x1p24 - 0.5) * 10;
        const double light = 1 + 0.1 * std::sin(static_cast<double>(t) * 0.05);
        const double texture = 100 + 40 * std::sin(static_cast<double>(x) * 0.3) *
                                         std::cos(static_cast<double>(y) * 0.2);
        const bool square =
            (x - 2 * t) % width > -12 && (x - 2 * t) % width <= 0 && y / 16 % 4 == 1;
        *out++ = static_cast<std::uint8_t>(
            std::clamp((square ? 230 : texture * light) + noise, 0.0, 255.0));
      }
  return video;
}

Video read_video(const char* path, Index width, Index height) {
  std::ifstream file(path, std::ios::binary);
  if (!file || width < 1 || height < 1)
    throw std::runtime_error(std::string("cannot read ") + path);
  Video video{{std::istreambuf_iterator<char>(file), {}}, width * height, 0};
  video.frames = std::ssize(video.bytes) / video.pixels;
  return video;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void time_pcp(const Video& video, double tolerance, unsigned threads) {
  lowrank::PcpOptions options;
  options.tolerance = tolerance;
  options.threads = threads;
  const auto start = std::chrono::steady_clock::now();
  if (std::getenv("LOWRANK_BENCHMARK_VERBOSE"))
    options.progress = [&](const lowrank::PcpProgress& p) {
      std::printf("  %3d  residual %.2e  rank %4td  %.1f s\n", p.iteration, p.residual, p.rank,
                  seconds_since(start));
      return true;
    };
  const lowrank::PcpResult result = lowrank::principal_component_pursuit(video.view(), options);
  std::printf(
      "pcp to %.0e: %.2f s, %d iterations, residual %.2e, rank %td, %.1f %% of S, objective %.7g, "
      "peak %.0f MiB of %.0f allowed\n",
      tolerance, seconds_since(start), result.iterations, result.residual, result.rank(),
      100 * result.sparse_share, result.objective, peak_mib(),
      static_cast<double>(lowrank::pcp_memory(video.pixels, video.frames, options)) / 0x1p20);
}

void time_svd(const Video& video, unsigned threads) {
  auto start = std::chrono::steady_clock::now();
  const auto gram = lowrank::gram_svd(video.view(), std::min<Index>(50, video.frames), threads);
  std::printf("gram_svd, bytes, k = %td: %.2f s, sigma %.6g ... %.6g, peak %.0f MiB\n",
              std::ssize(gram.sigma), seconds_since(start), gram.sigma.front(), gram.sigma.back(),
              peak_mib());
  lowrank::Matrix floats(video.pixels, video.frames);
  std::copy(video.bytes.begin(), video.bytes.begin() + video.pixels * video.frames, floats.data());
  for (const Index k : {1, 10, 50}) {
    lowrank::RandomizedSvdOptions options;
    options.threads = threads;
    start = std::chrono::steady_clock::now();
    const auto result = lowrank::randomized_svd(floats, std::min(k, video.frames), options);
    std::printf("randomized_svd, k = %td: %.2f s, sigma %.6g ... %.6g\n", k, seconds_since(start),
                result.sigma.front(), result.sigma.back());
  }
}

void time_nmf(const Video& video, unsigned threads) {
  for (const Index rank : {1, 3, 5, 20}) {
    lowrank::NmfOptions options;
    options.rank = std::min({rank, video.pixels, video.frames});
    options.threads = threads;
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t work = std::clock();
    const auto result = lowrank::nonnegative_matrix_factorization(video.view(), options);
    std::printf(
        "nmf, rank %td: %.2f s, CPU %.2f s, %d iterations, optimality %.1e, residual %.6f\n",
        result.rank(), seconds_since(start),
        static_cast<double>(std::clock() - work) / CLOCKS_PER_SEC, result.iterations,
        result.optimality, result.residual);
  }
}

int run(const std::vector<std::string>& arguments) {
  unsigned threads = 1;
  std::vector<double> tolerances;
  std::vector<std::string> rest;
  for (std::size_t i = 0; i < arguments.size(); i++) {
    if (arguments[i] == "--threads" && i + 1 < arguments.size())
      threads = static_cast<unsigned>(std::stoul(arguments[++i]));
    else if (arguments[i] == "--tolerance" && i + 1 < arguments.size())
      tolerances.push_back(std::stod(arguments[++i]));
    else
      rest.push_back(arguments[i]);
  }
  const Video video = rest.size() == 3
                          ? read_video(rest[0].c_str(), std::stol(rest[1]), std::stol(rest[2]))
                          : synthetic_video(160, 120, 200);
  std::printf("%td pixels, %td frames, %u threads\n", video.pixels, video.frames, threads);
  for (const double tolerance : tolerances.empty() ? std::vector{1e-2, 1e-3} : tolerances)
    time_pcp(video, tolerance, threads);
  if (tolerances.empty()) {
    time_svd(video, threads);
    time_nmf(video, threads);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
