// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Frames through windows that are solved on a thread of their own: in order, once each, as many
// pushes late as delay() says, and what stops it.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include "lowrank/background.h"
#include "synthetic_video.h"

namespace lowrank::test {
namespace {

const ImageFormat tiny{ColorModel::gray, 7, 5};

// A picture that says which frame it is.
std::vector<std::uint8_t> tiny_frame(int t) {
  std::vector<std::uint8_t> samples;
  for (int i = 0; i < tiny.samples(); i++)
    samples.push_back(static_cast<std::uint8_t>(80 + 5 * i % 60 + 40 * hash(i, t, 1)));
  samples[0] = static_cast<std::uint8_t>(t % 256);
  samples[1] = static_cast<std::uint8_t>(t / 256);
  return samples;
}

// An engine, and what it has to give.
class Flow {
 public:
  explicit Flow(const BackgroundOptions& options) { engine.configure(tiny, options); }

  void push() {
    const auto samples = tiny_frame(pushed_);
    engine.push(view_of(tiny, samples));
    held_.push_back(pushed_++);
    const auto delay = static_cast<std::size_t>(engine.delay());
    pull(held_.size() > delay ? held_.size() - delay : 0);
  }
  void drain() {
    engine.drain();
    pull(held_.size());
  }
  void forget(bool reset) {
    reset ? engine.reset() : engine.flush();
    held_.clear();
    pull(0);
  }

  // Of all pictures given.
  std::size_t digest() const { return digest_; }

  BackgroundEngine engine;

 private:
  void pull(std::size_t expected) {
    Separation separation;
    std::size_t given = 0;
    while (engine.pull(separation)) {
      ASSERT_FALSE(held_.empty());
      const PlaneView& input = separation.input.planes[0];
      ASSERT_EQ(input.row(0)[0] + 256 * input.row(0)[1], held_.front());
      for (int y = 0; y < tiny.height; y++)
        for (int x = 0; x < tiny.width; x++)
          digest_ = digest_ * 1099511628211u ^
                    static_cast<std::size_t>(separation.background.planes[0].row(y)[x] +
                                             256 * separation.mask.row(y)[x]);
      held_.pop_front();
      given++;
    }
    ASSERT_EQ(given, expected);
  }

