// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "online/illumination_fit.h"
#include "online/plate_model.h"

namespace lowrank {

/// Takes ghosts into the plate at once: still foreground regions at whose outline the plate has an
/// edge and the frame has none, so that it is the plate that shows an object, one that has gone.
void dissolve_ghosts(const ImageView& frame, const ImageView& predicted, const Illumination& light,
                     PlateModel& model);

}  // namespace lowrank
