// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/deep_samples.h"

#include <algorithm>

#include "kernels/kernels.h"
#include "online/shift.h"
#include "samples.h"
#include "strips.h"

namespace lowrank {
namespace {

constexpr int half_level = 128;

// The row with its samples next to each other.
const std::uint8_t* packed_row(const PlaneView& plane, int y, std::vector<std::uint8_t>& row) {
  const std::uint8_t* in = plane.row(y);
  if (plane.pixel_stride == 2)
    return in;
  row.resize(2 * static_cast<std::size_t>(plane.width));
  for (int x = 0; x < plane.width; x++)
    store_sample(row.data() + 2 * x, load_sample<std::uint16_t>(in + x * plane.pixel_stride));
  return row.data();
}

ImageFormat in_words(ImageFormat format) {
  format.depth = 16;
  format.shift = 0;
  return format;
}

void shift_image(OwnedDeepImage& source, Shift shift, OwnedDeepImage& target, ThreadPool& pool) {
  if (target.empty())
    target = OwnedDeepImage(source.format);
  pool.parallel_for(source.format.planes(), [&](int p) {
    shift_plane(source.planes[p].plane(), shift_in_plane(shift, p, source.format),
                target.planes[p].plane());
  });
}

}  // namespace

DeepSamples::DeepSamples(const ImageFormat& format) : format_(format), words_(in_words(format)) {
  if (none())
    return;
  frame_ = OwnedDeepImage(words_);
  shown_ = &frame_;
  background_ = OwnedDeepImage(format_);
}

void DeepSamples::split(const ImageView& frame, OwnedImage& working, ThreadPool& pool) {
  for_each_row(pool, format_, [&](int p, int y) {
    std::vector<std::uint8_t> packed;
    const PlaneView& plane = frame.planes[static_cast<std::size_t>(p)];
    kernels::split_deep({packed_row(plane, y, packed), format_.depth, format_.shift},
                        frame_.planes[p].row(y), working.planes[p].row(y), plane.width);
  });
  shown_ = &frame_;
}

void DeepSamples::stabilize(Shift shift, ThreadPool& pool) {
  if (none() || shift.none())
    return;
  shift_image(frame_, shift, steady_, pool);
  shown_ = &steady_;
}

void DeepSamples::predict(const PlateModel& model, const Illumination& light,
                          const Subspace& subspace, Shift shift, ThreadPool& pool) {
  if (none())
    return;
  // Shifting mixes samples, so it comes before they are rounded to the depth of the stream. The
  // frame is not needed any more where it was before.
  OwnedDeepImage& target = shift.none() ? background_ : frame_;
  for_each_row(pool, format_, [&](int p, int y) {
    const PlaneLight shown = light.of(p);
    kernels::DeepPrediction in{};
    in.plate = model.components[p].plate.row(y);
    in.gain = shown.gain;
    in.offset = shown.offset;
    in.depth = target.format.depth;
    in.shift = target.format.shift;
    std::vector<std::int16_t> extra;
    if (p == 0 && subspace.size() > 0) {
      extra.resize(static_cast<std::size_t>(padded_width(format_.width)));
      subspace.evaluate_row(light.components, y, extra.data());
      in.extra = extra.data();
    }
    kernels::predict_deep(in, target.planes[p].row(y), format_.plane_width(p));
  });
  if (shift.none())
    return;
  shift_image(frame_, shift.back(), moved_, pool);
  for_each_row(pool, format_, [&](int p, int y) {
    kernels::predict_deep({moved_.planes[p].row(y), nullptr, 1, 0, format_.depth, format_.shift},
                          background_.planes[p].row(y), format_.plane_width(p));
  });
}

void DeepSamples::keep_plate(const PlateModel& model) {
  for (int p = 0; !none() && p < format_.planes(); p++) {
    const Raster<std::uint16_t>& plate = model.components[p].plate;
    kept_[p].clear();
    for (int y = 0; y < plate.height(); y++)
      kept_[p].insert(kept_[p].end(), plate.row(y), plate.row(y) + plate.width());
  }
}

void DeepSamples::refine_plate(PlateModel& model) {
  for (int p = 0; !none() && p < format_.planes(); p++) {
    Raster<std::uint16_t>& plate = model.components[p].plate;
    auto kept = kept_[p].begin();
    for (int y = 0; y < plate.height(); y++)
      for (int x = 0; x < plate.width(); x++, ++kept) {
        const int level = plate.at(x, y);
        plate.at(x, y) = static_cast<std::uint16_t>(
            std::clamp<int>(*kept, std::max(level - half_level, 0),
                            level == 255 << 8 ? 65535 : level + half_level));
      }
    kept_[p] = {};
  }
}

}  // namespace lowrank
