// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "engine.h"
#include "lowrank/rpca.h"
#include "lowrank/svd.h"
#include "mask_cleanup.h"
#include "online/parameters.h"
#include "row_blocks.h"
#include "strips.h"
#include "window/frame_matrix.h"

namespace lowrank {
namespace {

constexpr float gauss_mad = 1.4826f;  // standard deviation over median absolute deviation

// Of PcpResult::change. A tenth of it takes two to four times the iterations, and leaves the plate
// as far from the scene as it was.
constexpr double stable_tolerance = 1e-4;

std::string megabytes(std::uint64_t bytes) {
  return std::to_string((bytes + (1u << 20) - 1) >> 20) + " MiB";
}

PcpOptions pcp_options(const BackgroundOptions& options, Index rows, Index frames,
                       unsigned threads) {
  PcpOptions pcp;
  pcp.lambda = options.lambda;
  pcp.noise = options.noise;
  pcp.max_rank = std::min<Index>(options.rank, std::min(rows, frames));
  pcp.threads = threads;
  return pcp;
}

// M, and what the factorization and the pictures given out take beside it.
std::uint64_t memory_of_window(const BackgroundOptions& options, Index rows, Index frames,
                               unsigned threads) {
  const auto m = static_cast<std::uint64_t>(rows);
  const auto n = static_cast<std::uint64_t>(frames);
  const std::uint64_t pictures = 8 * m;
  if (options.method == Method::pcp)
    return m * n + pcp_memory(rows, frames, pcp_options(options, rows, frames, threads)) + pictures;
  const std::uint64_t rank = static_cast<std::uint64_t>(std::max(1, options.rank));
  const std::uint64_t gram = 4 * n * n * sizeof(double);
  return m * n + gram + (m + n) * rank * sizeof(float) + pictures;
}

int longest_window(const BackgroundOptions& options, Index rows, unsigned threads) {
  int fits = 0;
  int too_long = 1 << 20;
  while (too_long - fits > 1) {
    const int middle = fits + (too_long - fits) / 2;
    (memory_of_window(options, rows, middle, threads) <= options.max_memory ? fits : too_long) =
        middle;
  }
  return fits;
}

// The share of ‖M‖ that rounding M to 8 bits has left in it as noise, 1/√12 grey levels a sample:
// a residual below it says nothing more of the video.
double rounding_tolerance(ByteView m) {
  double squares = 0;
  for (Index j = 0; j < m.cols; j++)
    for (Index i = 0; i < m.rows; i++)
      squares += static_cast<double>(m(i, j)) * m(i, j);
  const double rounding = std::sqrt(static_cast<double>(m.rows) * static_cast<double>(m.cols) / 12);
  return squares > 0 ? std::min(0.01, rounding / std::sqrt(squares)) : 0.01;
}

// Calls body(first, count) for blocks of rows of a data matrix.
template <typename Body>
void for_each_row_block(ThreadPool& pool, Index rows, Index cols, const Body& body) {
  const RowBlocks blocks(rows, cols);
  pool.parallel_for(blocks.count(), [&](int i) { body(blocks[i].first, blocks[i].count); });
}

/// Collects a window of frames, factorizes it whole, and gives its frames out one by one.
class WindowMethod final : public SeparationMethod {
 public:
  WindowMethod(const ImageFormat& format, const BackgroundOptions& options,
               const CancelFunction& cancelled);

  void set_options(const BackgroundOptions& options) override {
    options_ = options;
    parameters_ = make_parameters(options);
  }
  void push(const ImageView& frame) override;
  bool pull(Separation& result) override;
  void drain() override;
  void flush() override;
  void reset() override;
  int delay() const override {
    return options_.window ? options_.window - 1 : BackgroundEngine::unbounded_delay;
  }
  bool results_waiting() const override { return next_ < separated_; }
  BackgroundStats stats() const override { return stats_; }

 private:
  void check_memory(Index frames) const;
  void factorize();
  void measure_noise();
  void background_of(Index frame);
  void score(Index frame);
  void score_plane(int plane, const ImageView& input, int first, int last);

  ImageFormat format_;
  BackgroundOptions options_;
  OnlineParameters parameters_;
  const CancelFunction& cancelled_;
  ThreadPool pool_;

