// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Times batch factorizations of a video: batch [--threads N] [--file FILE WIDTH HEIGHT] TASK…,
// where FILE holds frames of 8-bit grey, such as
//   gst-launch-1.0 filesrc location=clip.avi ! decodebin ! videoscale ! videoconvert !
//     video/x-raw,format=GRAY8,width=320,height=240 ! filesink location=clip.gray
// Without a file the video is synthetic: a textured background in changing light, squares that
// move, and sensor noise. A task is a name and numbers:
//   pcp:TOLERANCE              exact principal component pursuit
//   stable:TOLERANCE[:RANK]    the stable form, noise estimated, rank bounded
//   fixed:RANK                 fixed-rank decomposition
//   nmf:RANK                   non-negative factorization
//   gram:K                     gram_svd of bytes
//   svd:K[:Q]  bytes:K[:Q]     randomized_svd of floats and of bytes, Q power iterations
//   against:RANK               distance of stable:3e-4:RANK and fixed:RANK from the L of pcp:1e-5
//   read                       the sum of all bytes, for the time to read the data once
// Each prints a line of JSON.

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
#include <sstream>
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
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file || width < 1 || height < 1)
    throw std::runtime_error(std::string("cannot read ") + path);
  Video video{{}, width * height, static_cast<Index>(file.tellg()) / (width * height)};
  video.bytes.resize(static_cast<std::size_t>(video.pixels * video.frames));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(video.bytes.data()), std::ssize(video.bytes));
  return video;
}

/// Prints members of a JSON object: times since it was made, and what is added.
class Report {
 public:
  explicit Report(const std::string& task)
      : wall_(std::chrono::steady_clock::now()), cpu_(std::clock()) {
    std::printf("{\"task\": \"%s\"", task.c_str());
  }
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;
  ~Report() {
    std::puts("}");
    std::fflush(stdout);
  }

  void stop() {
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - wall_;
    add("cpu", static_cast<double>(std::clock() - cpu_) / CLOCKS_PER_SEC);
    add("wall", wall.count());
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    add("peak_mib", static_cast<double>(usage.ru_maxrss) / 1024);
  }
  void add(const char* name, double value) { std::printf(", \"%s\": %.9g", name, value); }
  void add(const char* name, const std::vector<Index>& values) {
    std::printf(", \"%s\": [", name);
    for (std::size_t i = 0; i < values.size(); i++)
      std::printf(i > 0 ? ", %td" : "%td", values[i]);
    std::printf("]");
  }

 private:
  std::chrono::steady_clock::time_point wall_;
  std::clock_t cpu_;
};

struct Run {
  const Video& video;
  unsigned threads;
  std::vector<double> numbers;  // of the task

  double number(std::size_t i, double otherwise) const {
    return i < numbers.size() ? numbers[i] : otherwise;
  }
  Index rank(std::size_t i) const {
    return std::min(static_cast<Index>(number(i, 10)), video.frames);
  }
};

void add_figures(Report& report, const lowrank::PcpResult& result) {
  report.add("iterations", result.iterations);
  report.add("residual", result.residual);
  report.add("rank", static_cast<double>(result.rank()));
  report.add("sparse_share", result.sparse_share);
  report.add("objective", result.objective);
  report.add("noise", result.noise);
}

lowrank::PcpResult pursue(const Run& run, double noise, double tolerance, Index max_rank,
                          std::vector<Index>* ranks = nullptr) {
  lowrank::PcpOptions options;
  options.noise = noise;
  options.tolerance = tolerance;
  options.max_rank = max_rank;
  options.threads = run.threads;
  if (ranks)
    options.progress = [ranks](const lowrank::PcpProgress& progress) {
      ranks->push_back(progress.rank);
      return true;
    };
  return lowrank::principal_component_pursuit(run.video.view(), options);
}

void time_pcp(Report& report, const Run& run, double noise) {
  std::vector<Index> ranks;
  const double tolerance = run.number(0, noise < 0 ? 3e-4 : 1e-5);
  const auto result =
      pursue(run, noise, tolerance, noise < 0 ? static_cast<Index>(run.number(1, 0)) : 0, &ranks);
  report.stop();
  add_figures(report, result);
  report.add("ranks", ranks);
}

void time_fixed_rank(Report& report, const Run& run) {
  lowrank::FixedRankOptions options;
  options.threads = run.threads;
  const auto result = lowrank::fixed_rank_decomposition(run.video.view(), run.rank(0), options);
  report.stop();
  add_figures(report, result);
}

void time_nmf(Report& report, const Run& run) {
  lowrank::NmfOptions options;
  options.rank = run.rank(0);
  options.threads = run.threads;
  const auto result = lowrank::nonnegative_matrix_factorization(run.video.view(), options);
  report.stop();
  report.add("iterations", result.iterations);
  report.add("residual", result.residual);
}