  int pushed_ = 0;
  std::deque<int> held_;
  std::size_t digest_ = 0;
};

void random_walk(Flow& flow, std::mt19937& random) {
  for (int step = 0; step < 250; step++) {
    const unsigned dice = random() % 100;
    if (dice < 94)
      flow.push();
    else if (dice < 97)
      flow.drain();
    else
      flow.forget(dice == 97);
    if (testing::Test::HasFatalFailure())
      return;
  }
  flow.drain();
}

TEST(WindowFlow, EveryFrameOnceAndInOrder) {
  for (unsigned seed = 1; seed <= 60; seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::optional<std::size_t> digest;
    for (const unsigned threads : {1u, 2u}) {
      std::mt19937 random(seed);
      BackgroundOptions options;
      options.method =
          std::array{Method::pcp, Method::svd, Method::nmf, Method::fixed_rank}[seed % 4];
      options.window = static_cast<int>(random() % 22);
      options.threads = threads;
      Flow flow(options);
      random_walk(flow, random);
      if (HasFatalFailure())
        return;
      // The number of threads changes nothing.
      EXPECT_EQ(digest.value_or(flow.digest()), flow.digest());
      digest = flow.digest();
    }
  }
}

// Stops a factorization where it asks whether it is cancelled.
class Gate {
 public:
  std::function<bool()> question() {
    return [this] {
      std::unique_lock lock(mutex_);
      asked_ = true;
      changed_.notify_all();
      changed_.wait(lock, [this] { return open_; });
      return false;
    };
  }
  void wait_until_asked() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return asked_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool asked_ = false;
  bool open_ = false;
};

BackgroundOptions pcp(int window) {
  BackgroundOptions options;
  options.method = Method::pcp;
  options.window = window;
  options.threads = 1;
  return options;
}

// Would wait for ever if a push waited for the factorization.
TEST(WindowFlow, FramesAreTakenWhileAWindowIsSolved) {
  Gate gate;
  Flow flow(pcp(12));
  flow.engine.set_cancelled(gate.question());
  for (int t = 0; t < 12; t++)
    flow.push();
  gate.wait_until_asked();
  for (int t = 12; t < flow.engine.delay(); t++)
    flow.push();
  gate.open();
  flow.push();  // which gives the first frame
  flow.drain();
}

TEST(WindowFlow, CancellingDropsWhatIsHeld) {
  Flow flow(pcp(6));
  std::atomic<bool> cancelled{true};
  flow.engine.set_cancelled([&] { return cancelled.load(); });
  for (int t = 0; t < 6; t++)
    flow.push();
  flow.engine.drain();
  flow.forget(false);
  cancelled = false;
  for (int t = 0; t < 30; t++)
    flow.push();
  flow.drain();
}

TEST(WindowFlow, WhatTheThreadThrowsComesOutOfTheNextCall) {
  const auto fails = [](int after, const std::function<void(Flow&)>& call) {
    Gate gate;  // or the last of these pushes might throw it
    Flow flow(pcp(6));
    flow.engine.set_cancelled([wait = gate.question()]() -> bool {
      wait();
      throw std::domain_error("of the thread");
    });
    for (int t = 0; t < after; t++)
      flow.push();
    gate.open();
    EXPECT_THROW(call(flow), std::domain_error);
    flow.engine.set_cancelled({});
    flow.forget(false);
    for (int t = 0; t < 20; t++)
      flow.push();
    flow.drain();
  };
  const auto push = [](Flow& flow) {
    const auto samples = tiny_frame(0);
    for (int t = 0; t < 6; t++)  // at the latest when the next window is full
      flow.engine.push(view_of(tiny, samples));
  };
  const auto pull = [](Flow& flow) {
    Separation separation;
    for (int t = 0; t < 10000 && !flow.engine.pull(separation); t++)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  };
  fails(6, push);
  fails(6, pull);
  fails(6, [](Flow& flow) { flow.engine.drain(); });
  fails(3, [](Flow& flow) { flow.engine.drain(); });
}

// Noise, with which PCP is not done before its last iteration.
class LongFactorization {
 public:
  LongFactorization() {
    for (int t = 0; t < window; t++) {
      frames_.emplace_back();
      for (int i = 0; i < format_.samples(); i++)
        frames_.back().push_back(static_cast<std::uint8_t>(256 * hash(i, t, 5)));
    }
  }
  void start(BackgroundEngine& engine) {
    engine.set_cancelled([this] {
      asked_++;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      return false;
    });
    BackgroundOptions options = pcp(window);
    options.noise = 0;
    engine.configure(format_, options);
    for (const auto& frame : frames_)
      engine.push(view_of(format_, frame));
    while (asked_ == 0)
      std::this_thread::yield();
  }
  int asked() const { return asked_; }

