// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "lowrank/export.h"
#include "lowrank/image.h"

namespace lowrank {

/// The foreground with a soft edge, to be put over another picture: colour and straight alpha,
/// 0..255, such that alpha · colour + (1 − alpha) · background is the input again.
///
/// Within `radius` pixels of the mask's outline a pixel may show both. There its alpha is found
/// from the background, which is known, and a colour F of the object nearby: that of nine samples
/// which explains the pixel best as a mixture of the two. Where F is hardly another colour than the
/// background it is the share of the surroundings that is masked. The background's part is taken
/// out of the colour, so that no halo of it shows over another one. Elsewhere alpha is the mask,
/// and the colour the input's.
///
/// `background` has the format of `input`, `mask` its size. `target` has its colour model and size,
/// full chroma and 8 bits a sample, see composite_full_chroma(); `alpha` the size. What differs
/// from the background by 6 levels or less counts as noise. A radius of 0 gives the mask; negative
/// is automatic, a 240th of the height, 1 to 8; it is at most 15. Throws std::invalid_argument
/// where something does not fit. Thread-safe: nothing is kept.
///
/// Known-background matting as in Qian, Sezan, "Video background replacement without a blue
/// screen", ICIP 1999; the choice of samples after Wang, Cohen, "Optimized color sampling for
/// robust matting", CVPR 2007; alpha as in Porter, Duff, "Compositing digital images", SIGGRAPH
/// 1984.
LOWRANK_API void composite_matte(const ImageView& input, const ImageView& background,
                                 const PlaneView& mask, const MutableImageView& target,
                                 const MutablePlaneView& alpha, int radius = -1);

}  // namespace lowrank
