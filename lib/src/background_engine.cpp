// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <optional>
#include <string>

#include "background_check.h"
#include "engine.h"
#include "fields.h"
#include "region_filter.h"
#include "window/overlap.h"

namespace lowrank {
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
  check::format(format);
  check::options(options);
  check::require(format.depth == 8 || options.method == Method::online,
                 "methods of a window take samples of 8 bits");
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
  check::options(options);
  const BackgroundOptions& old = impl_->options;
  SeparationMethod& method = impl_->configured();
  check::require(
      options.method == old.method && options.rank == old.rank && options.lambda == old.lambda &&
          options.noise == old.noise && options.window == old.window &&
          options.max_memory == old.max_memory && options.threads == old.threads &&
          options.interlaced == old.interlaced && options.without == old.without,
      "only learning_rate, threshold, mask_cleanup, update, held_mask and what is said of "
      "regions can change without configure()");
  impl_->options = options;
  method.set_options(options);
}

void BackgroundEngine::push(const ImageView& frame) {
  SeparationMethod& method = impl_->configured();
  check::frame(frame, impl_->format);
  if (method.results_waiting())
    throw std::logic_error("results wait: pull() them until it returns false before push()");
  method.push(frame);
}

void BackgroundEngine::set_sensitivity(const PlaneView& sensitivity) {
  SeparationMethod& method = impl_->configured();
  check::sensitivity(sensitivity, impl_->format);
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
