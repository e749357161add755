// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>
#include <vector>

#include "engine.h"
#include "kernels/kernels.h"
#include "mask_cleanup.h"
#include "online/absorption.h"
#include "online/ghosts.h"
#include "online/illumination_fit.h"
#include "online/parameters.h"
#include "online/plate_model.h"
#include "online/stabilizer.h"
#include "online/startup_median.h"
#include "online/subspace.h"
#include "online/working_image.h"
#include "strips.h"

namespace lowrank {
namespace {

constexpr int surrounding = 3;       // radius in which a swaying pixel may find its level
constexpr int feedback_margin = 2;   // pixels around the mask that are left out of feedback
constexpr int subspace_every = 3;    // frames between updates of learned components
constexpr int subspace_after = 10;   // frames before the first
constexpr float subspace_clip = 40;  // grey levels

std::vector<std::uint8_t> padded_row(int width, int extra = 0) {
  return std::vector<std::uint8_t>(static_cast<std::size_t>(padded_width(width) + extra));
}

// A shift in luma pixels, in samples of a plane.
Shift shift_in_plane(Shift shift, std::size_t plane, const ImageFormat& format) {
  if (plane == 0)
    return shift;
  return {shift.dx / static_cast<float>(1 << format.chroma_shift_x),
          shift.dy / static_cast<float>(1 << format.chroma_shift_y)};
}

/// Robust regression of each frame on a small subspace, everything else per pixel; the steps of a
/// frame are the calls in process().
class OnlineMethod final : public SeparationMethod {
 public:
  OnlineMethod(const ImageFormat& format, const BackgroundOptions& options);

  void set_options(const BackgroundOptions& options) override {
    parameters_ = make_parameters(options);
  }
  void push(const ImageView& frame) override;
  bool pull(Separation& result) override;
  void drain() override {}
  void flush() override { waiting_ = false; }
  void reset() override;
  int delay() const override { return 0; }
  bool results_waiting() const override { return waiting_; }
  BackgroundStats stats() const override { return stats_; }

 private:
  bool learning() const { return time_ < static_cast<std::uint64_t>(parameters_.learning_frames); }
  int luma_rows_to_chroma(int row) const {
    return (row + (1 << working_.chroma_shift_y) - 1) >> working_.chroma_shift_y;
  }

  void forget();
  ImageView prepare(const ImageView& frame);
  void start_from(const ImageView& frame);
  ImageView stabilize(const ImageView& frame);
  void process(const ImageView& frame);
  void predict();
  void predict_rows(int plane, int first, int last);
  void score(const ImageView& frame);
  void score_rows(const ImageView& frame, int first, int last);
  void learn_startup(const ImageView& frame);
  void update(const ImageView& frame);
  void update_luma_rows(const ImageView& frame, int first, int last);
  void update_chroma_rows(const ImageView& frame, int plane, int first, int last);
  void learn_subspace(const ImageView& frame);
  kernels::PlateUpdate plate_update(int plane) const;
  void finish();

  ImageFormat format_;
  ImageFormat working_;
  OnlineParameters parameters_;
  int subspace_capacity_;
  ThreadPool pool_;

  PlateModel model_;
  IlluminationFit fit_;
  Illumination light_;
  Stabilizer stabilizer_;
  Shift shift_;
  Subspace subspace_;
  StartupMedian startup_;
  MaskCleanup cleanup_;
  std::uint64_t time_ = 0;

  OwnedImage unpacked_;      ///< the frame, where it cannot be read in place
  OwnedImage steady_;        ///< the frame in the plate's coordinates, where the camera shakes
  OwnedImage predicted_;     ///< L in the plate's coordinates
  OwnedImage background_;    ///< L as it is given out, where that is not `predicted_`
  OwnedImage shifted_back_;  ///< L in the frame's coordinates
  Raster<std::uint8_t> shifted_mask_;

