// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sketch.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "kernels/products.h"
#include "random.h"

namespace lowrank {
namespace {

// The longer side is cut into segments as long as the sketch is high. A segment is added four
// times, each time rotated by a random number of places, with a random sign a row and another one a
// time.
constexpr int copies = 4;

struct Segment {
  std::array<Index, copies> shift;
  std::array<float, copies> sign;
};

struct Plan {
  Plan(Index length_, Index height_, std::uint64_t seed)
      : length(length_), height(height_), signs(static_cast<std::size_t>(length_)) {
    Random random(seed);
    for (float& sign : signs)
      sign = static_cast<float>(1 - 2 * random.below(2));
    segments.resize(static_cast<std::size_t>((length + height - 1) / height));
    for (Segment& segment : segments)
      for (std::size_t c = 0; c < copies; c++) {
        segment.shift[c] = static_cast<Index>(random.next() % static_cast<std::uint64_t>(height));
        segment.sign[c] = static_cast<float>(1 - 2 * random.below(2));
      }
  }

  Index length;
  Index height;
  std::vector<float> signs;
  std::vector<Segment> segments;
};

float value_of(const std::vector<kernels::Magnitude>& parts) {
  kernels::Magnitude all;
  for (const kernels::Magnitude& part : parts) {
    all.largest = std::max(all.largest, part.largest);
    all.zero += part.zero;
  }
  return all.zero == 0.0f ? all.largest : std::numeric_limits<float>::quiet_NaN();
}

// A column of a tall A into one of the sketch.
template <typename T>
kernels::Magnitude fold_column(const Plan& plan, const T* x, float* scratch, float* out) {
  kernels::Magnitude magnitude;
  Index first = 0;
  for (const Segment& segment : plan.segments) {
    const Index count = std::min(plan.height, plan.length - first);
    kernels::multiply(x + first, plan.signs.data() + first, count, scratch, magnitude);
    for (std::size_t c = 0; c < copies; c++) {
      const Index before = std::min(count, plan.height - segment.shift[c]);
      kernels::add_multiple(scratch, before, segment.sign[c], out + segment.shift[c]);
      kernels::add_multiple(scratch + before, count - before, segment.sign[c], out);
    }
    first += count;
  }
  return magnitude;
}

// Some rows of a wide A, all columns, into as many rows of the sketch.
template <typename T>
kernels::Magnitude fold_rows(const Plan& plan, MatrixView<const T> a, float* scratch,
                             MutableFloatView out) {
  const std::vector<float> ones(static_cast<std::size_t>(a.rows), 1.0f);
  kernels::Magnitude magnitude;
  for (Index j = 0; j < a.cols; j++) {
    const Segment& segment = plan.segments[static_cast<std::size_t>(j / plan.height)];
    const T* x = a.column(j);
    kernels::multiply(x, ones.data(), a.rows, scratch, magnitude);
    for (std::size_t c = 0; c < copies; c++)
      kernels::add_multiple(scratch, a.rows,
                            segment.sign[c] * plan.signs[static_cast<std::size_t>(j)],
                            out.column((j + segment.shift[c]) % plan.height));
  }
  return magnitude;
}

template <typename T>
Sketch sketch_tall(MatrixView<const T> a, const Plan& plan, ThreadPool& pool,
                   ProgressTracker& progress) {
  Sketch result{Matrix(plan.height, a.cols), 0};
  std::vector<kernels::Magnitude> parts(static_cast<std::size_t>(a.cols));
  ScratchPool<float> scratch(static_cast<std::size_t>(plan.height));
  pool.parallel_for(static_cast<int>(a.cols), [&](int j) {
    parts[static_cast<std::size_t>(j)] =
        fold_column(plan, a.column(j), scratch.take().get(), result.matrix.view().column(j));
    progress.step();
  });
  result.largest = value_of(parts);
  return result;
}

template <typename T>
Sketch sketch_wide(MatrixView<const T> a, const Plan& plan, ThreadPool& pool,
                   ProgressTracker& progress) {
  constexpr Index strip = 64;  // rows whose part of the sketch stays in the cache
  Sketch result{Matrix(a.rows, plan.height), 0};
  const auto strips = static_cast<int>((a.rows + strip - 1) / strip);
  std::vector<kernels::Magnitude> parts(static_cast<std::size_t>(strips));
  ScratchPool<float> scratch(static_cast<std::size_t>(strip));
  pool.parallel_for(strips, [&](int s) {
    const Index first = s * strip;
    const Index count = std::min(strip, a.rows - first);
    parts[static_cast<std::size_t>(s)] =
        fold_rows(plan, a.block(first, 0, count, a.cols), scratch.take().get(),
                  result.matrix.view().block(first, 0, count, plan.height));
    progress.step(count);
  });
  result.largest = value_of(parts);
  return result;
}

template <typename T>
Sketch sketch_of(MatrixView<const T> a, Index height, std::uint64_t seed, ThreadPool& pool,
                 ProgressTracker& progress) {
  const Plan plan(std::max(a.rows, a.cols), height, seed);
  return a.rows >= a.cols ? sketch_tall(a, plan, pool, progress)
                          : sketch_wide(a, plan, pool, progress);
}

template <typename T>
float largest_of(MatrixView<const T> a, ThreadPool& pool) {
  const std::vector<float> ones(static_cast<std::size_t>(a.rows), 1.0f);
  std::vector<kernels::Magnitude> parts(static_cast<std::size_t>(a.cols));
  ScratchPool<float> scratch(static_cast<std::size_t>(a.rows));
  pool.parallel_for(static_cast<int>(a.cols), [&](int j) {
    kernels::multiply(a.column(j), ones.data(), a.rows, scratch.take().get(),
                      parts[static_cast<std::size_t>(j)]);
  });
  return value_of(parts);
}

}  // namespace

Sketch sketch(FloatView a, Index height, std::uint64_t seed, ThreadPool& pool,
              ProgressTracker& progress) {
  return sketch_of(a, height, seed, pool, progress);
}

Sketch sketch(ByteView a, Index height, std::uint64_t seed, ThreadPool& pool,
              ProgressTracker& progress) {
  return sketch_of(a, height, seed, pool, progress);
}

float largest_magnitude(FloatView a, ThreadPool& pool) {
  return largest_of(a, pool);
}

float largest_magnitude(ByteView a, ThreadPool& pool) {
  return largest_of(a, pool);
}

}  // namespace lowrank
