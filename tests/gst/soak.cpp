// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Frames without end, at full speed: does memory grow, does a frame take longer with time?
//
//   soak rpcasplit|codec SECONDS [LAUNCH-LINE]
//
// In a process beside them run others of the same kind that begin anew each round and get the same
// frames in turn, so that what the machine does meanwhile strikes both. From ten minutes on it
// fails when memory is not flat within 2 percent after the first fifth, or the time of a frame over
// that of those begun anew is not flat within 5 percent. Times are of the processor, by one thread.
// A shorter run sees that each frame comes out, and memory that grows by half.

#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "codec_support.h"
#include "support.h"

namespace {

constexpr int width = 640, height = 360;

double seconds_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double resident_mebibytes() {
  std::ifstream statm("/proc/self/statm");
  long total = 0, resident = 0;
  statm >> total >> resident;
  return static_cast<double>(resident * sysconf(_SC_PAGESIZE)) / (1 << 20);
}

// A camera that sees a street by day and night: people come and go, lamps are switched, the sun
// wanders, noise is over all, and now and then the camera is turned.
class Scene {
 public:
  Scene() : random_(1), noise_(width * height + noise_shift) {
    for (auto& n : noise_)
      n = static_cast<int>(random_() % 7) - 3;
    turn();
  }

  GstBuffer* next() {
    if (index_ % 1500 == 1499)
      turn();
    if (index_ % 150 == 0)
      come_and_go();
    const double sun = 1 + 0.15 * std::sin(index_ / 900.0);
    const int light = static_cast<int>(256 * sun * (index_ / 700 % 3 == 2 ? 1.3 : 1.0));
    std::vector<guint8> picture(width * height * 3 / 2, 128);
    const int* noise = noise_.data() + random_() % noise_shift;
    for (int i = 0; i < width * height; i++)
      picture[i] =
          static_cast<guint8>(std::clamp((background_[i] * light >> 8) + noise[i], 16, 235));
    for (Walker& walker : walkers_)
      draw(walker, picture.data());
    GstBuffer* buffer = gst_buffer_new_memdup(picture.data(), picture.size());
    GST_BUFFER_PTS(buffer) = index_ * GST_SECOND / 25;
    GST_BUFFER_DURATION(buffer) = GST_SECOND / 25;
    index_++;
    return buffer;
  }

 private:
  struct Walker {
    double x, y, dx, dy;
    int level;
  };
  static constexpr int noise_shift = 4096;

  void turn() {
    background_.resize(width * height);
    const int a = 3 + static_cast<int>(random_() % 9), b = 5 + static_cast<int>(random_() % 11);
    // By no shift like the view before, or a displaced camera would be seen.
    std::vector<int> levels((width / a + 1) * (height / b + 1));
    for (int& level : levels)
      level = 60 + static_cast<int>(random_() % 90);
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++)
        background_[y * width + x] = levels[y / b * (width / a + 1) + x / a];
  }
  void come_and_go() {
    walkers_.resize(random_() % 7);
    for (Walker& walker : walkers_)
      walker = {static_cast<double>(random_() % width), static_cast<double>(random_() % height),
                static_cast<double>(random_() % 9) - 4, static_cast<double>(random_() % 5) - 2,
                30 + static_cast<int>(random_() % 190)};
  }
  static void draw(Walker& walker, guint8* picture) {
    walker.x += walker.dx;
    walker.y += walker.dy;
    const int left = static_cast<int>(walker.x), top = static_cast<int>(walker.y);
    for (int y = std::max(0, top); y < std::min(height, top + 60); y++)
      for (int x = std::max(0, left); x < std::min(width, left + 25); x++)
        picture[y * width + x] = static_cast<guint8>(walker.level + (x ^ y) % 20);
  }

  std::mt19937 random_;
  std::vector<int> noise_, background_;
  std::vector<Walker> walkers_;
  guint64 index_ = 0;
};

// Elements in a row. Each frame must come out of each pad.
class Subject {
 public:
  virtual ~Subject() = default;
  // The seconds that it took.
  double push(GstBuffer* frame) {
    const double begin = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    put_through(frame);
    const double end = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    return end - begin;
  }

