// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Memory runs out at each allocation in turn, and runs are cancelled at each question: what was
// thrown says so, nothing is left behind, and the next call is right.
//
// The operators of this program serve the library as well. What they do not see is the work buffer
// of the BLAS, and the frames of a window, which are pages of their own: of these mremap() sees
// when there are more.
#include <gtest/gtest.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <new>
#include <random>
#include <string>
#include <vector>

#include "allocations.h"
#include "lowrank/background.h"
#include "lowrank/nmf.h"
#include "lowrank/rpca.h"
#include "lowrank/svd.h"

#if defined(__linux__)
namespace {
std::atomic<int> growths{0};
std::atomic<int> growth_to_fail{0};
}  // namespace

extern "C" __attribute__((visibility("default"))) void* mremap(void* memory, std::size_t old_size,
                                                               std::size_t size, int flags,
                                                               ...) noexcept {
  if (++growths == growth_to_fail) {
    errno = ENOMEM;
    return reinterpret_cast<void*>(-1);
  }
  return reinterpret_cast<void*>(syscall(SYS_mremap, memory, old_size, size, flags));
}
#endif

namespace lowrank {
namespace {

using namespace allocations;

// All that a result says, to the last bit.
std::vector<double> content(const Matrix& a) {
  return {a.data(), a.data() + a.rows() * a.cols()};
}
void append(std::vector<double>& to, const std::vector<double>& more) {
  to.insert(to.end(), more.begin(), more.end());
}
std::vector<double> content(const Svd& s) {
  std::vector<double> all(s.sigma.begin(), s.sigma.end());
  append(all, content(s.u));
  append(all, content(s.v));
  return all;
}
template <typename Result>
std::vector<double> content_of(const Result& r, std::initializer_list<const Matrix*> parts) {
  std::vector<double> all{r.objective, r.residual, static_cast<double>(r.iterations)};
  for (const Matrix* part : parts)
    append(all, content(*part));
  return all;
}
std::vector<double> content(const PcpResult& r) {
  return content_of(r, {&r.u, &r.v, &r.sparse});
}
std::vector<double> content(const NmfResult& r) {
  return content_of(r, {&r.w, &r.h});
}
std::vector<double> content(std::uint64_t digest) {
  return {static_cast<double>(digest >> 32), static_cast<double>(digest & 0xffffffff)};
}

// Makes the allocations `first` to `last` of a call fail. False when it made none of them.
template <typename Call>
bool survives(const Call& call, const std::vector<double>& expected, long first, long last) {
  const long before = live;
  {
    bool right = true;
    fail_from(first, last);
    try {
      const auto result = call();
      fail_never();
      right = content(result) == expected;
    } catch (const std::bad_alloc&) {
      fail_never();
      right = refused > 0;
    }
    EXPECT_TRUE(right) << "allocation " << first;
  }
  EXPECT_EQ(live, before) << "allocation " << first;
  return refused > 0;
}

// Each allocation fails once alone, and every third with all that follow.
template <typename Call>
void survives_all(const Call& call) {
  const std::vector<double> expected = content(call());
  long count = 0;
  const auto sweep = [&](long step, bool alone) {
    for (long n = 1; survives(call, expected, n, alone ? n : never); n += step) {
      count++;
      // What a failure has broken for good the next of these finds.
      ASSERT_TRUE(n % 8 != 1 || content(call()) == expected) << "after allocation " << n;
      ASSERT_FALSE(testing::Test::HasFailure());
    }
  };
  sweep(1, true);
  sweep(3, false);
  EXPECT_GT(count, 5);
}

template <typename T>
struct Data {
  std::vector<T> elements;
  Index rows, cols;
  MatrixView<const T> view() const { return {elements.data(), rows, cols}; }
};

// Two components, falling, with some noise.
template <typename T>
Data<T> data(Index rows, Index cols) {
  Data<T> d{{}, rows, cols};
  std::mt19937 engine(1);
  for (Index j = 0; j < cols; j++)
    for (Index i = 0; i < rows; i++) {
      const Index wave = 9 * (i % 7) + 5 * (j % 3) * (i % 4);
      d.elements.push_back(static_cast<T>(50 + wave + static_cast<Index>(engine() % 8)));
    }
  return d;
}

constexpr unsigned thread_counts[] = {1, 3};

TEST(OutOfMemory, TheLibraryAllocatesByTheseOperators) {
  const auto m = data<float>(200, 9);
  const long plain_before = plain;
  const long aligned_before = aligned;
  const long live_before = live;
  const Svd s = gram_svd(m.view(), 2, 1);
  EXPECT_GT(plain, plain_before);
  EXPECT_GE(aligned, aligned_before + 2) << "matrices";
  EXPECT_GE(live, live_before + 3) << "of the result";
  fail_from(1, 1);
  bool thrown = false;
  try {
    gram_svd(m.view(), 2, 1);
  } catch (const std::bad_alloc&) {
    thrown = true;
  }
  fail_never();
  EXPECT_TRUE(thrown);
}

TEST(OutOfMemory, FullSvd) {
  for (const auto& [rows, cols] : {std::pair<Index, Index>{60, 9}, {9, 60}}) {
    const auto m = data<float>(rows, cols);
    survives_all([&] { return svd(m.view()); });
    survives_all([&] { return truncated_svd(m.view(), 3); });
  }
}

// Shapes that a sketch serves, and others.
constexpr std::pair<Index, Index> shapes[] = {{2000, 20}, {20, 2000}, {200, 40}};

template <typename T>
void svd_methods_survive(Index rows, Index cols, unsigned threads) {
  const auto m = data<T>(rows, cols);
  survives_all([&] { return gram_svd(m.view(), 3, threads); });
  survives_all([&] { return randomized_svd(m.view(), 3, {.threads = threads}); });
  survives_all([&] { return block_krylov_svd(m.view(), 3, {.threads = threads}); });
  survives_all([&] {
    return block_krylov_svd(m.view(), 3, {.tolerance = 1e-7, .max_passes = 3, .threads = threads});
  });
}

TEST(OutOfMemory, SvdMethods) {
  for (const unsigned threads : thread_counts)
    for (const auto& [rows, cols] : shapes) {
      svd_methods_survive<float>(rows, cols, threads);
      svd_methods_survive<std::uint8_t>(rows, cols, threads);
    }
}

TEST(OutOfMemory, LeadingSvd) {
  const auto small = data<std::uint8_t>(40, 9);
  survives_all([&] { return leading_svd(small.view(), 3); });
  const auto large = data<float>(1000, 200);
  for (const auto& [tolerance, method] : {std::pair{0.2, SvdMethod::randomized},
                                          {1e-3, SvdMethod::block_krylov},
                                          {1e-11, SvdMethod::full}}) {
    const LeadingSvdOptions options{.tolerance = tolerance};
    EXPECT_EQ(leading_svd(large.view(), 3, options).method, method);
    survives_all([&] { return leading_svd(large.view(), 3, options); });
  }
}

// 20 columns go by the Gram matrix, 48 by the carried subspace.
constexpr std::pair<Index, Index> pcp_shapes[] = {{300, 20}, {300, 48}, {48, 300}};

TEST(OutOfMemory, PrincipalComponentPursuit) {
  for (const unsigned threads : thread_counts)
    for (const auto& [rows, cols] : pcp_shapes) {
      const auto m = data<std::uint8_t>(rows, cols);
      const auto floats = data<float>(rows, cols);
      const std::vector<std::uint8_t> seen(m.elements.size(), 1);
      for (const double noise : {0.0, 3.0, -1.0}) {
        PcpOptions options{.max_iterations = 4, .threads = threads, .noise = noise};
        survives_all([&] { return principal_component_pursuit(m.view(), options); });
        options.keep_sparse = true;
        options.max_rank = 4;
        options.observed = ByteView(seen.data(), rows, cols);
        survives_all([&] { return principal_component_pursuit(floats.view(), options); });
      }
    }
}

TEST(OutOfMemory, FixedRank) {
  for (const unsigned threads : thread_counts)
    for (const auto& [rows, cols] : pcp_shapes) {
      const auto m = data<std::uint8_t>(rows, cols);
      const FixedRankOptions options{.max_iterations = 4, .threads = threads, .keep_sparse = true};
      survives_all([&] { return fixed_rank_decomposition(m.view(), 2, options); });
    }
}

TEST(OutOfMemory, NonnegativeFactorization) {
  for (const unsigned threads : thread_counts)
    for (const auto& [rows, cols] : {std::pair<Index, Index>{300, 20}, {20, 300}}) {
      const auto m = data<std::uint8_t>(rows, cols);
      NmfOptions options{.rank = 3, .max_iterations = 3, .threads = threads};
      survives_all([&] { return nonnegative_matrix_factorization(m.view(), options); });
      const auto floats = data<float>(rows, cols);
      const auto start = data<float>(rows, 3);
      options.initial_w = start.view();
      options.sparsity = 1;
      survives_all([&] { return nonnegative_matrix_factorization(floats.view(), options); });
    }
}

// Of all plates and masks of a short stream.
std::uint64_t separate(const BackgroundOptions& options, const std::vector<std::uint8_t>& samples) {
  const ImageFormat format{ColorModel::gray, 16, 8};
  BackgroundEngine engine;
  engine.configure(format, options);
  std::uint64_t digest = 0;
  const auto pull = [&] {
    Separation separation;
    while (engine.pull(separation))
      for (int y = 0; y < format.height; y++)
        for (int x = 0; x < format.width; x++)
          digest = digest * 1099511628211u ^
                   static_cast<std::uint64_t>(separation.background.planes[0].row(y)[x] +
                                              256 * separation.mask.row(y)[x]);
  };
  for (int t = 0; t < 7; t++) {
    ImageView frame{format, {}};
    frame.planes[0] = {samples.data() + 128 * t, 16, 1, 16, 8};
    engine.push(frame);
    pull();
  }
  engine.drain();
  pull();
  return digest;
}

// A window is solved on a thread of its own, and the second one fades in.
TEST(OutOfMemory, Windows) {
  const std::vector<std::uint8_t> samples = data<std::uint8_t>(128, 7).elements;
  for (const Method method : {Method::pcp, Method::svd, Method::nmf, Method::fixed_rank})
    for (const auto& [window, threads] : {std::pair{0, 1u}, {0, 3u}, {4, 3u}}) {
      BackgroundOptions options;
      options.method = method;
      options.window = window;
      options.threads = threads;
      survives_all([&] { return separate(options, samples); });
    }
}

// Asks again until there is memory for it.
template <typename Call>
void insist(const Call& call) {
  for (bool done = false; !done;) {
    try {
      call();
      done = true;
    } catch (const std::bad_alloc&) {
      ASSERT_GT(refused, 0);
    }
  }
}

// An online engine, and what it is given.
class Online {
 public:
  static constexpr int frames = 14;  // a component is learned from at frame 12

