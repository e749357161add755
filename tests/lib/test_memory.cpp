// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The memory that is taken stays within what was said of it: measured as the peak of a process of
// its own for each case.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "lowrank/background.h"
#include "lowrank/nmf.h"
#include "lowrank/rpca.h"
#include "lowrank/window.h"

namespace lowrank {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool shadowed = true;  // by memory of the sanitizer, several times as much
#else
constexpr bool shadowed = false;
#endif

// A figure of the process, in bytes.
std::uint64_t figure(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind(name + ":", 0) == 0)
      return std::stoull(line.substr(name.size() + 1)) * 1024;
  return 0;
}

// What a call adds to the memory of a process at its peak; 0 if the call fails.
std::uint64_t peak_of(const std::function<void()>& call) {
  int ends[2];
  if (pipe(ends) != 0)
    return 0;
  const pid_t child = fork();
  if (child == 0) {
    std::uint64_t peak = 0;
    try {
      const std::uint64_t before = figure("VmRSS");
      call();
      peak = figure("VmHWM") - before;
    } catch (const std::exception&) {
    }
    _exit(write(ends[1], &peak, sizeof peak) == sizeof peak ? 0 : 1);
  }
  std::uint64_t peak = 0;
  int status = 1;
  waitpid(child, &status, 0);
  const bool whole = status == 0 && read(ends[0], &peak, sizeof peak) == sizeof peak;
  close(ends[0]);
  close(ends[1]);
  return whole ? peak : 0;
}

// A still scene in light that changes, with noise and what moves; or noise alone, which makes ranks
// large.
std::vector<std::uint8_t> pixels(Index rows, Index cols, bool noise) {
  std::vector<std::uint8_t> out(static_cast<std::size_t>(rows * cols));
  std::mt19937 engine(1);
  for (Index j = 0; j < cols; j++) {
    const double light = 1 + 0.2 * std::sin(0.1 * static_cast<double>(j));
    for (Index i = 0; i < rows; i++) {
      const auto random = static_cast<double>(engine() % 256);
      const bool object = (i / 50 + 3 * j) % 97 < 4;
      const double scene = light * static_cast<double>(60 + i * 37 % 100) + random / 40;
      out[static_cast<std::size_t>(i + j * rows)] = static_cast<std::uint8_t>(noise    ? random
                                                                              : object ? 240
                                                                                       : scene);
    }
  }
  return out;
}

class Memory : public testing::Test {
 protected:
  void SetUp() override {
    if (shadowed)
      GTEST_SKIP() << "a sanitizer takes more";
  }
};

struct Shape {
  Index rows, cols;
};

constexpr Shape shapes[] = {{76800, 40}, {40, 76800}, {3000, 300}};

// `run` makes a factorization with these options, `bound` says what it takes.
template <typename Options, typename Run, typename Bound>
void expect_bounded(const std::vector<Options>& all, const Run& run, const Bound& bound) {
  for (const Shape& shape : shapes) {
    const std::vector<std::uint8_t> bytes = pixels(shape.rows, shape.cols, true);
    const ByteView m(bytes.data(), shape.rows, shape.cols);
    for (std::size_t i = 0; i < all.size(); i++) {
      const std::uint64_t peak = peak_of([&] { run(m, all[i]); });
      EXPECT_GT(peak, 0u);
      EXPECT_LE(peak, bound(m, all[i])) << shape.rows << " x " << shape.cols << ", options " << i;
    }
  }
}

TEST_F(Memory, OfPrincipalComponentPursuit) {
  expect_bounded<PcpOptions>(
      {{.tolerance = 1e-3, .max_iterations = 12},
       {.tolerance = 1e-3, .max_iterations = 12, .threads = 3, .keep_sparse = true},
       {.max_iterations = 12, .noise = -1},
       {.max_iterations = 12, .max_rank = 3, .threads = 3, .noise = 2}},
      [](ByteView m, const PcpOptions& options) { principal_component_pursuit(m, options); },
      [](ByteView m, const PcpOptions& options) { return pcp_memory(m.rows, m.cols, options); });
}

TEST_F(Memory, OfFixedRank) {
  expect_bounded<FixedRankOptions>(
      {{.max_iterations = 8}, {.max_iterations = 8, .threads = 3, .keep_sparse = true}},
      [](ByteView m, const FixedRankOptions& options) { fixed_rank_decomposition(m, 10, options); },
      [](ByteView m, const FixedRankOptions& options) {
        return fixed_rank_memory(m.rows, m.cols, 10, options);
      });
}

TEST_F(Memory, OfNonnegativeFactorization) {
  expect_bounded<NmfOptions>(
      {{.rank = 1, .max_iterations = 3},
       {.rank = 30, .max_iterations = 3},
       {.rank = 30, .max_iterations = 3, .threads = 3}},
      [](ByteView m, const NmfOptions& options) { nonnegative_matrix_factorization(m, options); },
      [](ByteView m, const NmfOptions& options) { return nmf_memory(m.rows, m.cols, options); });
}