 protected:
  virtual void put_through(GstBuffer* frame) = 0;
};

class SplitSubject : public Subject {
 public:
  explicit SplitSubject(const std::string& properties) : split_(properties) {
    split_.set_caps(raw_caps("I420", width, height));
  }

 private:
  void put_through(GstBuffer* frame) override {
    fail_unless_equals_int(split_.push(frame), GST_FLOW_OK);
    for (const int pad : {Split::foreground, Split::background, Split::mask})
      gst_buffer_unref(split_.pull(pad));
    while (split_.has_message(GST_MESSAGE_ANY)) {
    }
  }
  Split split_;
};

class CodecSubject : public Subject {
 public:
  explicit CodecSubject(const std::string& line) : chain_(line) {
    chain_.set_caps(raw_caps("I420", width, height));
  }

 private:
  void put_through(GstBuffer* frame) override {
    fail_unless_equals_int(chain_.push(frame), GST_FLOW_OK);
    pushed_++;
    while (GstBuffer* picture = gst_harness_try_pull(chain_.harness())) {
      pulled_++;
      gst_buffer_unref(picture);
    }
    // A parser knows the end of a picture by the next one's beginning.
    fail_unless(pushed_ - pulled_ <= 1, "%d of %d", pulled_, pushed_);
    while (chain_.has_message(GST_MESSAGE_ANY)) {
    }
  }
  Chain chain_;
  int pushed_ = 0, pulled_ = 0;
};

std::unique_ptr<Subject> make(const std::string& elements, const std::string& more) {
  if (elements == "rpcasplit")
    return std::make_unique<SplitSubject>("threads=1 " + more);
  return std::make_unique<CodecSubject>(
      more.empty() ? "lowrankcompress threads=1 ! lowrankparse ! lowrankdecompress threads=1"
                   : more);
}

// Elements of the same kind in a process of its own, which begin anew with each round: what they
// take of memory is not that of those that stay.
class Beside {
 public:
  Beside() {
    fail_unless(pipe(orders_) == 0 && pipe(answers_) == 0);
    child_ = fork();
    fail_unless(child_ >= 0);
    close(child_ == 0 ? orders_[1] : orders_[0]);
    close(child_ == 0 ? answers_[0] : answers_[1]);
  }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;
  ~Beside() {
    if (child_ == 0)
      return;
    close(orders_[1]);
    waitpid(child_, nullptr, 0);
  }
  bool is_child() const { return child_ == 0; }

  // In the parent.
  void begin_anew() { order('n'); }
  // The seconds that the next frame takes there.
  double push() {
    order('f');
    double seconds = 0;
    fail_unless(read(answers_[0], &seconds, sizeof seconds) == sizeof seconds, "it has ended");
    return seconds;
  }

  // In the child, until the parent ends.
  void serve(const std::string& elements, const std::string& more) {
    Scene scene;
    std::unique_ptr<Subject> fresh;
    for (char what = 0; read(orders_[0], &what, 1) == 1;) {
      if (what == 'n') {
        fresh = make(elements, more);
        continue;
      }
      const double seconds = fresh->push(scene.next());
      fail_unless(write(answers_[1], &seconds, sizeof seconds) == sizeof seconds);
    }
  }

 private:
  void order(char what) { fail_unless(write(orders_[1], &what, 1) == 1, "it has ended"); }

  int orders_[2] = {}, answers_[2] = {};
  pid_t child_ = 0;
};

struct Round {
  long frames = 0;
  double milliseconds = 0;  // of a frame
  double ratio = 1;         // to that of elements begun anew, once these have settled
  double mebibytes = 0;     // the median
};