  Online() {
    std::mt19937 random(3);
    for (std::uint8_t& sample : samples_)
      sample = static_cast<std::uint8_t>(100 + random() % 20);
    options_.rank = 3;
    options_.threads = 1;
    options_.without = static_cast<std::uint32_t>(OnlineStep::stabilization);  // slow on noise
    engine.configure(format_, options_);
  }

  // Holds the model from a frame on, or not at all, and lets allocation n from a frame on fail.
  std::uint64_t play(int freeze_at = frames, int fail_at = frames, long n = never) {
    engine.set_options(options_);
    BackgroundOptions frozen = options_;
    frozen.update = Update::frozen;
    std::uint64_t digest = 0;
    Separation separation;
    for (int t = 0; t < frames; t++) {
      ImageView frame{format_, {}};
      frame.planes[0] = {samples_.data() + 128 * t, 16, 1, 16, 8};
      if (t == fail_at)
        fail_from(n, n);
      if (t == freeze_at)
        insist([&] { engine.set_options(frozen); });
      insist([&] { engine.push(frame); });
      insist([&] { engine.pull(separation); });
      for (int y = 0; y < format_.height; y++)
        for (int x = 0; x < format_.width; x++)
          digest = digest * 1099511628211u ^ separation.background.planes[0].row(y)[x];
    }
    return digest;
  }

