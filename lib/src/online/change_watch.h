// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "lowrank/background.h"
#include "online/illumination_fit.h"
#include "online/model_bytes.h"
#include "online/plate_model.h"
#include "raster.h"
#include "sensitivity.h"

namespace lowrank {

/// Notices what changes all of the picture at once, and what to do about it.
///
/// Light leaves the edges of the background where they are, and brightens or dims them; another
/// scene has edges of its own; an object before the camera hides edges as well, but takes some
/// frames to get there, and only counts as a scene when it covers nearly all for seconds.
class ChangeWatch {
 public:
  struct Evidence {
    const ImageView& frame;      ///< in the coordinates of the plate
    const ImageView& predicted;  ///< L
    const PlateModel& model;
    const Raster<std::uint8_t>& score;  ///< see Scene
    const Raster<std::uint8_t>& mask;
    double foreground_ratio;  ///< of the mask
    const Illumination& light;
    const Sensitivity& sensitivity;
    /// The automatic threshold over the one that is set: a low one is meant to mark more.
    float lowered;
  };

  struct Verdict {
    GlobalChange change = GlobalChange::none;
    bool hold = false;     ///< the mask of this frame says nothing
    bool relearn = false;  ///< the change is there to stay: the model is of no use any more
  };

  /// To be called for each frame but the first.
  Verdict judge(const Evidence& evidence);

  /// The plate is another: what frames differ from it now says nothing of them.
  void begin_again() { *this = {}; }

  static constexpr std::uint64_t saved_size = 57;  ///< bytes
  void save(ModelWriter& out) const;
  void load(ModelReader& in);

 private:
  Verdict watch(const Evidence& evidence, double share);
  Verdict follow(const Evidence& evidence, double share);
  GlobalChange beginning(const Evidence& evidence, double share) const;
  bool is_explained(const Evidence& evidence, double share) const;
  bool light_drifts(double level);

  int seen_ = 0;             ///< frames, up to 255
  double usual_ = 1;         ///< share of the picture that differs, in the frames without a change
  double last_[2] = {1, 1};  ///< the same in the last frames, the later one first
  double level_ = 0;         ///< of a mean gray in the last frame's light,
  double lasting_ = 0;       ///< and its slow average
  int covered_ = 0;          ///< frames in a row that differ nearly everywhere, without a change

  GlobalChange change_ = GlobalChange::none;  ///< that is under way,
  bool brighter_ = false;                     ///< how it began,
  bool jumped_ = false;
  double peak_ = 0;  ///< how much more than the usual differed at most,
  int frames_ = 0;   ///< for how long,
  int over_ = 0;     ///< frames in a row that the model explains again,
  int quiet_ = 0;    ///< and that are like the one before
};

}  // namespace lowrank
