// SPDX-License-Identifier: LGPL-2.1-or-later
#include <optional>
#include <vector>

#include "engine.h"
#include "window/frame_mask.h"
#include "window/window_sequence.h"

namespace lowrank {
namespace {

/// The methods that factorize windows of frames: makes the masks of solved frames.
class WindowMethod final : public SeparationMethod {
 public:
  WindowMethod(const ImageFormat& format, const BackgroundOptions& options,
               const Callbacks& callbacks)
      : format_(format),
        threads_(options.window ? 1 : options.threads),
        sequence_(format, options, callbacks),
        mask_(format, options) {}

  void set_options(const BackgroundOptions& options) override { mask_.set_options(options); }
  void set_sensitivity(const PlaneView& sensitivity) override {
    mask_.set_sensitivity(sensitivity);
  }
  void set_foreground_hints(std::span<const Rectangle>) override {}
  void push(const ImageView& frame) override;
  bool pull(Separation& result) override;
  void drain() override;
  void flush() override;
  void reset() override;
  int delay() const override { return sequence_.delay(); }
  bool results_waiting() const override { return sequence_.ready() > 0; }
  BackgroundStats stats() const override;

 private:
  const float* noise_of(const SolvedFrame& frame);
  ThreadPool& pool();

  ImageFormat format_;
  unsigned threads_;  ///< of the calling thread; a window that is solved has its own
  WindowSequence sequence_;
  SolvedFrame current_;
  std::vector<float> faded_noise_;
  FrameMask mask_;
  std::optional<ThreadPool> pool_;  ///< not there while drain() solves
  BackgroundStats stats_;
};

void WindowMethod::push(const ImageView& frame) {
  current_ = {};
  sequence_.push(frame);
}

void WindowMethod::drain() {
  current_ = {};
  pool_.reset();
  sequence_.drain();
}

void WindowMethod::flush() {
  current_ = {};
  sequence_.flush();
}

void WindowMethod::reset() {
  flush();
  stats_.resets++;
}

bool WindowMethod::pull(Separation& result) {
  current_ = {};
  sequence_.check();
  if (sequence_.ready() == 0)
    return false;
  current_ = sequence_.take();
  const std::uint8_t* plate = current_.plates->column(current_.column);
  mask_.make(current_.input, plate, noise_of(current_), pool());
  result.input = image_of_column(format_, current_.input);
  result.background = image_of_column(format_, plate);
  result.mask = mask_.plane();
  result.foreground_ratio = mask_.share();
  stats_.frames++;
  stats_.foreground_ratio = result.foreground_ratio;
  return true;
}

ThreadPool& WindowMethod::pool() {
  return pool_ ? *pool_ : pool_.emplace(threads_);
}

// Goes over from window to window as the plates do.
const float* WindowMethod::noise_of(const SolvedFrame& frame) {
  const std::vector<float>& later = *frame.plates->noise;
  if (!frame.earlier_noise)
    return later.data();
  faded_noise_.resize(later.size());
  for (std::size_t i = 0; i < later.size(); i++) {
    const float earlier = (*frame.earlier_noise)[i];
    faded_noise_[i] = earlier + frame.weight * (later[i] - earlier);
  }
  return faded_noise_.data();
}

BackgroundStats WindowMethod::stats() const {
  BackgroundStats stats = stats_;
  stats.rank = static_cast<int>(sequence_.rank());
  stats.iterations = sequence_.iterations();
  return stats;
}

}  // namespace

std::unique_ptr<SeparationMethod> make_window_method(const ImageFormat& format,
                                                     const BackgroundOptions& options,
                                                     const Callbacks& callbacks) {
  return std::make_unique<WindowMethod>(format, options, callbacks);
}

}  // namespace lowrank
