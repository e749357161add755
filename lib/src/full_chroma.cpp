// SPDX-License-Identifier: LGPL-2.1-or-later
#include "full_chroma.h"

#include <algorithm>

#include "kernels/kernels.h"
#include "samples.h"

namespace lowrank {
namespace {

constexpr std::uint8_t no_color = 128;

}  // namespace

FullChromaWriter::FullChromaWriter(const ImageView& input, const PlaneView& mask,
                                   const MutableImageView& target, const MutablePlaneView& alpha)
    : input_(input), mask_(mask), target_(target), alpha_(alpha), whole_pixels_(find_pixels()) {
  for (std::vector<std::uint8_t>& row : rows_)
    row.assign(static_cast<std::size_t>(input.format.width) + 1, no_color);
  for (std::vector<std::uint8_t>& row : samples_)
    row.resize(static_cast<std::size_t>(input.format.width));
}

// Whether the components and alpha of a pixel are four bytes in a row, in any order.
bool FullChromaWriter::find_pixels() {
  if (target_.format.planes() != 3)
    return false;
  const std::array<MutablePlaneView, 4> planes = {target_.planes[0], target_.planes[1],
                                                  target_.planes[2], alpha_};
  first_ = std::min_element(planes.begin(), planes.end(), [](const auto& a, const auto& b) {
             return a.data < b.data;
           })->data;
  unsigned found = 0;
  for (std::size_t p = 0; p < 4; p++) {
    const std::ptrdiff_t place = planes[p].data - first_;
    if (planes[p].pixel_stride != 4 || planes[p].stride != alpha_.stride || place > 3)
      return false;
    places_[static_cast<std::size_t>(place)] = p;
    found |= 1u << place;
  }
  return found == 15;
}

const std::uint8_t* FullChromaWriter::pack(const PlaneView& plane, int y,
                                           std::vector<std::uint8_t>& row) const {
  const std::uint8_t* from = plane.row(y);
  if (input_.format.depth > 8) {
    const SampleRange<std::uint16_t> range(input_.format);
    for (int x = 0; x < plane.width; x++)
      row[static_cast<std::size_t>(x)] =
          range.to_byte(load_sample<std::uint16_t>(from + x * plane.pixel_stride));
    return row.data();
  }
  if (plane.pixel_stride == 1)
    return from;
  copy_row(plane, y, row.data());
  return row.data();
}

const std::uint8_t* FullChromaWriter::row_of(int plane, int y) {
  const auto i = static_cast<std::size_t>(plane);
  if (plane >= input_.format.planes())
    return rows_[i].data();
  const bool chroma = plane > 0;
  const int row = chroma ? y >> input_.format.chroma_shift_y : y;
  const std::uint8_t* samples = pack(input_.planes[i], row, samples_[i]);
  if (!chroma || input_.format.chroma_shift_x == 0)
    return samples;
  std::uint8_t* out = rows_[i].data();
  for (int x = 0; x < input_.planes[i].width; x++)
    out[2 * x] = out[2 * x + 1] = samples[x];
  return out;
}

void FullChromaWriter::write_row(int y) {
  std::array<const std::uint8_t*, 4> parts{};
  for (int p = 0; p < target_.format.planes(); p++)
    parts[static_cast<std::size_t>(p)] = row_of(p, y);
  const std::uint8_t* mask = mask_.row(y);
  if (mask_.pixel_stride != 1) {
    copy_row(mask_, y, rows_[3].data());
    mask = rows_[3].data();
  }
  parts[3] = mask;
  if (whole_pixels_) {
    const std::array<const std::uint8_t*, 4> in_order = {parts[places_[0]], parts[places_[1]],
                                                         parts[places_[2]], parts[places_[3]]};
    kernels::interleave(in_order.data(), first_ + y * alpha_.stride, input_.format.width);
    return;
  }
  const auto spread = [&](const std::uint8_t* from, const MutablePlaneView& plane) {
    std::uint8_t* out = plane.row(y);
    for (int x = 0; x < plane.width; x++)
      out[x * plane.pixel_stride] = from[x];
  };
  for (std::size_t p = 0; p < static_cast<std::size_t>(target_.format.planes()); p++)
    spread(parts[p], target_.planes[p]);
  spread(parts[3], alpha_);
}

}  // namespace lowrank
