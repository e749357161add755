// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <vector>

#include "engine.h"

namespace lowrank {

/// An image of the caller's own, planar and without padding, samples of one or two bytes.
class PackedImage {
 public:
  explicit PackedImage(const ImageFormat& format);
  MutableImageView view();

 private:
  ImageFormat format_;
  std::vector<std::uint8_t> bytes_;
};

/// The format of an interlaced picture whose fields lie one above the other, the top field's rows
/// first. Each has ceil(height / 2) rows, where chroma is halved vertically 2·ceil(height / 4):
/// then chroma rows go with the luma rows of their own field.
ImageFormat stacked_format(const ImageFormat& interlaced);

/// The rows of `interlaced` field by field; what a field lacks repeats its last row. A plane of a
/// single row is the same in both.
void stack_fields(const PlaneView& interlaced, const MutablePlaneView& stacked, int sample_bytes);

/// The reverse.
void weave_fields(const PlaneView& stacked, const MutablePlaneView& interlaced, int sample_bytes);

/// Interlaced video by the method that `make` gives for the stacked format. The fields of a frame
/// differ in time: what moves combs between neighbouring rows of the frame, and each row has its
/// true neighbours, in luma and chroma, in its own field.
std::unique_ptr<SeparationMethod> make_field_method(
    const ImageFormat& interlaced,
    const std::function<std::unique_ptr<SeparationMethod>(const ImageFormat&)>& make);

}  // namespace lowrank
