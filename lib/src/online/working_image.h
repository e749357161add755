// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "raster.h"
#include "thread_pool.h"

namespace lowrank {

/// The format in which an image of `format` is modelled: the same planes, packed, and Y'CbCr 4:4:4
/// (BT.601, full range) for RGB, since shadow and chroma need luma apart from colour. Deeper
/// samples are rounded to 8 bits; see DeepSamples for the rest.
ImageFormat working_format(const ImageFormat& format);

/// Whether a frame can be read in place: every plane packed bytes and not RGB.
bool is_working_image(const ImageView& frame);

/// Writes `frame`, of samples of 8 bits, into `target`, which has its working format.
void to_working_image(const ImageView& frame, OwnedImage& target, ThreadPool& pool);

/// The way back for RGB: `working` into the planes R, G, B of `target`.
void working_to_rgb(const ImageView& working, const MutableImageView& target, ThreadPool& pool);

}  // namespace lowrank
