// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lowrank/composite.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "image_check.h"
#include "kernels/kernels.h"
#include "samples.h"

namespace lowrank {
namespace {

void require_same_size(int width, int height, int other_width, int other_height) {
  if (width != other_width || height != other_height)
    throw std::invalid_argument("images that are combined must have the same size");
}

void require_same_format(const ImageView& a, const ImageView& b) {
  if (!(a.format == b.format))
    throw std::invalid_argument("images that are combined must have the same format");
}

void check_images(const ImageView& input, const ImageView& target) {
  check::planes("the input", input);
  check::planes("the target", target);
}

// target[x] = operation(x) along a row; the packed case is separate so that it vectorises.
template <typename Sample, typename Operation>
void write_row(const MutablePlaneView& target, int y, Operation operation) {
  constexpr std::ptrdiff_t packed = sizeof(Sample);
  std::uint8_t* out = target.row(y);
  if (target.pixel_stride == packed) {
    for (int x = 0; x < target.width; x++)
      store_sample<Sample>(out + x * packed, operation(x));
  } else {
    for (int x = 0; x < target.width; x++)
      store_sample<Sample>(out + x * target.pixel_stride, operation(x));
  }
}

// The same over samples of two planes, packed or not.
template <typename Sample, typename Other, typename Operation>
void combine_planes(const PlaneView& a, const PlaneView& b, const MutablePlaneView& target,
                    Operation operation) {
  constexpr std::ptrdiff_t packed_a = sizeof(Sample);
  constexpr std::ptrdiff_t packed_b = sizeof(Other);
  for (int y = 0; y < target.height; y++) {
    const std::uint8_t* p = a.row(y);
    const std::uint8_t* q = b.row(y);
    if (a.pixel_stride == packed_a && b.pixel_stride == packed_b) {
      write_row<Sample>(target, y, [=](int x) {
        return operation(load_sample<Sample>(p + x * packed_a),
                         load_sample<Other>(q + x * packed_b));
      });
    } else {
      const std::ptrdiff_t step_a = a.pixel_stride;
      const std::ptrdiff_t step_b = b.pixel_stride;
      write_row<Sample>(target, y, [=](int x) {
        return operation(load_sample<Sample>(p + x * step_a), load_sample<Other>(q + x * step_b));
      });
    }
  }
}

// In 8-bit levels.
int black_of(const ImageFormat& format, int plane) {
  if (format.color == ColorModel::rgb)
    return 0;
  return plane == 0 ? format.black : 128;
}

// keep[x] is not 0 where the mask is set at any of the pixels of chroma sample (x, y).
void cover_row(const PlaneView& mask, int y, const ImageFormat& format, int width,
               std::vector<std::uint8_t>& merged, std::vector<std::uint8_t>& keep) {
  const auto pixels = static_cast<std::size_t>(mask.width);
  std::uint8_t* const all = merged.data();
  const int bottom = std::min((y + 1) << format.chroma_shift_y, mask.height);
  std::fill(merged.begin(), merged.end(), std::uint8_t{0});
  for (int row = y << format.chroma_shift_y; row < bottom; row++) {
    const std::uint8_t* set = mask.row(row);
    if (mask.pixel_stride == 1) {
      for (std::size_t x = 0; x < pixels; x++)
        all[x] |= set[x];
    } else {
      for (std::size_t x = 0; x < pixels; x++)
        all[x] |= set[static_cast<std::ptrdiff_t>(x) * mask.pixel_stride];
    }
  }
  std::uint8_t* out = keep.data();
  if (format.chroma_shift_x == 0) {
    std::copy_n(all, width, out);
  } else {
    for (int x = 0; x < width; x++)
      out[x] = all[2 * x] | all[2 * x + 1];
  }
}

template <typename Sample>
void masked_chroma(const PlaneView& input, const PlaneView& mask, const ImageFormat& format,
                   const MutablePlaneView& target) {
  constexpr std::ptrdiff_t packed = sizeof(Sample);
  const Sample neutral = SampleRange<Sample>(format).from_byte(128);
  // An odd row's last sample has one pixel; there is a zero for the other.
  std::vector<std::uint8_t> merged(static_cast<std::size_t>(mask.width) + 1);
  std::vector<std::uint8_t> kept(static_cast<std::size_t>(target.width));
  for (int y = 0; y < target.height; y++) {
    cover_row(mask, y, format, target.width, merged, kept);
    const std::uint8_t* in = input.row(y);
    const std::uint8_t* keep = kept.data();
    // Loads are unconditional so that the row vectorises.
    if (input.pixel_stride == packed) {
      write_row<Sample>(target, y, [=](int x) {
        const auto value = load_sample<Sample>(in + x * packed);
        return keep[x] ? value : neutral;
      });
    } else {
      const std::ptrdiff_t step = input.pixel_stride;
      write_row<Sample>(target, y, [=](int x) {
        const auto value = load_sample<Sample>(in + x * step);
        return keep[x] ? value : neutral;
      });
    }
  }
}

bool is_packed(const PlaneView& plane) {
  return plane.pixel_stride == 1;
}

// Bytes that lie next to each other, of which chroma has half the width or all of it.
void masked_bytes(const ImageView& input, const PlaneView& mask, int p,
                  const MutablePlaneView& target) {
  const ImageFormat& format = input.format;
  const PlaneView& from = input.planes[static_cast<std::size_t>(p)];
  const auto fill = static_cast<std::uint8_t>(black_of(format, p));
  const int shift_y = p > 0 ? format.chroma_shift_y : 0;
  for (int y = 0; y < target.height; y++) {
    const std::uint8_t* above = mask.row(y << shift_y);
    const std::uint8_t* below = mask.row(std::min(((y + 1) << shift_y) - 1, mask.height - 1));
    if (p > 0 && format.chroma_shift_x)
      kernels::keep_masked_pairs(from.row(y), {above, below, mask.width}, fill, target.row(y),
                                 target.width);
    else
      kernels::keep_masked(from.row(y), above, fill, target.row(y), target.width);
  }
}

template <typename Sample>
void masked_planes(const ImageView& input, const PlaneView& mask, const MutableImageView& target) {
  const ImageFormat& format = input.format;
  for (int p = 0; p < format.planes(); p++) {
    const PlaneView& from = input.planes[static_cast<std::size_t>(p)];
    const MutablePlaneView& to = target.planes[static_cast<std::size_t>(p)];
    const bool shared = p > 0 && (format.chroma_shift_x || format.chroma_shift_y);
    const bool wide = p > 0 && !format.chroma_shift_x && format.chroma_shift_y;
    if (sizeof(Sample) == 1 && is_packed(from) && is_packed(mask) && to.pixel_stride == 1 &&
        !wide) {
      masked_bytes(input, mask, p, to);
    } else if (shared) {
      masked_chroma<Sample>(from, mask, format, to);
    } else {
      const Sample black = SampleRange<Sample>(format).from_byte(black_of(format, p));
      combine_planes<Sample, std::uint8_t>(
          from, mask, to, [black](Sample value, std::uint8_t set) { return set ? value : black; });
    }
  }
}

template <typename Sample>
void residual_plane(const PlaneView& input, const PlaneView& background,
                    const MutablePlaneView& target, const SampleRange<Sample>& range) {
  combine_planes<Sample, Sample>(input, background, target, [range](Sample m, Sample l) {
    return range.sample(range.level(m) - range.level(l) + range.half);
  });
}

template <typename Sample>
void residual_background_plane(const PlaneView& input, const PlaneView& background,
                               const MutablePlaneView& target, const SampleRange<Sample>& range) {
  combine_planes<Sample, Sample>(input, background, target, [range](Sample m, Sample l) {
    const int level = range.level(m);
    return range.sample(std::clamp(range.level(l), level + 1 - range.half, level + range.half));
  });
}

template <typename Sample>
void absolute_plane(const PlaneView& input, const PlaneView& background,
                    const MutablePlaneView& target, const SampleRange<Sample>& range, int black) {
  const int lowest = range.level(range.from_byte(black));
  combine_planes<Sample, Sample>(input, background, target, [range, lowest](Sample m, Sample l) {
    return range.sample(std::abs(range.level(m) - range.level(l)) + lowest);
  });
}

// A plane whose samples are repeated 2^shift_x × 2^shift_y times, `convert`ed.
template <typename From, typename To, typename Convert>
void repeat_plane(const PlaneView& plane, int shift_x, int shift_y, const MutablePlaneView& target,
                  const Convert& convert) {
  for (int y = 0; y < target.height; y++) {
    const std::uint8_t* in = plane.row(y >> shift_y);
    write_row<To>(target, y, [&](int x) {
      return convert(load_sample<From>(in + (x >> shift_x) * plane.pixel_stride));
    });
  }
}

// `To` is the type of the input's samples, or a byte, which takes their high bits.
template <typename From, typename To>
void full_chroma_planes(const ImageView& input, const MutableImageView& target) {
  const ImageFormat& from = input.format;
  const SampleRange<From> range(from);
  const To neutral = SampleRange<To>(target.format).from_byte(128);
  for (int p = 0; p < target.format.planes(); p++) {
    const auto i = static_cast<std::size_t>(p);
    const MutablePlaneView& to = target.planes[i];
    if (p > 0 && from.color == ColorModel::gray) {
      for (int y = 0; y < to.height; y++)
        write_row<To>(to, y, [neutral](int) { return neutral; });
      continue;
    }
    repeat_plane<From, To>(input.planes[i], p ? from.chroma_shift_x : 0,
                           p ? from.chroma_shift_y : 0, to, [&range](From sample) {
                             if constexpr (sizeof(From) == sizeof(To))
                               return sample;
                             else
                               return range.to_byte(sample);
                           });
  }
}

template <typename Sample>
void copy_samples(const PlaneView& source, const MutablePlaneView& target) {
  constexpr std::ptrdiff_t packed = sizeof(Sample);
  require_same_size(source.width, source.height, target.width, target.height);
  for (int y = 0; y < target.height; y++) {
    const std::uint8_t* in = source.row(y);
    if (source.pixel_stride == packed && target.pixel_stride == packed)
      std::memcpy(target.row(y), in, static_cast<std::size_t>(target.width) * sizeof(Sample));
    else
      write_row<Sample>(target, y,
                        [&](int x) { return load_sample<Sample>(in + x * source.pixel_stride); });
  }
}

// Calls combine(plane, M, L, target, range) for each plane of images of one format.
template <typename Combine>
void combine_images(const ImageView& input, const ImageView& background,
                    const MutableImageView& target, const Combine& combine) {
  require_same_format(input, background);
  require_same_format(input, target);
  check_images(input, target);
  check::planes("the background", background);
  with_sample_type(input.format, [&](auto sample) {
    const SampleRange<decltype(sample)> range(input.format);
    for (std::size_t p = 0; p < static_cast<std::size_t>(input.format.planes()); p++)
      combine(p, input.planes[p], background.planes[p], target.planes[p], range);
  });
}

}  // namespace

void copy_plane(const PlaneView& source, const MutablePlaneView& target) {
  copy_samples<std::uint8_t>(source, target);
}

void copy_image(const ImageView& source, const MutableImageView& target) {
  require_same_format(source, target);
  check_images(source, target);
  with_sample_type(source.format, [&](auto sample) {
    for (std::size_t p = 0; p < static_cast<std::size_t>(source.format.planes()); p++)
      copy_samples<decltype(sample)>(source.planes[p], target.planes[p]);
  });
}

void composite_masked(const ImageView& input, const PlaneView& mask,
                      const MutableImageView& target) {
  require_same_format(input, target);
  check_images(input, target);
  check::plane("the mask", mask, input.format.width, input.format.height);
  with_sample_type(input.format,
                   [&](auto sample) { masked_planes<decltype(sample)>(input, mask, target); });
}

void composite_residual(const ImageView& input, const ImageView& background,
                        const MutableImageView& target) {
  combine_images(
      input, background, target,
      [](std::size_t, const PlaneView& m, const PlaneView& l, const MutablePlaneView& out,
         const auto& range) { residual_plane(m, l, out, range); });
}

void composite_residual_background(const ImageView& input, const ImageView& background,
                                   const MutableImageView& target) {
  combine_images(
      input, background, target,
      [](std::size_t, const PlaneView& m, const PlaneView& l, const MutablePlaneView& out,
         const auto& range) { residual_background_plane(m, l, out, range); });
}

void composite_absolute(const ImageView& input, const ImageView& background,
                        const MutableImageView& target) {
  const ImageFormat& format = input.format;
  combine_images(input, background, target,
                 [&](std::size_t p, const PlaneView& m, const PlaneView& l,
                     const MutablePlaneView& out, const auto& range) {
                   if (p > 0 && format.color == ColorModel::ycbcr)
                     residual_plane(m, l, out, range);
                   else
                     absolute_plane(m, l, out, range, black_of(format, static_cast<int>(p)));
                 });
}

void composite_full_chroma(const ImageView& input, const MutableImageView& target) {
  const ImageFormat& from = input.format;
  const ImageFormat& to = target.format;
  require_same_size(from.width, from.height, to.width, to.height);
  const bool colors_fit =
      from.color == to.color || (from.color == ColorModel::gray && to.color == ColorModel::ycbcr);
  if (!colors_fit || to.chroma_shift_x || to.chroma_shift_y)
    throw std::invalid_argument("the target must have the input's colour model and full chroma");
  const bool same_samples = from.depth == to.depth && from.shift == to.shift;
  if (!same_samples && to.depth != 8)
    throw std::invalid_argument("the target must have samples of the input's depth or 8 bits");
  check_images(input, target);
  with_sample_type(from, [&](auto sample) {
    using Sample = decltype(sample);
    if (same_samples)
      full_chroma_planes<Sample, Sample>(input, target);
    else
      full_chroma_planes<Sample, std::uint8_t>(input, target);
  });
}

}  // namespace lowrank
