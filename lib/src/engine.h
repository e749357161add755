// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "lowrank/background.h"

namespace lowrank {

/// What each method implements behind BackgroundEngine, which has checked every argument.
class SeparationMethod {
 public:
  virtual ~SeparationMethod() = default;
  virtual void set_options(const BackgroundOptions& options) = 0;
  /// Of the luma's size, or without data.
  virtual void set_sensitivity(const PlaneView& sensitivity) = 0;
  virtual void set_foreground_hints(std::span<const Rectangle> hints) = 0;
  virtual void push(const ImageView& frame) = 0;
  virtual bool pull(Separation& result) = 0;
  virtual void drain() = 0;
  virtual void flush() = 0;
  virtual void reset() = 0;
  virtual int delay() const = 0;
  virtual bool results_waiting() const = 0;
  virtual BackgroundStats stats() const = 0;

  // A window begins afresh with its frames: there is nothing that lasts.
  virtual bool has_model() const { return false; }
  virtual std::vector<std::uint8_t> save_model() const { return {}; }
  virtual void load_model(std::span<const std::uint8_t>) {}
};

/// What the caller has set to be asked and told.
struct Callbacks {
  std::function<bool()> cancelled;
  std::function<void(const FactorizationProgress&)> progress;
};

std::unique_ptr<SeparationMethod> make_online_method(const ImageFormat& format,
                                                     const BackgroundOptions& options);
std::unique_ptr<SeparationMethod> make_window_method(const ImageFormat& format,
                                                     const BackgroundOptions& options,
                                                     const Callbacks& callbacks);

}  // namespace lowrank
