// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "lowrank/export.h"
#include "lowrank/image.h"

/// Pictures made of an input, its background and its mask, all of one size, and of one format
/// unless said otherwise; views whose sizes or formats do not fit throw std::invalid_argument.
/// Planes may have any strides. Inputs are only read, and are not the target. Thread-safe: nothing
/// is kept.
namespace lowrank {

/// Copies `source` to `target` of the same format, whatever the pixel strides of either.
LOWRANK_API void copy_image(const ImageView& source, const MutableImageView& target);
/// The same of one plane with samples of 8 bits; both have its size.
LOWRANK_API void copy_plane(const PlaneView& source, const MutablePlaneView& target);

/// The input where the mask is set and black elsewhere. A chroma sample that several pixels share
/// is kept when the mask is set at any of them.
LOWRANK_API void composite_masked(const ImageView& input, const PlaneView& mask,
                                  const MutableImageView& target);

/// M − L + 128, each sample clamped to 0..255: with the background L it gives back the input
/// wherever −128 ≤ M − L ≤ 127. Deeper samples have half and all of their own range in place of 128
/// and 255, here and below.
LOWRANK_API void composite_residual(const ImageView& input, const ImageView& background,
                                    const MutableImageView& target);

/// The background that composite_residual() of the same images leaves: M − (S − 128), which is L
/// wherever −128 ≤ M − L ≤ 127, and elsewhere the nearest to L from which S reaches M. So it and S
/// give back every sample of the input.
LOWRANK_API void composite_residual_background(const ImageView& input, const ImageView& background,
                                               const MutableImageView& target);

/// |M − L|: luma above black and R, G, B hold the magnitude; Cb and Cr the signed difference
/// around 128, so that the hue of the difference shows.
LOWRANK_API void composite_absolute(const ImageView& input, const ImageView& background,
                                    const MutableImageView& target);

/// The input with every chroma sample repeated to full size, as needed by formats with alpha.
/// `target` has the input's colour model and size, and chroma shifts of 0. A gray input fills
/// a ycbcr target with neutral chroma. A target of 8 bits takes the high bits of a deeper input.
LOWRANK_API void composite_full_chroma(const ImageView& input, const MutableImageView& target);

}  // namespace lowrank
