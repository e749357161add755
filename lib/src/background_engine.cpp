// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <optional>
#include <string>

#include "engine.h"
#include "fields.h"
#include "region_filter.h"
#include "window/overlap.h"

namespace lowrank {
namespace {

constexpr int max_side = 16384;
constexpr int max_online_rank = 16;
constexpr int max_cleanup = 15;

void require(bool holds, const std::string& message) {
  if (!holds)
    throw std::invalid_argument(message);
}

std::string side_by_side(int width, int height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

void check_format(const ImageFormat& format) {
  require(format.width >= 1 && format.width <= max_side && format.height >= 1 &&
              format.height <= max_side,
          "an image of " + side_by_side(format.width, format.height) +
              " cannot be separated: width and height must be 1 to " + std::to_string(max_side));
  const auto shift_allowed = [&](int shift) {
    return shift == 0 || (shift == 1 && format.color == ColorModel::ycbcr);
  };
  require(shift_allowed(format.chroma_shift_x) && shift_allowed(format.chroma_shift_y),
          "chroma shifts must be 0 or 1 for ycbcr images and 0 for others");
  require(format.black >= 0 && format.black <= 64, "the luma of black must be 0 to 64");
  require(format.depth >= 8 && format.depth <= 16, "samples must have 8 to 16 bits");
  require(format.depth == 8 || format.color != ColorModel::rgb, "samples of rgb must have 8 bits");
  require(format.shift >= 0 && format.shift <= 8 * format.sample_bytes() - format.depth,
          "a sample and the bits below it must fit its one or two bytes");
}

void check_options(const BackgroundOptions& options) {
  require(options.rank >= 0,
          "rank must be 0 (automatic) or more, not " + std::to_string(options.rank));
  require(options.lambda >= 0 && std::isfinite(options.lambda),
          "lambda must be 0 (automatic) or a positive number");
  require(std::isfinite(options.noise),
          "noise must be negative (estimated), 0 (exact PCP) or a number of grey levels");
  require(options.window >= 0, "window must be 0 (the whole stream) or more frames");
  require(!std::isnan(options.learning_rate) && options.learning_rate <= 1,
          "learning_rate must be negative (automatic) or 0 to 1");
  require(!std::isnan(options.threshold) && options.threshold != 0,
          "threshold must be negative (automatic) or a positive number of standard deviations");
  require(options.mask_cleanup <= max_cleanup,
          "mask_cleanup must be negative (automatic) or 0 to " + std::to_string(max_cleanup));
  require(options.min_region_size >= 0 && options.max_region_size >= 0,
          "min_region_size and max_region_size must be 0 (no bound) or more pixels");
  require(options.threads <= 1024, "threads must be 0 (one a core) to 1024");
  if (options.method == Method::online) {
    require(options.rank <= max_online_rank, "method online takes a rank of at most " +
                                                 std::to_string(max_online_rank) + ", not " +
                                                 std::to_string(options.rank));
  } else {
    require(options.window == 0 || options.rank <= options.window,
            "a window of " + std::to_string(options.window) + " frames has no background of rank " +
                std::to_string(options.rank) + ": rank must be at most the window");
  }
}

void check_frame(const ImageView& frame, const ImageFormat& format) {
  require(frame.format == format, "the frame (" +
                                      side_by_side(frame.format.width, frame.format.height) +
                                      ") is not in the format of configure() (" +
                                      side_by_side(format.width, format.height) + ")");
  for (int p = 0; p < format.planes(); p++) {
    const PlaneView& plane = frame.planes[static_cast<std::size_t>(p)];
    require(plane.data && plane.width == format.plane_width(p) &&
                plane.height == format.plane_height(p) &&
                plane.pixel_stride >= format.sample_bytes(),
            "plane " + std::to_string(p) + " of the frame must hold " +
                side_by_side(format.plane_width(p), format.plane_height(p)) + " samples");
  }
}

}  // namespace

struct BackgroundEngine::Impl {
  ImageFormat format;
  BackgroundOptions options;
  Callbacks callbacks;
  std::unique_ptr<SeparationMethod> method;
  RegionFilter region_filter;
  std::optional<double> filtered_ratio;  ///< of the last frame, when the filter saw it

  SeparationMethod& configured() const {
    if (!method)
      throw std::logic_error("configure() has to come before every other call of the engine");
    return *method;
  }