  BackgroundEngine engine;

 private:
  ImageFormat format_{ColorModel::gray, 16, 8};
  std::array<std::uint8_t, 128 * frames> samples_;
  BackgroundOptions options_;
};

// Whatever the model was doing, frozen within its first frames or given a component: it goes on,
// and once it is reset it does as a new one.
TEST(OutOfMemory, OnlineGoesOn) {
  Online fresh;
  const std::uint64_t expected = fresh.play();
  EXPECT_GT(fresh.engine.stats().rank, 1);
  for (const auto& [freeze_at, fail_at] : {std::pair{6, 6}, {Online::frames, 12}}) {
    bool short_of_it = true;
    long n = 1;
    for (; short_of_it; n++) {
      Online online;
      online.play(freeze_at, fail_at, n);
      if (refused > 0) {  // else reset() may be the one to make it
        EXPECT_NO_THROW(fresh.engine.load_model(online.engine.save_model())) << n;
      }
      insist([&] { online.engine.reset(); });
      short_of_it = refused > 0;
      fail_never();
      ASSERT_TRUE(n % 4 != 1 || online.play() == expected) << "after allocation " << n;
    }
    EXPECT_GT(n, 20);
  }
}

#if defined(__linux__)
// Then the frame is not taken, and may come again.
TEST(OutOfMemory, WhenAStreamGrows) {
  const ImageFormat format{ColorModel::gray, 16, 8};
  const std::vector<std::uint8_t> samples = data<std::uint8_t>(128, 40).elements;
  BackgroundOptions options;
  options.method = Method::svd;
  for (int fail = 0; fail <= 2; fail++) {
    growths = 0;
    growth_to_fail = fail;
    BackgroundEngine engine;
    engine.configure(format, options);
    int refused_frames = 0;
    for (int t = 0; t < 40; t++) {
      ImageView frame{format, {}};
      frame.planes[0] = {samples.data() + 128 * t, 16, 1, 16, 8};
      try {
        engine.push(frame);
      } catch (const std::bad_alloc&) {
        refused_frames++;
        t--;
      }
    }
    EXPECT_GE(growths, 2);
    EXPECT_EQ(refused_frames, fail > 0);
    engine.drain();
    Separation separation;
    int t = 0;
    for (; engine.pull(separation); t++)
      EXPECT_EQ(std::memcmp(separation.input.planes[0].data, samples.data() + 128 * t, 128), 0);
    EXPECT_EQ(t, 40);
  }
}
#endif

// Ends a call at each question of its callback in turn, by a false answer and by an exception.
template <typename Call>
void leaves_nothing_when_cancelled(const Call& call) {
  struct Stop {};
  call([](const auto&...) { return true; });
  for (const bool thrown : {false, true}) {
    int last = 0;
    int count = 0;
    do {
      last++;
      count = 0;
      const long before = live;
      try {
        call([&](const auto&...) {
          if (++count == last && thrown)
            throw Stop();
          return count < last;
        });
      } catch (const Cancelled&) {
      } catch (const Stop&) {
      }
      ASSERT_EQ(live, before) << "cancelled at call " << last;
    } while (count == last);
    EXPECT_GT(last, 3);
  }
}

TEST(Cancelling, LeavesNothingBehind) {
  for (const unsigned threads : thread_counts) {
    const auto m = data<float>(2000, 20);
    const auto bytes = data<std::uint8_t>(48, 300);
    leaves_nothing_when_cancelled([&](auto ask) { svd(m.view(), {ask}); });
    leaves_nothing_when_cancelled([&](auto ask) { truncated_svd(m.view(), 2, {ask}); });
    leaves_nothing_when_cancelled([&](auto ask) {
      gram_svd(m.view(), 2, GramSvdOptions{threads, ask});
    });
    leaves_nothing_when_cancelled(
        [&](auto ask) { randomized_svd(m.view(), 2, {.threads = threads, .progress = ask}); });
    leaves_nothing_when_cancelled(
        [&](auto ask) { block_krylov_svd(m.view(), 2, {.threads = threads, .progress = ask}); });
    leaves_nothing_when_cancelled(
        [&](auto ask) { leading_svd(m.view(), 2, {.threads = threads, .progress = ask}); });
    for (const double noise : {0.0, 3.0})
      leaves_nothing_when_cancelled([&](auto ask) {
        principal_component_pursuit(bytes.view(), {.max_iterations = 8,
                                                   .threads = threads,
                                                   .keep_sparse = true,
                                                   .noise = noise,
                                                   .progress = ask});
      });
    leaves_nothing_when_cancelled([&](auto ask) {
      fixed_rank_decomposition(bytes.view(), 2, {.threads = threads, .progress = ask});
    });
    leaves_nothing_when_cancelled([&](auto ask) {
      nonnegative_matrix_factorization(bytes.view(),
                                       {.rank = 2, .threads = threads, .progress = ask});
    });
  }
}

// What is found only when the work has begun.
TEST(BadInput, LeavesNothingBehind) {
  for (const unsigned threads : thread_counts)
    for (const auto& [rows, cols] : shapes) {
      auto m = data<float>(rows, cols);
      m.elements.back() = std::numeric_limits<float>::quiet_NaN();
      const auto refused_cleanly = [&](const auto& call) {
        const long before = live;
        bool thrown = false;
        try {
          call();
        } catch (const std::invalid_argument&) {
          thrown = true;
        }
        EXPECT_TRUE(thrown);
        EXPECT_EQ(live, before);
      };
      refused_cleanly([&] { svd(m.view()); });
      refused_cleanly([&] { gram_svd(m.view(), 2, threads); });
      refused_cleanly([&] { randomized_svd(m.view(), 2, {.threads = threads}); });
      refused_cleanly([&] { block_krylov_svd(m.view(), 2, {.threads = threads}); });
      refused_cleanly([&] { leading_svd(m.view(), 2, {.threads = threads}); });
      refused_cleanly([&] { principal_component_pursuit(m.view(), {.threads = threads}); });
      refused_cleanly([&] { fixed_rank_decomposition(m.view(), 2, {.threads = threads}); });
      refused_cleanly(
          [&] { nonnegative_matrix_factorization(m.view(), {.rank = 2, .threads = threads}); });
    }
}

}  // namespace
}  // namespace lowrank
