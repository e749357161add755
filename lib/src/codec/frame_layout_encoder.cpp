// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "codec/byte_writer.h"
#include "codec/frame_layout.h"
#include "codec/layout.h"
#include "lowrank/svd.h"
#include "raster.h"
#include "samples.h"

namespace lowrank::codec {
namespace {

// What rounding samples to integers adds to their mean square error.
constexpr double rounding_error = 1.0 / 12;

// The error of the factors as a share of that of the approximation: 0.07 dB.
constexpr double factor_error_share = 0.016;

/// A plane as a matrix: its rows are the columns.
struct PlaneMatrix {
  std::vector<std::uint8_t> samples;
  int width = 0;
  int height = 0;

  explicit PlaneMatrix(const PlaneView& plane) : width(plane.width), height(plane.height) {
    samples.resize(count());
    for (int y = 0; y < height; y++)
      copy_row(plane, y, samples.data() + std::ptrdiff_t{y} * width);
  }
  std::size_t count() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  }
  int least() const { return std::min(width, height); }
  ByteView view() const { return {samples.data(), width, height}; }
  /// ‖A‖², which is Σσ².
  double energy() const {
    return static_cast<double>(
        std::accumulate(samples.begin(), samples.end(), std::uint64_t{0},
                        [](std::uint64_t sum, unsigned sample) { return sum + sample * sample; }));
  }
};

/// The leading components, and ‖A − Â‖² of what they make up.
struct Approximation {
  Svd svd;
  Index rank = 0;
  double residual = 0;
};

double step_of(int index) {
  return std::exp2(index / 6.0);
}

Svd decompose(const PlaneMatrix& a, Index rank, unsigned threads) {
  // Beyond this size the eigenvectors of AᵀA take minutes, and few components should not.
  constexpr int large = 2048;
  if (a.least() > large && rank < a.least())
    return leading_svd(a.view(), rank, {1e-2, 1, threads, {}});
  return gram_svd(a.view(), rank, threads);
}

/// The fewest components that hold so much of the energy.
Index components_for(const std::vector<float>& sigma, double energy) {
  double held = 0;
  Index k = 0;
  for (; k < std::ssize(sigma) && held < energy; k++) {
    const auto s = static_cast<double>(sigma[static_cast<std::size_t>(k)]);
    held += s * s;
  }
  return k;
}

Approximation approximate(const PlaneMatrix& a, const CodingTask& task, unsigned threads) {
  const Index bound = task.rank > 0 ? std::min(task.rank, a.least()) : a.least();
  const double total = a.energy();
  Approximation result{decompose(a, bound, threads), bound, 0};
  const std::vector<float>& sigma = result.svd.sigma;
  if (task.energy > 0) {
    result.rank = components_for(sigma, task.energy * total);
  } else if (task.rank == 0) {
    const double step = step_of(task.step_index);
    const double allowed = step * step / 12 * static_cast<double>(a.count());
    result.rank = components_for(sigma, total - allowed);
  }
  double held = 0;
  for (Index i = 0; i < result.rank; i++)
    held += std::pow(static_cast<double>(sigma[static_cast<std::size_t>(i)]), 2);
  result.residual = std::max(0.0, total - held);
  return result;
}

/// Steps in which σᵢuᵢ and σᵢvᵢ are rounded.
///
/// With a step Δ, an element more or less exact costs the same bits in every component, and each
/// component of σu and of σv has an error of Δ²/12 an element in A, so one Δ for all of them is the
/// best that can be done with the bits. The step of v is a power of two, at most Δ/σᵢ, for a sum of
/// integers; that of u is Δ, as scale · 2^−columns_fraction.
struct Steps {
  double step = 1;
  int scale = 1;
  int column_fraction = 0;
};

Steps steps_for(const PlaneMatrix& a, const Approximation& approximation) {
  constexpr int scale_bits = 8;
  const double elements =
      static_cast<double>(approximation.rank) * static_cast<double>(a.width + a.height);
  const double error = factor_error_share *
                       (approximation.residual + rounding_error * static_cast<double>(a.count()));
  const double step = std::sqrt(12 * error / elements);
  Steps steps;
  steps.column_fraction = scale_bits - 1 - std::ilogb(step);
  steps.scale = static_cast<int>(std::ldexp(step, steps.column_fraction));
  steps.step = std::ldexp(static_cast<double>(steps.scale), -steps.column_fraction);
  return steps;
}

std::int32_t rounded(double value, int bits) {
  const double most = std::ldexp(1.0, bits) - 1;
  return static_cast<std::int32_t>(std::lround(std::clamp(value, -most, most)));
}

bool all_zero(const std::vector<std::int32_t>& values) {
  return std::all_of(values.begin(), values.end(), [](std::int32_t v) { return v == 0; });
}

/// Bits behind the point of the elements of vᵢ.
int row_fraction(double sigma, double step) {
  return std::clamp(static_cast<int>(std::ceil(std::log2(std::max(sigma / step, 1.0)))), 0,
                    row_bits - 1);
}

/// In the rows, elements are not shifted yet.
PlaneFactors quantize(const PlaneMatrix& a, const Approximation& approximation) {
  PlaneFactors factors;
  if (approximation.rank == 0)
    return factors;
  const Steps steps = steps_for(a, approximation);
  const Svd& svd = approximation.svd;
  // The first has the most bits, and at least so many that there is something to be rounded.
  const int most = std::max(row_fraction(static_cast<double>(svd.sigma[0]), steps.step),
                            1 - steps.column_fraction);
  factors.scale = steps.scale;
  factors.fraction = most + steps.column_fraction;
  for (Index i = 0; i < approximation.rank; i++) {
    const auto sigma = static_cast<double>(svd.sigma[static_cast<std::size_t>(i)]);
    const int fraction = row_fraction(sigma, steps.step);
    PlaneFactors::Component component;
    component.shift = most - fraction;
    for (Index y = 0; y < a.height; y++)
      component.column.push_back(
          rounded(sigma * static_cast<double>(svd.v(y, i)) / steps.step, column_bits));
    for (Index x = 0; x < a.width; x++)
      component.row.push_back(
          rounded(std::ldexp(static_cast<double>(svd.u(x, i)), fraction), row_bits));
    if (component.shift <= largest_shift && !all_zero(component.column) && !all_zero(component.row))
      factors.components.push_back(std::move(component));
  }
  return factors;
}

std::vector<std::uint8_t> coded(const PlaneFactors& factors) {
  RangeEncoder coder;
  FactorCoders coders;
  for (const PlaneFactors::Component& component : factors.components) {
    coder.raw(static_cast<std::uint32_t>(component.shift), shift_bits);
    coders.columns.encode(coder, component.column);
    coders.rows.encode(coder, component.row);
  }
  coder.raw(end_mark, end_mark_bits);
  return coder.finish();
}

void append_plane(const PlaneFactors& factors, int width, int height,
                  std::vector<std::uint8_t>& out) {
  ByteWriter writer(out);
  const std::size_t rank = factors.components.size();
  writer.varint(rank);
  if (rank == 0)
    return;
  std::vector<std::uint8_t> bytes = coded(factors);
  bytes.resize(std::max(bytes.size(), least_bytes(rank, width, height)));
  writer.byte(static_cast<unsigned>(factors.scale));
  writer.byte(static_cast<unsigned>(factors.fraction));
  writer.varint(bytes.size());
  writer.bytes(bytes);
}

class FrameEncoder : public PictureEncoder {
 public:
  FrameEncoder(const ImageFormat& format, unsigned threads)
      : picture_(format), threads_(threads), pool_(threads) {}

  void encode(const ImageView& picture, const CodingTask& task,
              std::vector<std::uint8_t>& out) override {
    std::size_t ranks = 0;
    for (int p = 0; p < picture.format.planes(); p++) {
      const PlaneMatrix a(picture.planes[static_cast<std::size_t>(p)]);
      PlaneFactors factors = quantize(a, approximate(a, task, threads_));
      ranks += factors.components.size();
      append_plane(factors, a.width, a.height, out);
      for (PlaneFactors::Component& component : factors.components)
        for (std::int32_t& element : component.row)
          element *= 1 << component.shift;
      reconstruct(factors, picture_.planes[p].plane(), pool_);
    }
    rank_ = static_cast<double>(ranks) / picture.format.planes();
  }

  ImageView decoded() const override { return picture_.view(); }
  double rank() const override { return rank_; }

 private:
  OwnedImage picture_;
  unsigned threads_;
  ThreadPool pool_;
  double rank_ = 0;
};

}  // namespace

std::unique_ptr<PictureEncoder> make_frame_encoder(const ImageFormat& format, unsigned threads) {
  return std::make_unique<FrameEncoder>(format, threads);
}

}  // namespace lowrank::codec