  bool waiting_ = false;
  Separation result_;
  BackgroundStats stats_;
};

OnlineMethod::OnlineMethod(const ImageFormat& format, const BackgroundOptions& options)
    : format_(format),
      working_(working_format(format)),
      parameters_(make_parameters(options)),
      subspace_capacity_(std::max(0, options.rank - 1)),
      pool_(options.threads),
      model_(working_),
      subspace_(format.width, format.height, subspace_capacity_),
      startup_(working_, parameters_.learning_frames),
      cleanup_(format.width, format.height),
      predicted_(working_) {
  stats_.rank = 1;
}

void OnlineMethod::forget() {
  model_ = PlateModel(working_);
  fit_ = {};
  stabilizer_ = {};
  subspace_ = Subspace(format_.width, format_.height, subspace_capacity_);
  startup_ = StartupMedian(working_, parameters_.learning_frames);
  time_ = 0;
}

void OnlineMethod::reset() {
  waiting_ = false;
  if (time_ > 0) {
    forget();
    stats_.resets++;
  }
}

void OnlineMethod::push(const ImageView& frame) {
  const ImageView readable = prepare(frame);
  if (time_ == 0)
    start_from(readable);
  process(readable);
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
  to_working_image(frame, unpacked_, pool_);
  return unpacked_.view();
}

void OnlineMethod::start_from(const ImageView& frame) {
  for (int p = 0; p < working_.planes(); p++) {
    const PlaneView& plane = frame.planes[static_cast<std::size_t>(p)];
    for (int y = 0; y < plane.height; y++)
      std::transform(plane.row(y), plane.row(y) + plane.width, model_.components[p].plate.row(y),
                     [](std::uint8_t v) { return static_cast<std::uint16_t>(v << 8); });
  }
}

ImageView OnlineMethod::stabilize(const ImageView& frame) {
  shift_ = {};
  if (time_ >= 2)
    shift_ =
        stabilizer_.estimate(static_cast<int>(time_ % 1000), frame.planes[0], model_, !learning());
  if (shift_.none())
    return frame;
  if (steady_.empty())
    steady_ = OwnedImage(working_);
  const MutableImageView steady = steady_.view();
  for (std::size_t p = 0; p < static_cast<std::size_t>(working_.planes()); p++) {
    shift_plane(frame.planes[p], shift_in_plane(shift_, p, working_), steady.planes[p]);
  }
  return steady_.view();
}

void OnlineMethod::process(const ImageView& frame) {
  model_.score[0].swap(model_.score[1]);
  model_.mask[0].swap(model_.mask[1]);
  const ImageView steady = stabilize(frame);
  light_ = time_ == 0 ? Illumination{}
                      : fit_.fit(steady.planes[0], model_, subspace_, model_.mask[1], !learning());
  light_.components.resize(static_cast<std::size_t>(subspace_.size()), 0.0f);
  predict();
  score(steady);
  cleanup_.run(model_.score[0], parameters_.score_limit, parameters_.cleanup_radius, model_.mask[0],
               pool_);
  if (learning())
    learn_startup(steady);
  update(steady);
  if (!learning())
    dissolve_ghosts(steady, predicted_.view(), light_, model_);
  learn_subspace(steady);
  finish();
  time_++;
}

void OnlineMethod::predict() {
  for_each_strip(pool_, working_.height, [&](int first, int last) {
    predict_rows(0, first, last);
    for (int p = 1; p < working_.planes(); p++)
      predict_rows(p, first >> working_.chroma_shift_y, luma_rows_to_chroma(last));
  });
}

void OnlineMethod::predict_rows(int plane, int first, int last) {
  const PlateModel::Component& component = model_.components[plane];
  const int width = component.plate.width();
  const bool learned = plane == 0 && subspace_.size() > 0;
  std::vector<float> extra(learned ? static_cast<std::size_t>(width) : 0);
  for (int y = first; y < last; y++) {
    if (learned)
      subspace_.evaluate_row(light_.components, y, extra.data());
    kernels::predict(component.plate.row(y), plane == 0 ? light_.gain : 1.0f,
                     plane == 0 ? light_.offset : 0.0f, learned ? extra.data() : nullptr,
                     predicted_.planes[plane].row(y), width);
  }
}

void OnlineMethod::score(const ImageView& frame) {
  for_each_strip(pool_, working_.height,
                 [&](int first, int last) { score_rows(frame, first, last); });
}

void OnlineMethod::score_rows(const ImageView& frame, int first, int last) {
  const int width = working_.width;
  const int bottom = working_.height - 1;
  const bool color = working_.planes() == 3;
  auto lowest = padded_row(width);
  auto highest = padded_row(width);
  auto scratch = padded_row(width, 2 * surrounding);
  auto chroma = padded_row(width);
  auto shared = padded_row(width);
  kernels::LumaScore in{};
  in.lowest = lowest.data();
  in.highest = highest.data();
  in.chroma = color ? chroma.data() : nullptr;
  in.deviations = parameters_.deviations;
  in.floor = parameters_.luma_floor;
  in.black = static_cast<float>(working_.black);
  in.dynamic_blink = parameters_.dynamic_blink * PlateModel::blink_one;
  const Raster<std::uint8_t>& l = predicted_.planes[0];
  for (int y = first; y < last; y++) {
    const std::uint8_t* rows[2 * surrounding + 1];
    int count = 0;
    for (int k = std::max(0, y - surrounding); k <= std::min(bottom, y + surrounding); k++)
      rows[count++] = l.row(k);
    kernels::lowest_around(rows, count, surrounding, lowest.data(), scratch.data(), width);
    kernels::highest_around(rows, count, surrounding, highest.data(), scratch.data(), width);
    if (color) {
      const int cy = y >> working_.chroma_shift_y;
      const kernels::ChromaScore chroma_in{
          {frame.planes[1].row(cy), frame.planes[2].row(cy)},
          {predicted_.planes[1].row(cy), predicted_.planes[2].row(cy)},
          {model_.components[1].noise.row(cy), model_.components[2].noise.row(cy)},
          parameters_.deviations,
          parameters_.chroma_floor};
      if (working_.chroma_shift_x) {
        kernels::score_chroma(chroma_in, shared.data(), working_.plane_width(1));
        kernels::double_width(shared.data(), chroma.data(), working_.plane_width(1));
      } else {
        kernels::score_chroma(chroma_in, chroma.data(), width);
      }
    }
    for (int k = 0; k < 3; k++) {
      const int row = std::clamp(y + k - 1, 0, bottom);
      in.x[k] = frame.planes[0].row(row);
      in.l[k] = l.row(row);
    }
    in.noise = model_.components[0].noise.row(y);
    in.caution = model_.caution.row(y);
    in.blink = model_.blink.row(y);
    kernels::score_luma(in, model_.score[0].row(y), width);
  }
}

void OnlineMethod::learn_startup(const ImageView& frame) {
  const int t = static_cast<int>(time_);
  startup_.add(t, frame);
  if (!startup_.due(t))
    return;
  startup_.apply(t, model_, pool_);
  light_ = Illumination{};
  light_.components.resize(static_cast<std::size_t>(subspace_.size()), 0.0f);
  predict();
}

kernels::PlateUpdate OnlineMethod::plate_update(int plane) const {
  const OnlineParameters& p = parameters_;
  kernels::PlateUpdate in{};
  in.gain = plane == 0 ? light_.gain : 1.0f;
  in.offset = plane == 0 ? light_.offset : 0.0f;
  in.clip = plane == 0 ? p.luma_clip : p.chroma_clip;
  in.clip_deviations = p.clip_deviations;
  in.plate_rate = p.plate_rate;
  in.plate_rate_foreground = p.plate_rate_foreground;
  in.noise_rate = p.noise_rate;
  if (learning()) {
    in.clip *= 2;
    in.plate_rate = std::max(1.0f / static_cast<float>(time_ + 1), 0.03f);
    in.plate_rate_foreground = time_ > 5 ? in.plate_rate / 2 : in.plate_rate;
    in.noise_rate_foreground = 0.3f * p.noise_rate;
  }
  return in;
}

void OnlineMethod::update(const ImageView& frame) {
  for_each_strip(pool_, working_.height, [&](int first, int last) {
    update_luma_rows(frame, first, last);
    for (int p = 1; p < working_.planes(); p++)
      update_chroma_rows(frame, p, first >> working_.chroma_shift_y, luma_rows_to_chroma(last));
    Absorption(parameters_, frame, predicted_.view(), light_, time_, model_).run(first, last);
  });
}

void OnlineMethod::update_luma_rows(const ImageView& frame, int first, int last) {
  const int width = working_.width;
  auto grown = padded_row(width);
  auto scratch = padded_row(width, 2 * feedback_margin);
  std::vector<float> extra(subspace_.size() ? static_cast<std::size_t>(width) : 0);
  kernels::PlateUpdate plate = plate_update(0);
  kernels::FeedbackUpdate feedback{};
  feedback.caution_step = static_cast<int>(parameters_.caution_step * 16);
  feedback.caution_decay = static_cast<int>(std::lround(parameters_.caution_decay * 16));
  feedback.caution_max = static_cast<int>(parameters_.caution_max * 16);
  feedback.blink_step =
      static_cast<int>(std::lround(parameters_.blink_rate * PlateModel::blink_one));
  feedback.evidence_step = time_ % PlateModel::evidence_unit == 0;
  feedback.evidence_max =
      parameters_.still_frames / parameters_.stillness_over_evidence / PlateModel::evidence_unit;
  for (int y = first; y < last; y++) {
    grow_mask_row(model_.mask[0], y, feedback_margin, grown.data(), scratch.data());
    if (!extra.empty()) {
      subspace_.evaluate_row(light_.components, y, extra.data());
      plate.extra = extra.data();
    }
    plate.x = frame.planes[0].row(y);
    plate.mask = model_.mask[0].row(y);
    kernels::update_plate(plate, model_.components[0].plate.row(y),
                          model_.components[0].noise.row(y), width);
    feedback.x = plate.x;
    feedback.score = model_.score[0].row(y);
    feedback.last_score = model_.score[1].row(y);
    feedback.mask = plate.mask;
    feedback.last_mask = model_.mask[1].row(y);
    feedback.grown_mask = grown.data();
    kernels::update_feedback(feedback,
                             {model_.caution.row(y), model_.blink.row(y), model_.last_value.row(y),
                              model_.evidence.row(y), model_.still.row(y)},
                             width);
  }
}

void OnlineMethod::update_chroma_rows(const ImageView& frame, int plane, int first, int last) {
  const int width = working_.plane_width(plane);
  auto shared = padded_row(width);
  kernels::PlateUpdate in = plate_update(plane);
  for (int y = first; y < last; y++) {
    const std::uint8_t* above = model_.mask[0].row(y << working_.chroma_shift_y);
    const int lower = ((y + 1) << working_.chroma_shift_y) - 1;
    const std::uint8_t* below = model_.mask[0].row(std::min(lower, working_.height - 1));
    in.mask = above;
    if (working_.chroma_shift_x) {
      kernels::any_of_four(above, below, shared.data(), width);
      // An odd row has one pixel at its last chroma sample, and padding beside it.
      shared[static_cast<std::size_t>(width - 1)] =
          above[2 * width - 2] | below[2 * width - 2] |
          (working_.width % 2 ? 0 : above[2 * width - 1] | below[2 * width - 1]);
      in.mask = shared.data();
    }
    in.x = frame.planes[static_cast<std::size_t>(plane)].row(y);
    kernels::update_plate(in, model_.components[plane].plate.row(y),
                          model_.components[plane].noise.row(y), width);
  }
}

void OnlineMethod::learn_subspace(const ImageView& frame) {
  if (subspace_capacity_ == 0 || time_ <= subspace_after || time_ % subspace_every != 0)
    return;
  const int width = working_.width;
  const auto residual = [&](int y, float* row) {
    const std::uint8_t* x = frame.planes[0].row(y);
    const std::uint8_t* l = predicted_.planes[0].row(y);
    const std::uint8_t* mask = model_.mask[0].row(y);
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

void OnlineMethod::finish() {
  ImageView background = predicted_.view();
  result_.mask = static_cast<const PlateModel&>(model_).mask[0].plane();
  if (!shift_.none()) {
    if (shifted_back_.empty()) {
      shifted_back_ = OwnedImage(working_);
      shifted_mask_ = Raster<std::uint8_t>(working_.width, working_.height);
    }
    const Shift back{-shift_.dx, -shift_.dy};
    const MutableImageView target = shifted_back_.view();
    for (std::size_t p = 0; p < static_cast<std::size_t>(working_.planes()); p++) {
      shift_plane(background.planes[p], shift_in_plane(back, p, working_), target.planes[p]);
    }
    background = target;
    shift_plane_nearest(result_.mask, back, shifted_mask_.plane());
    result_.mask = static_cast<const Raster<std::uint8_t>&>(shifted_mask_).plane();
  }
  if (format_.color == ColorModel::rgb) {
    if (background_.empty())
      background_ = OwnedImage(format_);
    working_to_rgb(background, background_.view(), pool_);
    background = background_.view();
  }
  result_.background = background;
  result_.foreground_ratio = share_of_mask(result_.mask);
  stats_.frames++;
  stats_.rank = 1 + subspace_.size();
  stats_.foreground_ratio = result_.foreground_ratio;
}

}  // namespace

std::unique_ptr<SeparationMethod> make_online_method(const ImageFormat& format,
                                                     const BackgroundOptions& options) {
  return std::make_unique<OnlineMethod>(format, options);
}

}  // namespace lowrank
