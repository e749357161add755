// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "kernels/kernels.h"
#include "online/illumination_fit.h"
#include "online/parameters.h"
#include "online/plate_model.h"
#include "online/subspace.h"
#include "thread_pool.h"

namespace lowrank {

/// How the model follows a frame, once its mask is known: plate and noise, what has been seen for
/// how long, and what has turned out to be background.
class Learning {
 public:
  struct Now {
    const ImageView& frame;      ///< in the coordinates of the plate
    const OwnedDeepImage* fine;  ///< the same in 1/256 levels where it has more than 8 bits
    const ImageView& predicted;  ///< L
    const Illumination& light;
    const Subspace& subspace;
    std::uint64_t t;  ///< frames since the start of learning
    bool starting;    ///< whether the first frames are still being learned
  };

  Learning(const OnlineParameters& parameters, const Now& now, PlateModel& model);

  void run(ThreadPool& pool) const;

 private:
  kernels::PlateUpdate plate_update(int plane) const;
  bool updates_row(int y) const;
  void update_luma_row(int y) const;
  void update_chroma_row(int plane, int y) const;

  const OnlineParameters& parameters_;
  Now now_;
  PlateModel& model_;
};

}  // namespace lowrank