struct Case {
  const char* name;
  Method method;
  double noise;
  int rank;
};

ImageView frame_of(const ImageFormat& format, const std::vector<std::uint8_t>& bytes, Index t) {
  ImageView view{format, {}};
  const Index rows = format.samples();
  const Index frames = std::ssize(bytes) / rows;
  view.planes[0] = {bytes.data() + t % frames * rows, format.width, 1, format.width, format.height};
  return view;
}

void pull_all(BackgroundEngine& engine) {
  Separation separation;
  while (engine.pull(separation))
    continue;
}

struct Window {
  ImageFormat format;
  int frames;
};

// Separates two and a half windows, so that the plates of two wait at the end.
void expect_within_limit(const Window& w, BackgroundOptions options) {
  options.window = w.frames;
  options.max_memory = 1;
  std::uint64_t needed = 0;
  try {
    BackgroundEngine().configure(w.format, options);
  } catch (const MemoryLimitError& error) {
    needed = error.needed;
  }
  options.max_memory = needed;
  const auto bytes = pixels(w.format.samples(), w.frames, false);
  const std::uint64_t peak = peak_of([&] {
    BackgroundEngine engine;
    engine.configure(w.format, options);
    for (int t = 0; t < w.frames * 5 / 2; t++) {
      engine.push(frame_of(w.format, bytes, t));
      pull_all(engine);
    }
    engine.drain();
    pull_all(engine);
  });
  EXPECT_GT(peak, 0u);
  EXPECT_LE(peak, needed) << w.format.width << ", threads " << options.threads;
}

// Where the Gram matrix is larger than all else.
TEST_F(Memory, OfAnSvdOverManyFrames) {
  BackgroundOptions options;
  options.method = Method::svd;
  options.threads = 4;
  expect_within_limit({{ColorModel::gray, 80, 40}, 1400}, options);
}

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

class MemoryOfWindows : public Memory, public testing::WithParamInterface<Case> {
 protected:
  BackgroundOptions options(unsigned threads) const {
    BackgroundOptions options;
    options.method = GetParam().method;
    options.noise = GetParam().noise;
    options.rank = GetParam().rank;
    options.threads = threads;
    return options;
  }
};

INSTANTIATE_TEST_SUITE_P(
    Methods, MemoryOfWindows,
    testing::Values(Case{"pcp", Method::pcp, -1, 0}, Case{"exact", Method::pcp, 0, 0},
                    Case{"svd", Method::svd, 0, 0}, Case{"svd20", Method::svd, 0, 20},
                    Case{"nmf", Method::nmf, 0, 0}, Case{"fixed_rank", Method::fixed_rank, 0, 0}),
    [](const auto& info) { return info.param.name; });

TEST_P(MemoryOfWindows, IsThatOfTheLimit) {
  for (const Window& w :
       {Window{{ColorModel::gray, 320, 240}, 40}, Window{{ColorModel::gray, 80, 60}, 300},
        Window{{ColorModel::gray, 80, 60}, 20}})
    for (const unsigned threads : {1u, 4u})
      expect_within_limit(w, options(threads));
}

TEST_P(MemoryOfWindows, IsThatOfTheirFactors) {
  for (const Shape& shape : {Shape{76800, 40}, Shape{4800, 300}})
    for (const unsigned threads : {1u, 4u}) {
      const std::vector<std::uint8_t> bytes = pixels(shape.rows, shape.cols, false);
      const TiledBytes m{bytes.data(), shape.rows, shape.cols, tile_height(shape.rows, shape.cols),
                         shape.cols};
      const std::uint64_t peak = peak_of([&] { factorize_window(m, options(threads)); });
      EXPECT_GT(peak, 0u);
      EXPECT_LE(peak, factorize_window_memory(options(threads), shape.rows, shape.cols));
    }
}

// A stream that is solved as a whole takes frames as long as the memory is enough for all.
TEST_P(MemoryOfWindows, IsEnoughForAStreamThatIsTaken) {
  const ImageFormat format{ColorModel::gray, 320, 240};
  const auto bytes = pixels(format.samples(), 30, true);
  BackgroundOptions wanted = options(1);
  wanted.max_memory = 128 << 20;
  const std::uint64_t peak = peak_of([&] {
    BackgroundEngine engine;
    engine.configure(format, wanted);
    try {
      for (int t = 0;; t++)
        engine.push(frame_of(format, bytes, t));
    } catch (const MemoryLimitError&) {
      engine.drain();
      pull_all(engine);
    }
  });
  EXPECT_GT(peak, 0u);
  EXPECT_LE(peak, wanted.max_memory);
}

}  // namespace
}  // namespace lowrank