  void require_online() const {
    configured();
    if (options.method != Method::online)
      throw std::logic_error("only method online has a model to save or to load");
  }
};

BackgroundEngine::BackgroundEngine() : impl_(std::make_unique<Impl>()) {}
BackgroundEngine::BackgroundEngine(BackgroundEngine&&) noexcept = default;
BackgroundEngine& BackgroundEngine::operator=(BackgroundEngine&&) noexcept = default;
BackgroundEngine::~BackgroundEngine() = default;

void BackgroundEngine::configure(const ImageFormat& format, const BackgroundOptions& options) {
  check_format(format);
  check_options(options);
  require(format.depth == 8 || options.method == Method::online,
          "methods pcp, svd and nmf take samples of 8 bits");
  impl_->method.reset();
  const auto make = [&](const ImageFormat& picture) {
    return options.method == Method::online
               ? make_online_method(picture, options)
               : make_window_method(picture, options, impl_->callbacks);
  };
  impl_->method = options.interlaced ? make_field_method(format, make) : make(format);
  impl_->format = format;
  impl_->options = options;
  impl_->filtered_ratio.reset();
}

void BackgroundEngine::set_options(const BackgroundOptions& options) {
  check_options(options);
  const BackgroundOptions& old = impl_->options;
  SeparationMethod& method = impl_->configured();
  require(options.method == old.method && options.rank == old.rank &&
              options.lambda == old.lambda && options.noise == old.noise &&
              options.window == old.window && options.max_memory == old.max_memory &&
              options.threads == old.threads && options.interlaced == old.interlaced &&
              options.without == old.without,
          "only learning_rate, threshold, mask_cleanup, update, held_mask and what is said of "
          "regions can "
          "change without configure()");
  impl_->options = options;
  method.set_options(options);
}

void BackgroundEngine::push(const ImageView& frame) {
  SeparationMethod& method = impl_->configured();
  check_frame(frame, impl_->format);
  if (method.results_waiting())
    throw std::logic_error("results wait: pull() them until it returns false before push()");
  method.push(frame);
}

void BackgroundEngine::set_sensitivity(const PlaneView& sensitivity) {
  SeparationMethod& method = impl_->configured();
  const ImageFormat& format = impl_->format;
  require(!sensitivity.data ||
              (sensitivity.width == format.width && sensitivity.height == format.height),
          "a sensitivity of " + side_by_side(sensitivity.width, sensitivity.height) +
              " does not fit frames of " + side_by_side(format.width, format.height));
  method.set_sensitivity(sensitivity);
}

void BackgroundEngine::set_foreground_hints(std::span<const Rectangle> hints) {
  impl_->configured().set_foreground_hints(hints);
}

bool BackgroundEngine::pull(Separation& result) {
  if (!impl_->configured().pull(result))
    return false;
  result.regions = {};
  impl_->filtered_ratio.reset();
  if (RegionFilter::needed(impl_->options)) {
    impl_->region_filter.apply(impl_->options, result);
    impl_->filtered_ratio = result.foreground_ratio;
  }
  return true;
}

void BackgroundEngine::drain() {
  impl_->configured().drain();
}

bool BackgroundEngine::has_model() const {
  return impl_->method && impl_->method->has_model();
}

std::vector<std::uint8_t> BackgroundEngine::save_model() const {
  impl_->require_online();
  if (!has_model())
    throw std::logic_error("there is no model to save before the first frame");
  return impl_->method->save_model();
}

void BackgroundEngine::load_model(std::span<const std::uint8_t> model) {
  impl_->require_online();
  impl_->method->load_model(model);
}

void BackgroundEngine::flush() {
  impl_->configured().flush();
}

void BackgroundEngine::reset() {
  impl_->filtered_ratio.reset();
  impl_->configured().reset();
}

int BackgroundEngine::delay_of(const BackgroundOptions& options) {
  if (options.method == Method::online)
    return 0;
  return options.window > 0 ? delay_of_windows(options.window) : unbounded_delay;
}

int BackgroundEngine::delay() const {
  return impl_->configured().delay();
}

void BackgroundEngine::set_cancelled(std::function<bool()> cancelled) {
  impl_->callbacks.cancelled = std::move(cancelled);
}

void BackgroundEngine::set_progress(std::function<void(const FactorizationProgress&)> progress) {
  impl_->callbacks.progress = std::move(progress);
}

BackgroundStats BackgroundEngine::stats() const {
  BackgroundStats stats = impl_->configured().stats();
  stats.foreground_ratio = impl_->filtered_ratio.value_or(stats.foreground_ratio);
  return stats;
}

}  // namespace lowrank
