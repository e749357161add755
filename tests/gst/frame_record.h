// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdio>
#include <random>
#include <string>

#include "scale.h"
#include "support.h"

// What a frame or an event carries, as text: alike before the element and behind it.

// Once, before decorate().
void register_test_meta();

// Gives the frame random times, flags and metas, which say that it is number `index`.
void decorate(GstBuffer* buffer, int index, std::mt19937& random);

// Those of the metas alone that a codec lets through.
void add_coded_metas(GstBuffer* buffer, int index, std::mt19937& random);

// Those metas that decorate() gives.
std::string describe_metas(GstBuffer* buffer);
// Times, offsets, flags and metas.
std::string describe(GstBuffer* buffer);
// Empty for events that have no place of their own in the stream.
std::string describe(GstEvent* event);

// The size, rate and interlacing, segment and title that hold where the frame is.
std::string in_force(const std::string& caps, const GstSegment& segment, const std::string& title);
// Those that the pad has last received.
std::string in_force(GstPad* pad);

// The first bytes of the picture. Those of a frame of decorate() tell its index.
std::string first_bytes(GstBuffer* buffer);

// A stream that is made of random numbers: what one of any element has.
class RandomStream {
 public:
  RandomStream(const RandomStream&) = delete;
  RandomStream& operator=(const RandomStream&) = delete;
  virtual ~RandomStream() = default;

  int frames() const { return frames_; }

 protected:
  RandomStream(unsigned seed, int number)
      : random_(seed + static_cast<unsigned>(number)), number_(number) {}

  virtual bool push_event(GstEvent* event) = 0;

  int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }
  // One time in so many.
  bool chance(int of) { return below(of) == 0; }

  // Each of these has to be taken.
  void send(GstEvent* event);
  void send_stream_start();
  void send_caps(const std::string& caps);
  void send_segment(GstClockTime start);
  void send_tag();

  // For the messages of assertions.
  std::string where() const { return "stream " + std::to_string(number_) + ","; }

  std::mt19937 random_;
  GstSegment segment_;  // that was sent last
  std::string tag_;     // likewise
  int frames_ = 0;
  int events_ = 0;

 private:
  int number_;
  int segments_ = 0;
};

// Runs streams of a test's own kind, made of a seed and a number, and counts their frames.
template <typename Stream>
void run_random_streams() {
  const unsigned seed = scale::seed();
  std::printf("LOWRANK_TEST_SEED=%u\n", seed);
  int frames = 0;
  for (int i = 0; i < scale::scaled(200); i++) {
    Stream stream(seed, i);
    stream.run(30);
    frames += stream.frames();
  }
  std::printf("%d frames\n", frames);
  fail_unless(frames > 4000);
}
