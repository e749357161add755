// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <random>

/// Random numbers of a test, the same ones for the same seed.
class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}

  int from_to(int least, int most) { return std::uniform_int_distribution(least, most)(engine_); }
  int below(int end) { return from_to(0, end - 1); }
  bool chance(int percent) { return below(100) < percent; }

 private:
  std::mt19937 engine_;
};