Round play(Subject& subject, Beside& beside, Scene& scene, double length) {
  constexpr long settled = 250;  // frames after which a model is like an old one
  Round round;
  std::vector<double> memory;
  double all = 0, old_time = 0, fresh_time = 0;
  const double end = seconds_of(CLOCK_MONOTONIC) + length;
  while (seconds_of(CLOCK_MONOTONIC) < end) {
    GstBuffer* frame = scene.next();
    const bool first = round.frames % 2 == 0;
    const double before = first ? 0 : beside.push();
    const double here = subject.push(frame);
    const double there = first ? beside.push() : before;
    all += here;
    if (round.frames++ >= settled) {
      old_time += here;
      fresh_time += there;
    }
    if (round.frames % 10 == 0)
      memory.push_back(resident_mebibytes());
  }
  round.milliseconds = 1e3 * all / static_cast<double>(round.frames);
  if (fresh_time > 0)
    round.ratio = old_time / fresh_time;
  memory.push_back(resident_mebibytes());
  std::nth_element(memory.begin(), memory.begin() + memory.size() / 2, memory.end());
  round.mebibytes = memory[memory.size() / 2];
  return round;
}

// The means of the fifths of a run.
std::vector<double> means_of_fifths(const std::vector<Round>& rounds, double Round::*number) {
  std::vector<double> means(5);
  for (std::size_t fifth = 0; fifth < means.size(); fifth++) {
    const std::size_t from = fifth * rounds.size() / 5, to = (fifth + 1) * rounds.size() / 5;
    for (std::size_t i = from; i < to; i++)
      means[fifth] += rounds[i].*number / static_cast<double>(to - from);
  }
  return means;
}

// By how many percent the numbers from the `first` on differ, of the least.
double spread(const std::vector<double>& numbers, int first) {
  const auto [least, most] = std::minmax_element(numbers.begin() + first, numbers.end());
  return 100 * (*most / *least - 1);
}

bool judge(const std::vector<Round>& rounds, double length) {
  long frames = 0;
  for (const Round& round : rounds)
    frames += round.frames;
  const bool is_long = length >= 600;
  const double memory = spread(means_of_fifths(rounds, &Round::mebibytes), 1);
  std::printf("%ld frames; resident memory flat within %.2f %%", frames, memory);
  bool good = true;
#ifndef LOWRANK_SANITIZED  // which keeps what is freed
  good = memory <= (is_long ? 2 : 50);
#endif
  if (is_long) {
    const double time = spread(means_of_fifths(rounds, &Round::ratio), 0);
    std::printf(", time of a frame within %.2f %%", time);
    good = good && time <= 5;
  }
  std::printf("\n");
  return good;
}

// What the command line asks for.
std::string kind, line;
double seconds = 0;

GST_START_TEST(frames_without_end) {
  Beside beside;
  if (beside.is_child()) {
    beside.serve(kind, line);
    std::_Exit(0);
  }
  const int rounds = std::clamp(static_cast<int>(seconds / 60), 6, 60);
  Scene scene;
  const std::unique_ptr<Subject> subject = make(kind, line);
  std::vector<Round> played;
  std::printf("| round | frames | ms a frame | of one begun anew | MiB |\n|---|---|---|---|---|\n");
  for (int i = 0; i < rounds; i++) {
    beside.begin_anew();
    const Round round = play(*subject, beside, scene, seconds / rounds);
    std::printf("| %d | %ld | %.3f | %.3f | %.1f |\n", i + 1, round.frames, round.milliseconds,
                round.ratio, round.mebibytes);
    std::fflush(stdout);
    played.push_back(round);
  }
  fail_unless(judge(played, seconds), "not flat");
}
GST_END_TEST

}  // namespace

int main(int count, char** arguments) {
  kind = count > 1 ? arguments[1] : "";
  seconds = count > 2 ? std::atof(arguments[2]) : 0;
  line = count > 3 ? arguments[3] : "";
  if ((kind != "rpcasplit" && kind != "codec") || seconds <= 0) {
    std::fprintf(stderr, "usage: %s rpcasplit|codec SECONDS [LAUNCH-LINE]\n", arguments[0]);
    return 2;
  }
  g_setenv("CK_FORK", "no", TRUE);  // whose parent would end it in time
#ifdef M_MMAP_THRESHOLD
  // What is freed goes back, so that resident is what is in use, and not what the heap has kept of
  // the frames that one round had and another had not.
  mallopt(M_MMAP_THRESHOLD, 1 << 16);
#endif
  return run_suite("soak", {frames_without_end});
}
