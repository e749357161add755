// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <memory>

#include "engine.h"
#include "mask_cleanup.h"
#include "online/parameters.h"
#include "window/factorization.h"
#include "window/frame_matrix.h"
#include "window/plates.h"
#include "window/scoring.h"
#include "window/window_memory.h"

namespace lowrank {
namespace {

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
  void factorize();

  ImageFormat format_;
  BackgroundOptions options_;
  OnlineParameters parameters_;
  const CancelFunction& cancelled_;
  ThreadPool pool_;

  FrameMatrix frames_;
  Plates plates_;
  Index separated_ = 0;  ///< frames of the window that can be pulled
  Index next_ = 0;

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
  check_window_memory(options_, format_, std::max(1, options.window), pool_.size());
  frames_.reserve(options.window);
}

void WindowMethod::push(const ImageView& frame) {
  if (separated_ > 0)
    flush();
  if (!options_.window)
    check_window_memory(options_, format_, frames_.frames() + 1, pool_.size());
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
  plates_ = {};
  separated_ = next_ = 0;
}

void WindowMethod::reset() {
  flush();
  stats_.resets++;
}

void WindowMethod::factorize() {
  const ByteView m = frames_.view();
  const WindowFactors factors =
      factorize_window(m, options_, pool_.size(), [&] { return cancelled_ && cancelled_(); });
  if (factors.cancelled) {
    flush();
    return;
  }
  plates_ = make_plates(m, factors.u, factors.v, pool_);
  stats_.iterations = factors.iterations;
  stats_.rank = static_cast<int>(factors.u.cols());
  separated_ = m.cols;
  next_ = 0;
}

bool WindowMethod::pull(Separation& result) {
  if (next_ >= separated_)
    return false;
  const std::uint8_t* frame = frames_.view().column(next_);
  const std::uint8_t* plate = plates_.column(next_);
  score_frame(format_, parameters_, frame, plate, plates_.noise.data(), score_, pool_);
  const int radius = parameters_.cleanup_radius < 0 ? automatic_cleanup_radius(format_.height)
                                                    : parameters_.cleanup_radius;
  clean_mask(score_, parameters_.score_limit, radius, mask_, counts_, pool_);
  result.input = image_of_column(format_, frame);
  result.background = image_of_column(format_, plate);
  result.mask = static_cast<const Raster<std::uint8_t>&>(mask_).plane();
  result.foreground_ratio = share_of(counts_, format_.width);
  stats_.frames++;
  stats_.foreground_ratio = result.foreground_ratio;
  next_++;
  return true;
}

}  // namespace

std::unique_ptr<SeparationMethod> make_window_method(const ImageFormat& format,
                                                     const BackgroundOptions& options,
                                                     const CancelFunction& cancelled) {
  return std::make_unique<WindowMethod>(format, options, cancelled);
}

}  // namespace lowrank
