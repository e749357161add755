// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/startup_plate.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

#include "kernels/kernels.h"
#include "lowrank/composite.h"
#include "strips.h"

namespace lowrank {
namespace {

constexpr int max_samples = 25;
constexpr int min_samples = 9;
constexpr std::ptrdiff_t sample_memory = 64 << 20;
constexpr int refreshes = 5;
constexpr float gauss_mad = 1.4826f;  // standard deviation over median absolute deviation
constexpr int agreeing_within = 19;
constexpr int luma_reach = 10;  // grey levels within which samples count as alike
constexpr int chroma_reach = 7;
constexpr float least_noise = 1;
constexpr float most_noise = 9;

}  // namespace

StartupPlate::StartupPlate(const ImageFormat& format, int learning_frames)
    : frames_(learning_frames) {
  const auto fitting =
      std::clamp<std::ptrdiff_t>(sample_memory / format.samples(), min_samples, max_samples);
  interval_ = (frames_ + static_cast<int>(fitting) - 1) / static_cast<int>(fitting);
}

void StartupPlate::add(int t, const ImageView& frame) {
  if (t % interval_ != 0)
    return;
  samples_.emplace_back(frame.format);
  copy_image(frame, samples_.back().view());
}

bool StartupPlate::due(int t) const {
  return !samples_.empty() && (t == frames_ - 1 || (t > 0 && t % (frames_ / refreshes) == 0));
}

void StartupPlate::apply_row(int plane, int y, const Flicker& flicker, PlateModel& model) const {
  PlateModel::Component& component = model.components[plane];
  const int width = component.plate.width();
  const int count = static_cast<int>(samples_.size());
  std::vector<const std::uint8_t*> rows;
  for (const OwnedImage& sample : samples_)
    rows.push_back(sample.planes[plane].row(y));
  std::vector<std::uint8_t> level(static_cast<std::size_t>(padded_width(width)));
  std::vector<std::uint8_t> deviation(level.size());
  kernels::densest(rows.data(), count, plane == 0 ? luma_reach : chroma_reach, level.data(), width);
  const int shift_x = plane ? model.format.chroma_shift_x : 0;
  const int luma_y = y << (plane ? model.format.chroma_shift_y : 0);
  // An even number of samples has no middle one; the oldest is left out.
  const int skipped = count % 2 == 0 ? 1 : 0;
  if (flicker.any_near(luma_y)) {
    kernels::median(rows.data() + skipped, count - skipped, deviation.data(), width);
    for (int x = 0; x < width; x++)
      if (flicker.moves(x << shift_x, luma_y))
        level[static_cast<std::size_t>(x)] = deviation[static_cast<std::size_t>(x)];
  }
  if (plane == 0) {
    // Every sample that agrees with the plate stands for the frames up to the next.
    std::uint8_t* evidence = model.evidence.row(y);
    kernels::count_agreeing(rows.data(), count, level.data(), agreeing_within, evidence, width);
    for (int x = 0; x < width; x++)
      evidence[x] = static_cast<std::uint8_t>(evidence[x] * interval_ / PlateModel::evidence_unit);
  }
  kernels::median_deviation(rows.data() + skipped, count - skipped, level.data(), deviation.data(),
                            width);
  std::uint16_t* plate = component.plate.row(y);
  std::uint16_t* noise = component.noise.row(y);
  for (int x = 0; x < width; x++) {
    const auto i = static_cast<std::size_t>(x);
    plate[x] = static_cast<std::uint16_t>(level[i] << 8);
    noise[x] = static_cast<std::uint16_t>(
        std::clamp(gauss_mad * deviation[i], least_noise, most_noise) * 256);
  }
}

void StartupPlate::guess_noise(const ImageView& frame, PlateModel& model) {
  for (int p = 0; p < model.format.planes(); p++) {
    const PlaneView& plane = frame.planes[static_cast<std::size_t>(p)];
    PlateModel::Component& component = model.components[p];
    std::array<std::int64_t, 256> count{};
    for (int y = 0; y < plane.height; y++)
      for (int x = 0; x < plane.width; x++)
        count[static_cast<std::size_t>(
            std::abs(plane.row(y)[x] - (component.plate.at(x, y) >> 8)))]++;
    const std::int64_t half = std::int64_t{plane.width} * plane.height / 2;
    std::size_t median = 0;
    for (std::int64_t below = count[0]; below < half; below += count[median])
      median++;
    const float noise = std::min(gauss_mad * static_cast<float>(median), most_noise) * 256;
    if (noise > component.noise.at(0, 0))
      component.noise.fill(static_cast<std::uint16_t>(noise));
  }
}

void StartupPlate::apply(int t, const Flicker& flicker, PlateModel& model, ThreadPool& pool) {
  for (int p = 0; p < model.format.planes(); p++)
    for_each_strip(pool, model.format.plane_height(p), [&](int first, int last) {
      for (int y = first; y < last; y++)
        apply_row(p, y, flicker, model);
    });
  model.still.fill(0);
  if (t >= frames_ - 1)
    samples_.clear();
}

}  // namespace lowrank
