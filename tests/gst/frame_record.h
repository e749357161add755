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