 private:
  static constexpr int window = 20;
  const ImageFormat format_{ColorModel::gray, 16, 12};
  std::vector<std::vector<std::uint8_t>> frames_;
  std::atomic<int> asked_{0};
};

TEST(WindowFlow, FactorizationsEndEarlyWhenNotWanted) {
  const auto asked = [](const std::function<void(BackgroundEngine&)>& end) {
    LongFactorization factorization;
    BackgroundEngine engine;
    factorization.start(engine);
    end(engine);
    return factorization.asked();
  };
  const int whole = asked([](BackgroundEngine& engine) { engine.drain(); });
  ASSERT_GE(whole, 10);
  EXPECT_LT(asked([](BackgroundEngine& engine) { engine.flush(); }), whole);
  EXPECT_LT(asked([](BackgroundEngine& engine) { engine.reset(); }), whole);
  EXPECT_LT(asked([](BackgroundEngine& engine) { engine.configure(tiny, {}); }), whole);
  EXPECT_LT(asked([](BackgroundEngine& engine) { engine = BackgroundEngine(); }), whole);
}

// At whichever question.
TEST(WindowFlow, EveryMethodCanBeCancelled) {
  for (const Method method : {Method::pcp, Method::svd, Method::nmf, Method::fixed_rank}) {
    BackgroundOptions options = pcp(0);
    options.method = method;
    const auto separates = [&](const std::function<bool()>& cancelled) {
      BackgroundEngine engine;
      engine.set_cancelled(cancelled);
      engine.configure(tiny, options);
      for (int t = 0; t < 9; t++)
        engine.push(view_of(tiny, tiny_frame(t)));
      engine.drain();
      Separation separation;
      return engine.pull(separation);
    };
    int whole = 0;
    EXPECT_TRUE(separates([&] { return ++whole < 0; }));
    EXPECT_GE(whole, 3) << static_cast<int>(method);
    for (int last = 1; last <= whole; last++) {
      int asked = 0;
      EXPECT_FALSE(separates([&] { return ++asked == last; }));
      EXPECT_EQ(asked, last);
    }
  }
}

TEST(WindowFlow, ProgressIsToldOfEachWindow) {
  using State = FactorizationProgress::State;
  for (const Method method : {Method::pcp, Method::svd, Method::nmf, Method::fixed_rank}) {
    BackgroundOptions options = pcp(8);
    options.method = method;
    Flow flow(options);
    std::mutex mutex;
    std::vector<FactorizationProgress> told;
    flow.engine.set_progress([&](const FactorizationProgress& progress) {
      const std::lock_guard lock(mutex);
      told.push_back(progress);
    });
    for (int t = 0; t < 17; t++)  // 0 to 7, 6 to 13, and at the end 9 to 16
      flow.push();
    flow.drain();
    int complete = 0;
    FactorizationProgress before;
    for (const FactorizationProgress& progress : told) {
      EXPECT_EQ(progress.method, method);
      EXPECT_EQ(progress.frames, 8);
      EXPECT_EQ(progress.iterations,
                progress.iterations ? before.iterations + (progress.state == State::running) : 0);
      EXPECT_GE(progress.done, before.done);
      EXPECT_EQ(progress.done == 1, progress.state == State::complete);
      complete += progress.state == State::complete;
      before = progress.state == State::complete ? FactorizationProgress{} : progress;
    }
    EXPECT_EQ(complete, 3);
    EXPECT_EQ(told.back().state, State::complete);
  }
}

TEST(WindowFlow, TheEndOfAFactorizationIsTold) {
  using State = FactorizationProgress::State;
  const auto last = [](const std::function<bool()>& cancelled) {
    Flow flow(pcp(0));
    State state = State::running;
    flow.engine.set_progress([&](const FactorizationProgress& p) { state = p.state; });
    flow.engine.set_cancelled(cancelled);
    for (int t = 0; t < 5; t++)
      flow.push();
    try {
      flow.engine.drain();
    } catch (const std::domain_error&) {
    }
    return state;
  };
  EXPECT_EQ(last([] { return true; }), State::cancelled);
  EXPECT_EQ(last([]() -> bool { throw std::domain_error("of the callback"); }), State::failed);
  EXPECT_EQ(last([] { return false; }), State::complete);
}

TEST(WindowFlow, AnEngineMayBeMovedWhileItSolves) {
  LongFactorization factorization;
  BackgroundEngine engine;
  factorization.start(engine);
  BackgroundEngine moved = std::move(engine);
  moved.drain();
  Separation separation;
  EXPECT_TRUE(moved.pull(separation));
}

}  // namespace
}  // namespace lowrank::test
