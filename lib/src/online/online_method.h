// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine.h"
#include "mask_cleanup.h"
#include "online/change_watch.h"
#include "online/deep_samples.h"
#include "online/flicker.h"
#include "online/foreground_hints.h"
#include "online/illumination_fit.h"
#include "online/parameters.h"
#include "online/plate_model.h"
#include "online/saved_model.h"
#include "online/shift.h"
#include "online/stabilizer.h"
#include "online/startup_plate.h"
#include "online/subspace.h"
#include "sensitivity.h"
#include "thread_pool.h"

namespace lowrank {

/// Robust regression of each frame on a small subspace, everything else per pixel; the steps of a
/// frame are the calls in process().
class OnlineMethod final : public SeparationMethod {
 public:
  OnlineMethod(const ImageFormat& format, const BackgroundOptions& options);

  void set_options(const BackgroundOptions& options) override;
  void set_sensitivity(const PlaneView& sensitivity) override;
  void set_foreground_hints(std::span<const Rectangle> hints) override {
    next_hints_.assign(hints.begin(), hints.end());
  }
  void push(const ImageView& frame) override;
  bool pull(Separation& result) override;
  void drain() override {}
  void flush() override { waiting_ = false; }
  void reset() override;
  int delay() const override { return 0; }
  bool results_waiting() const override { return waiting_; }
  BackgroundStats stats() const override { return stats_; }
  bool has_model() const override { return time_ > 0; }
  std::vector<std::uint8_t> save_model() const override;
  void load_model(std::span<const std::uint8_t> bytes) override;

 private:
  Tracking tracking() const { return {time_, fit_, light_, stabilizer_}; }
  bool learning() const { return time_ < static_cast<std::uint64_t>(parameters_.learning_frames); }

  bool holding() const { return parameters_.update == Update::frozen && !learning(); }

  void forget();
  void end_startup();
  void keep_tracking();
  ImageView prepare(const ImageView& frame);
  void start_from(const ImageView& frame);
  ImageView stabilize(const ImageView& frame);
  void process(const ImageView& frame);
  void learn(const ImageView& frame);
  void find_mask(const ImageView& frame);
  void hold_back();
  void weigh_noise();
  void learn_startup(const ImageView& frame);
  void learn_subspace(const ImageView& frame);
  ChangeWatch::Verdict watch_changes(const ImageView& frame);
  ImageView shown_background();
  void finish(const ChangeWatch::Verdict& verdict);
  void hold_mask(bool held);

  ImageFormat format_;
  bool interlaced_;
  ImageFormat working_;
  OnlineParameters parameters_;
  int subspace_capacity_;
  ThreadPool pool_;
  Sensitivity sensitivity_;  ///< in the plate's coordinates

  PlateModel model_;
  IlluminationFit fit_;
  Illumination light_;
  Stabilizer stabilizer_;
  Shift shift_;
  Subspace subspace_;
  StartupPlate startup_;
  Flicker flicker_;
  std::uint64_t time_ = 0;
  std::vector<Rectangle> next_hints_;  ///< of the next frame, in its coordinates
  ForegroundHints hints_;
  ChangeWatch change_watch_;
  GlobalChange settling_ = GlobalChange::none;  ///< after which the model is still poor

  /// What belongs to a held model of that which goes on to follow the frames.
  struct Held {
    Raster<std::uint8_t> deviation, mask;
    Tracking tracking;
  };
  std::optional<Held> held_;

  DeepSamples deep_;
  OwnedImage unpacked_;   ///< the frame, where it cannot be read in place
  OwnedImage steady_;     ///< the frame in the plate's coordinates, where the camera shakes
  OwnedImage predicted_;  ///< L in the plate's coordinates
  Raster<std::uint8_t> score_;
  Raster<std::uint8_t> shadow_;           ///< 255 in shadows, of the strips that have any
  std::vector<std::uint8_t> has_shadow_;  ///< of each strip
  Raster<std::uint8_t> support_;          ///< the mask before holes are filled
  Raster<std::uint8_t> foreground_;       ///< the mask
  RowCounts support_counts_, foreground_counts_;
  std::vector<std::uint8_t> held_rows_;  ///< rows of the model's mask that have a pixel set
  OwnedImage background_;                ///< L as it is given out, where that is not `predicted_`
  OwnedImage shifted_back_;              ///< L in the frame's coordinates
  Raster<std::uint8_t> shifted_mask_;    ///< likewise
  RowCounts shifted_counts_;
  HeldMask held_mask_option_ = HeldMask::empty;
  Raster<std::uint8_t> held_mask_;  ///< in the frame's coordinates, where it may be asked for
  double held_ratio_ = 0;

  bool waiting_ = false;
  Separation result_;
  BackgroundStats stats_;
};

}  // namespace lowrank