  FrameMatrix frames_;
  Matrix u_;  ///< L = u vᵀ, in grey levels
  Matrix v_;
  std::vector<float> noise_;  ///< a standard deviation a row of M
  Index separated_ = 0;       ///< frames of the window that can be pulled
  Index next_ = 0;

  std::vector<std::uint8_t> background_;  ///< a column of L, rounded
  Raster<std::uint8_t> score_;
  Raster<std::uint8_t> mask_;
  RowCounts counts_;
  BackgroundStats stats_;
};

WindowMethod::WindowMethod(const ImageFormat& format, const BackgroundOptions& options,
                           const CancelFunction& cancelled)
    : format_(format),
      options_(options),
      parameters_(make_parameters(options)),
      cancelled_(cancelled),
      pool_(options.threads),
      frames_(format),
      score_(format.width, format.height),
      mask_(format.width, format.height) {
  check_memory(std::max(1, options.window));
  frames_.reserve(options.window);
}

void WindowMethod::check_memory(Index frames) const {
  const Index rows = format_.samples();
  const std::uint64_t needed = memory_of_window(options_, rows, frames, pool_.size());
  if (needed <= options_.max_memory)
    return;
  const int fitting = longest_window(options_, rows, pool_.size());
  const std::string what = options_.window ? "a window of " : "the stream, at ";
  throw MemoryLimitError(
      what + std::to_string(frames) + " frames of " + std::to_string(format_.width) + "x" +
          std::to_string(format_.height) + ", needs " + megabytes(needed) +
          " to be factorized, more than max-memory (" + megabytes(options_.max_memory) + "): " +
          (fitting ? "window=" + std::to_string(fitting) + " would fit"
                   : std::string("not even a window of one frame would fit")),
      needed, fitting);
}

void WindowMethod::push(const ImageView& frame) {
  if (separated_ > 0) {
    frames_.clear();
    separated_ = next_ = 0;
  }
  if (!options_.window)
    check_memory(frames_.frames() + 1);
  frames_.append(frame);
  if (frames_.frames() == options_.window)
    factorize();
}

void WindowMethod::drain() {
  if (separated_ == 0 && frames_.frames() > 0)
    factorize();
}

void WindowMethod::flush() {
  frames_.clear();
  separated_ = next_ = 0;
}

void WindowMethod::reset() {
  flush();
  stats_.resets++;
}

void WindowMethod::factorize() {
  const ByteView m = frames_.view();
  if (options_.method == Method::svd) {
    const Index rank = std::min<Index>(std::max(1, options_.rank), std::min(m.rows, m.cols));
    Svd factors = gram_svd(m, rank, pool_.size());
    for (Index k = 0; k < rank; k++)
      for (Index i = 0; i < m.rows; i++)
        factors.u(i, k) *= factors.sigma[static_cast<std::size_t>(k)];
    u_ = std::move(factors.u);
    v_ = std::move(factors.v);
    stats_.iterations = 0;
  } else {
    PcpOptions options = pcp_options(options_, m.rows, m.cols, pool_.size());
    options.progress = [this](const PcpProgress&) { return !cancelled_ || !cancelled_(); };
    options.tolerance = options.noise == 0 ? rounding_tolerance(m) : stable_tolerance;
    PcpResult result = principal_component_pursuit(m, options);
    if (result.status == PcpStatus::cancelled) {
      flush();
      return;
    }
    stats_.iterations = result.iterations;
    u_ = std::move(result.u);
    v_ = std::move(result.v);
  }
  stats_.rank = static_cast<int>(u_.cols());
  measure_noise();
  separated_ = m.cols;
  next_ = 0;
}

// The noise of a sample: the median over the window of its |M − L|, which foreground in less than
// half of the frames does not move.
void WindowMethod::measure_noise() {
  const ByteView m = frames_.view();
  noise_.resize(static_cast<std::size_t>(m.rows));
  for_each_row_block(pool_, m.rows, m.cols, [&](Index first, Index count) {
    std::vector<float> l(static_cast<std::size_t>(count * m.cols), 0.0f);
    for (Index j = 0; j < m.cols; j++)
      for (Index k = 0; k < u_.cols(); k++)
        for (Index i = 0; i < count; i++)
          l[static_cast<std::size_t>(j * count + i)] += u_(first + i, k) * v_(j, k);
    std::vector<float> residuals(static_cast<std::size_t>(m.cols));
    for (Index i = 0; i < count; i++) {
      for (Index j = 0; j < m.cols; j++)
        residuals[static_cast<std::size_t>(j)] =
            std::abs(m(first + i, j) - l[static_cast<std::size_t>(j * count + i)]);
      const auto middle = residuals.begin() + m.cols / 2;
      std::nth_element(residuals.begin(), middle, residuals.end());
      noise_[static_cast<std::size_t>(first + i)] = gauss_mad * *middle;
    }
  });
}

bool WindowMethod::pull(Separation& result) {
  if (next_ >= separated_)
    return false;
  background_of(next_);
  score(next_);
  const int radius = parameters_.cleanup_radius < 0 ? automatic_cleanup_radius(format_.height)
                                                    : parameters_.cleanup_radius;
  clean_mask(score_, parameters_.score_limit, radius, mask_, counts_, pool_);
  result.input = frames_.frame(next_);
  result.background = image_of_column(format_, background_.data());
  result.mask = static_cast<const Raster<std::uint8_t>&>(mask_).plane();
  result.foreground_ratio = share_of(counts_, format_.width);
  stats_.frames++;
  stats_.foreground_ratio = result.foreground_ratio;
  next_++;
  return true;
}

void WindowMethod::background_of(Index frame) {
  const Index rows = u_.rows();
  background_.resize(static_cast<std::size_t>(format_.samples()));
  for_each_row_block(pool_, format_.samples(), v_.rows(), [&](Index first, Index count) {
    std::vector<float> l(static_cast<std::size_t>(count), 0.5f);
    for (Index k = 0; k < u_.cols() && rows > 0; k++) {
      const float factor = v_(frame, k);
      const float* component = u_.data() + k * rows + first;
      for (Index i = 0; i < count; i++)
        l[static_cast<std::size_t>(i)] += factor * component[i];
    }
    for (Index i = 0; i < count; i++)
      background_[static_cast<std::size_t>(first + i)] =
          static_cast<std::uint8_t>(std::clamp(l[static_cast<std::size_t>(i)], 0.0f, 255.0f));
  });
}

void WindowMethod::score(Index frame) {
  const ImageView input = frames_.frame(frame);
  for_each_strip(pool_, format_.height, [&](int first, int last) {
    for (int y = first; y < last; y++)
      std::fill_n(score_.row(y), format_.width, std::uint8_t{0});
    for (int p = 0; p < format_.planes(); p++)
      score_plane(p, input, first, last);
  });
}

// Raises the score of each pixel of these rows to that of its residual in the plane.
void WindowMethod::score_plane(int plane, const ImageView& input, int first, int last) {
  const int shift_x = plane ? format_.chroma_shift_x : 0;
  const int shift_y = plane ? format_.chroma_shift_y : 0;
  const bool chroma = plane > 0 && format_.color == ColorModel::ycbcr;
  const float floor = chroma ? parameters_.chroma_floor : parameters_.luma_floor;
  const PlaneView& values = input.planes[static_cast<std::size_t>(plane)];
  const Index start = values.data - input.planes[0].data;
  for (int y = first; y < last; y++) {
    const Index row = start + static_cast<Index>(y >> shift_y) * values.width;
    const std::uint8_t* x = input.planes[0].data + row;
    const std::uint8_t* l = background_.data() + row;
    const float* noise = noise_.data() + row;
    std::uint8_t* out = score_.row(y);
    for (int i = 0; i < format_.width; i++) {
      const int c = i >> shift_x;
      const float limit = std::max(floor, parameters_.deviations * noise[c]);
      const float s = 64 * std::abs(static_cast<float>(x[c]) - l[c]) / limit;
      out[i] = std::max(out[i], static_cast<std::uint8_t>(std::min(s, 192.0f)));
    }
  }
}

}  // namespace

std::unique_ptr<SeparationMethod> make_window_method(const ImageFormat& format,
                                                     const BackgroundOptions& options,
                                                     const CancelFunction& cancelled) {
  return std::make_unique<WindowMethod>(format, options, cancelled);
}

}  // namespace lowrank
