// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/online_method.h"

#include <algorithm>
#include <cmath>

#include "kernels/kernels.h"
#include "lowrank/composite.h"
#include "online/learning.h"
#include "online/scoring.h"
#include "online/shadows.h"
#include "online/working_image.h"
#include "strips.h"

namespace lowrank {
namespace {

constexpr int subspace_every = 3;    // frames between updates of learned components
constexpr int subspace_after = 10;   // frames before the first
constexpr float subspace_clip = 40;  // grey levels
constexpr float darkest_shadow = 0.4f;
constexpr float darkest_gray_shadow = 0.5f;  // without colour to tell it from an object by

std::size_t strip_of(int y) {
  return static_cast<std::size_t>(y / strip_height);
}

}  // namespace

OnlineMethod::OnlineMethod(const ImageFormat& format, const BackgroundOptions& options)
    : format_(format),
      interlaced_(options.interlaced),
      working_(working_format(format)),
      parameters_(make_parameters(options)),
      subspace_capacity_(std::max(0, options.rank - 1)),
      pool_(options.threads),
      model_(working_),
      subspace_(format.width, format.height, subspace_capacity_),
      startup_(working_, parameters_.learning_frames),
      flicker_(format.width, format.height),
      deep_(format),
      predicted_(working_),
      score_(format.width, format.height),
      shadow_(format.width, format.height),
      has_shadow_(strip_of(format.height - 1) + 1),
      support_(format.width, format.height),
      foreground_(format.width, format.height) {
  set_options(options);
  stats_.rank = 1;
}

void OnlineMethod::set_options(const BackgroundOptions& options) {
  // When memory runs out in it, it can be asked for again.
  if (options.update == Update::frozen && parameters_.update != Update::frozen && time_ > 0 &&
      learning())
    end_startup();
  parameters_ = make_parameters(options);
  held_mask_option_ = options.held_mask;
  if (parameters_.cleanup_radius < 0)
    parameters_.cleanup_radius = automatic_cleanup_radius(format_.height);
  if (parameters_.update != Update::frozen)
    held_.reset();
}

void OnlineMethod::set_sensitivity(const PlaneView& sensitivity) {
  sensitivity_ = Sensitivity(sensitivity, working_);
  if (sensitivity_.full() || held_mask_.empty())
    return;
  RowCounts counts(static_cast<std::size_t>(working_.height));
  for (int y = 0; y < working_.height; y++)
    counts[static_cast<std::size_t>(y)] =
        static_cast<int>(kernels::count_set(held_mask_.row(y), working_.width));
  sensitivity_.clear_ignored(held_mask_, counts);
  held_ratio_ = share_of(counts, working_.width);
}

void OnlineMethod::push(const ImageView& frame) {
  const ImageView readable = prepare(frame);
  if (time_ == 0)
    start_from(readable);
  process(readable);
  next_hints_.clear();
  result_.input = frame;
  waiting_ = true;
}

bool OnlineMethod::pull(Separation& result) {
  if (!waiting_)
    return false;
  waiting_ = false;
  result = result_;
  return true;
}

ImageView OnlineMethod::prepare(const ImageView& frame) {
  if (is_working_image(frame))
    return frame;
  if (unpacked_.empty())
    unpacked_ = OwnedImage(working_);
  if (deep_.none())
    to_working_image(frame, unpacked_, pool_);
  else
    deep_.split(frame, unpacked_, pool_);
  return unpacked_.view();
}

void OnlineMethod::start_from(const ImageView& frame) {
  for (int p = 0; p < working_.planes(); p++) {
    const PlaneView& plane = frame.planes[static_cast<std::size_t>(p)];
    for (int y = 0; y < plane.height; y++) {
      if (const OwnedDeepImage* fine = deep_.fine()) {
        std::copy_n(fine->planes[p].row(y), plane.width, model_.components[p].plate.row(y));
        continue;
      }
      std::transform(plane.row(y), plane.row(y) + plane.width, model_.components[p].plate.row(y),
                     [](std::uint8_t v) { return static_cast<std::uint16_t>(v << 8); });
    }
  }
}

ImageView OnlineMethod::stabilize(const ImageView& frame) {
  shift_ = {};
  if (time_ >= 2 && parameters_.has(OnlineStep::stabilization))
    shift_ = stabilizer_.estimate(static_cast<int>(time_ % 1000), frame.planes[0], model_, light_,
                                  !learning());
  if (shift_.none())
    return frame;
  if (steady_.empty())
    steady_ = OwnedImage(working_);
  shift_image(frame, shift_, steady_.view());
  deep_.stabilize(shift_, pool_);
  return steady_.view();
}

void OnlineMethod::process(const ImageView& frame) {
  const bool frozen = holding();
  if (frozen)
    keep_tracking();
  const ImageView steady = stabilize(frame);
  light_ = time_ == 0 || !parameters_.has(OnlineStep::light)
               ? Illumination{}
               : fit_.fit(steady, deep_.fine(), model_, subspace_, !learning());
  light_.components.resize(static_cast<std::size_t>(subspace_.size()), 0.0f);
  if (time_ == 1 && parameters_.has(OnlineStep::startup)) {
    StartupPlate::guess_noise(steady, model_);
    weigh_noise();
  }
  find_mask(steady);
  ChangeWatch::Verdict verdict = watch_changes(steady);
  deep_.predict(model_, light_, subspace_, shift_, pool_);
  if (frozen || !verdict.hold)
    hold_back();
  if (!frozen && !verdict.hold)
    learn(steady);
  if (frozen || !verdict.hold)
    time_++;
  // A plate of the first frames after a change shows whoever was there.
  if (settling_ != GlobalChange::none && !verdict.hold) {
    verdict = {settling_, true, false};
    if (startup_.due(static_cast<int>(time_) - 1) || !learning())
      settling_ = GlobalChange::none;
  }
  finish(verdict);
  if (verdict.relearn) {
    forget();
    stats_.resets++;
    settling_ = verdict.change;
  }
}

ChangeWatch::Verdict OnlineMethod::watch_changes(const ImageView& frame) {
  if (time_ == 0 || holding() || !parameters_.has(OnlineStep::scene_change))
    return {};
  const ImageView predicted = static_cast<const OwnedImage&>(predicted_).view();
  return change_watch_.judge({frame, predicted, model_, score_, foreground_,
                              share_of(foreground_counts_, working_.width), light_, sensitivity_,
                              OnlineParameters{}.deviations / parameters_.deviations});
}

void OnlineMethod::learn(const ImageView& frame) {
  hints_.set(next_hints_, shift_, working_);
  hints_.mark(model_.mask, held_rows_);
  const ImageView predicted = static_cast<const OwnedImage&>(predicted_).view();
  if (learning())
    learn_startup(hints_.without_foreground(frame, predicted));
  hints_.save(model_);
  Learning(parameters_, {frame, deep_.fine(), predicted, light_, subspace_, time_, learning()},
           model_)
      .run(pool_);
  hints_.restore(model_);
  learn_subspace(frame);
}

void OnlineMethod::find_mask(const ImageView& frame) {
  const Scene scene{frame, light_, subspace_, predicted_, score_};
  const Scoring scoring(parameters_, scene, model_, flicker_, sensitivity_);
  const ImageView predicted = static_cast<const OwnedImage&>(predicted_).view();
  const Shadows shadows(frame, predicted,
                        working_.planes() == 3 ? darkest_shadow : darkest_gray_shadow);
  for_each_strip(pool_, working_.height, [&](int first, int last) { scoring.score(first, last); });
  for_each_strip(pool_, working_.height, [&](int first, int last) {
    if (flicker_.any())
      scoring.forgive_motion(first, last);
    has_shadow_[strip_of(first)] =
        parameters_.has(OnlineStep::shadows) && shadows.run(first, last, score_, shadow_);
  });
  const int radius = parameters_.cleanup_radius;
  if (radius == 0) {
    clean_mask(score_, parameters_.score_limit, 0, foreground_, foreground_counts_, pool_);
    return;  // nothing reaches a pixel that does not count
  }
  clean_mask(score_, parameters_.score_limit, radius, support_, support_counts_, pool_,
             [this](int y) {
               if (support_counts_[static_cast<std::size_t>(y)] > 0)
                 kernels::count_columns(support_.row(y), flicker_.masked(y), working_.width);
             });
  if (parameters_.has(OnlineStep::moving_background))
    flicker_.finish_frame(time_, holding(), support_);
  const auto moving = [this](int y, std::uint8_t* row) -> const std::uint8_t* {
    if (!flicker_.any_near(y))
      return nullptr;
    flicker_.spread(y, row);
    return row;
  };
  if (parameters_.has(OnlineStep::filling)) {
    fill_holes(support_, support_counts_, fill_reach(radius, working_.height), moving, foreground_,
               foreground_counts_, pool_);
  } else {
    copy_plane(static_cast<const Raster<std::uint8_t>&>(support_).plane(), foreground_.plane());
    foreground_counts_ = support_counts_;
  }
  sensitivity_.clear_ignored(foreground_, foreground_counts_);
}

void OnlineMethod::hold_back() {
  held_rows_.resize(foreground_counts_.size());
  for_each_strip(pool_, working_.height, [&](int first, int last) {
    const bool shadow = has_shadow_[strip_of(first)];
    for (int y = first; y < last; y++) {
      const auto i = static_cast<std::size_t>(y);
      const bool holds = shadow || foreground_counts_[i] > 0;
      if (shadow)
        kernels::unite(foreground_.row(y), shadow_.row(y), model_.mask.row(y), working_.width);
      else if (holds || held_rows_[i])
        std::copy_n(foreground_.row(y), working_.width, model_.mask.row(y));
      held_rows_[i] = holds;
    }
  });
}

void OnlineMethod::weigh_noise() {
  for (int p = 0; p < working_.planes(); p++)
    for (int y = 0; y < working_.plane_height(p); y++)
      kernels::weigh(model_.components[p].noise.row(y), parameters_.deviations_over_floor(p),
                     model_.components[p].weight.row(y), working_.plane_width(p));
}

void OnlineMethod::learn_startup(const ImageView& frame) {
  const int t = static_cast<int>(time_);
  startup_.add(t, frame);
  if (!startup_.due(t) || !parameters_.has(OnlineStep::startup))
    return;
  deep_.keep_plate(model_);
  startup_.apply(t, flicker_, model_, pool_);
  deep_.refine_plate(model_);
  weigh_noise();
  change_watch_.begin_again();
  light_ = Illumination{};
  light_.components.resize(static_cast<std::size_t>(subspace_.size()), 0.0f);
}

void OnlineMethod::learn_subspace(const ImageView& frame) {
  if (subspace_capacity_ == 0 || time_ <= subspace_after || time_ % subspace_every != 0)
    return;
  const int width = working_.width;
  const auto residual = [&](int y, float* row) {
    const std::uint8_t* x = frame.planes[0].row(y);
    const std::uint8_t* l = predicted_.planes[0].row(y);
    const std::uint8_t* mask = model_.mask.row(y);
    for (int i = 0; i < width; i++) {
      const float e = static_cast<float>(x[i]) - l[i];
      row[i] = mask[i] ? 0 : std::clamp(e, -subspace_clip, subspace_clip);
    }
  };
  double sum = 0;
  int count = 0;
  std::vector<float> row(static_cast<std::size_t>(width));
  for (int y = 0; y < working_.height; y += 8) {
    residual(y, row.data());
    for (const float e : row)
      sum += std::abs(e);
    count += width;
  }
  subspace_.learn(light_.components, static_cast<float>(sum / count), residual, pool_);
}

// L where the camera is, in the format of the stream.
ImageView OnlineMethod::shown_background() {
  if (!deep_.none())
    return deep_.background();
  ImageView background = predicted_.view();
  if (!shift_.none()) {
    if (shifted_back_.empty())
      shifted_back_ = OwnedImage(working_);
    shift_image(background, shift_.back(), shifted_back_.view());
    background = shifted_back_.view();
  }
  if (format_.color == ColorModel::rgb) {
    if (background_.empty())
      background_ = OwnedImage(format_);
    working_to_rgb(background, background_.view(), pool_);
    background = background_.view();
  }
  return background;
}

void OnlineMethod::finish(const ChangeWatch::Verdict& verdict) {
  result_.background = shown_background();
  result_.mask = static_cast<const Raster<std::uint8_t>&>(foreground_).plane();
  if (!shift_.none()) {
    if (shifted_mask_.empty())
      shifted_mask_ = Raster<std::uint8_t>(working_.width, working_.height);
    shifted_counts_.resize(static_cast<std::size_t>(working_.height));
    shift_plane_nearest(result_.mask, shift_.back(), shifted_mask_.plane());
    for (int y = 0; y < working_.height; y++) {
      sensitivity_.clear_ignored(y, shifted_mask_.row(y));
      shifted_counts_[static_cast<std::size_t>(y)] =
          static_cast<int>(kernels::count_set(shifted_mask_.row(y), working_.width));
    }
    result_.mask = static_cast<const Raster<std::uint8_t>&>(shifted_mask_).plane();
  }
  result_.foreground_ratio =
      share_of(shift_.none() ? foreground_counts_ : shifted_counts_, working_.width);
  hold_mask(verdict.hold);
  result_.light_gain = light_.gain;
  result_.light_offset = light_.offset;
  result_.change = verdict.change;
  result_.mask_held = verdict.hold;
  result_.relearned = verdict.relearn;
  stats_.frames++;
  stats_.rank = 1 + subspace_.size();
  stats_.foreground_ratio = result_.foreground_ratio;
}

// While a change is under way the mask is empty, or the last one before.
void OnlineMethod::hold_mask(bool held) {
  const bool last = held_mask_option_ == HeldMask::last;
  if (!held && !last)
    return;
  if (held_mask_.empty())
    held_mask_ = Raster<std::uint8_t>(working_.width, working_.height);
  if (!held) {
    copy_plane(result_.mask, held_mask_.plane());
    held_ratio_ = result_.foreground_ratio;
    return;
  }
  if (!last) {
    held_mask_.fill(0);
    held_ratio_ = 0;
  }
  result_.mask = static_cast<const Raster<std::uint8_t>&>(held_mask_).plane();
  result_.foreground_ratio = held_ratio_;
}

std::unique_ptr<SeparationMethod> make_online_method(const ImageFormat& format,
                                                     const BackgroundOptions& options) {
  return std::make_unique<OnlineMethod>(format, options);
}

}  // namespace lowrank