// ‖A − UΣVᵀ‖/‖A‖ of a projection.
double relative_error(const lowrank::Svd& svd, const Video& video) {
  double rest = 0;
  for (const std::uint8_t x : video.bytes)
    rest += static_cast<double>(x) * x;
  const double all = rest;
  for (const float sigma : svd.sigma)
    rest -= static_cast<double>(sigma) * static_cast<double>(sigma);
  return std::sqrt(std::max(rest, 0.0) / all);
}

void time_svd(Report& report, const Run& run, const std::string& task) {
  lowrank::RandomizedSvdOptions options;
  options.threads = run.threads;
  options.power_iterations = static_cast<int>(run.number(1, options.power_iterations));
  lowrank::Svd result;
  if (task == "gram")
    result = lowrank::gram_svd(run.video.view(), run.rank(0), run.threads);
  else if (task == "bytes")
    result = lowrank::randomized_svd(run.video.view(), run.rank(0), options);
  else {
    lowrank::Matrix floats(run.video.pixels, run.video.frames);
    std::copy(run.video.bytes.begin(), run.video.bytes.end(), floats.data());
    const auto begun = std::chrono::steady_clock::now();
    const std::clock_t work = std::clock();
    result = lowrank::randomized_svd(floats, run.rank(0), options);
    report.add("svd_cpu", static_cast<double>(std::clock() - work) / CLOCKS_PER_SEC);
    report.add("svd_wall",
               std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  }
  report.stop();
  report.add("error", relative_error(result, run.video));
}

// Peak signal-to-noise ratio of one L against another, on a part of the elements.
double decibels(const lowrank::PcpResult& a, const lowrank::PcpResult& b) {
  double squares = 0;
  Index count = 0;
  const auto element = [](const lowrank::PcpResult& l, Index i, Index j) {
    float sum = 0;
    for (Index k = 0; k < l.rank(); k++)
      sum += l.u(i, k) * l.v(j, k);
    return static_cast<double>(sum);
  };
  for (Index i = 5; i < a.u.rows(); i += 61)
    for (Index j = 3; j < a.v.rows(); j += 7, count++)
      squares += std::pow(element(a, i, j) - element(b, i, j), 2);
  return 10 * std::log10(255 * 255 * static_cast<double>(count) / squares);
}

void compare(Report& report, const Run& run) {
  const auto exact = pursue(run, 0, 1e-5, 0);
  report.add("stable_db", decibels(pursue(run, -1, 3e-4, run.rank(0)), exact));
  lowrank::FixedRankOptions options;
  options.threads = run.threads;
  report.add(
      "fixed_db",
      decibels(lowrank::fixed_rank_decomposition(run.video.view(), run.rank(0), options), exact));
}

void time_reading(Report& report, const Run& run) {
  std::uint64_t sum = 0;
  for (const std::uint8_t x : run.video.bytes)
    sum += x;
  report.stop();
  report.add("sum", static_cast<double>(sum));
}

void perform(const Video& video, unsigned threads, const std::string& task) {
  std::vector<std::string> words;
  std::istringstream stream(task);
  for (std::string word; std::getline(stream, word, ':');)
    words.push_back(word);
  Run run{video, threads, {}};
  for (std::size_t i = 1; i < words.size(); i++)
    run.numbers.push_back(std::stod(words[i]));
  const std::string& name = words.at(0);
  Report report(task);
  if (name == "pcp" || name == "stable")
    time_pcp(report, run, name == "stable" ? -1 : 0);
  else if (name == "fixed")
    time_fixed_rank(report, run);
  else if (name == "nmf")
    time_nmf(report, run);
  else if (name == "svd" || name == "bytes" || name == "gram")
    time_svd(report, run, name);
  else if (name == "against")
    compare(report, run);
  else if (name == "read")
    time_reading(report, run);
  else
    throw std::runtime_error("no task " + name);
}

int run(const std::vector<std::string>& arguments) {
  unsigned threads = 1;
  Video video;
  std::vector<std::string> tasks;
  for (std::size_t i = 0; i < arguments.size(); i++) {
    if (arguments[i] == "--threads" && i + 1 < arguments.size()) {
      threads = static_cast<unsigned>(std::stoul(arguments[++i]));
    } else if (arguments[i] == "--file" && i + 3 < arguments.size()) {
      video = read_video(arguments[i + 1].c_str(), std::stol(arguments[i + 2]),
                         std::stol(arguments[i + 3]));
      i += 3;
    } else {
      tasks.push_back(arguments[i]);
    }
  }
  if (video.frames == 0)
    video = synthetic_video(160, 120, 200);
  if (tasks.empty())
    tasks = {"pcp:1e-5", "stable:3e-4", "fixed:5", "nmf:5", "gram:10", "svd:10"};
  for (const std::string& task : tasks)
    perform(video, threads, task);
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
