// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/startup_plate.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <utility>

#include "kernels/kernels.h"
#include "lowrank/composite.h"
#include "strips.h"

namespace lowrank {
namespace {

constexpr int max_samples = 25;
constexpr int min_samples = 9;
constexpr std::ptrdiff_t sample_memory = 32 << 20;
constexpr int refreshes = 5;
constexpr float gauss_mad = 1.4826f;  // standard deviation over median absolute deviation
constexpr int agreeing_within = 19;
constexpr Likeness likeness{10, 7};
constexpr int rounds = 2;            // of settling what is disputed
constexpr int enough_for_noise = 5;  // samples
constexpr float least_noise = 1;
constexpr float most_noise = 9;  // of a pixel, unless the picture is very noisy
constexpr float very_noisy = 18;
constexpr float loudest = 64;
constexpr int noise_rows = 8;      // one in so many is looked at for the noise of the picture
constexpr int row_alignment = 64;  // so that whole vectors stay inside of a row

std::uint16_t in_plate_units(std::uint8_t level) {
  return static_cast<std::uint16_t>(level << 8);
}

// Standard deviation of normal noise from how often it has which magnitude; what is no noise does
// not count unless it is half of all.
class Magnitudes {
 public:
  void add(int magnitude) { counts_[static_cast<std::size_t>(std::min(magnitude, most))]++; }

  float deviation() const {
    const std::int64_t half = std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0}) / 2;
    std::size_t median = 0;
    for (std::int64_t below = counts_[0]; below < half; below += counts_[median])
      median++;
    return gauss_mad * static_cast<float>(median);
  }

 private:
  static constexpr int most = 4 * 255;
  std::array<std::int64_t, most + 1> counts_{};
};

// The noise of a picture is what changes from frame to frame and from pixel to pixel: light and
// moving cameras do the former, texture the latter. Looked at in some rows.
class PictureNoise {
 public:
  void add(const PlaneView& frame, const Raster<std::uint16_t>& plate) {
    for (int y = 0; y < frame.height; y += noise_rows) {
      const std::uint8_t* row = frame.row(y);
      const std::uint16_t* level = plate.row(y);
      for (int x = 0; x < frame.width; x++)
        in_time_.add(std::abs(row[x] - (level[x] >> 8)));
      for (int x = 1; x < frame.width - 1; x++)
        in_space_.add(std::abs(row[x - 1] - 2 * row[x] + row[x + 1]));
    }
  }

  /// `plate_noise` is what noise there is between frame and plate, over that of the frame.
  float deviation(float plate_noise) const {
    constexpr float second_difference = 2.4495f;  // √(1 + 4 + 1)
    return std::min(
        {in_time_.deviation(), in_space_.deviation() * plate_noise / second_difference, loudest});
  }

 private:
  Magnitudes in_time_, in_space_;
};

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

std::vector<const std::uint8_t*> StartupPlate::rows(int plane, int y) const {
  std::vector<const std::uint8_t*> rows;
  for (const OwnedImage& sample : samples_)
    rows.push_back(sample.planes[plane].row(y));
  return rows;
}

void StartupPlate::guess_row(int plane, int y, PlateModel& model) const {
  Raster<std::uint16_t>& plate = model.components[plane].plate;
  auto level = padded_row(plate.width());
  const auto samples = rows(plane, y);
  kernels::densest(samples.data(), static_cast<int>(samples.size()), likeness.of(plane),
                   level.data(), plate.width());
  std::ranges::transform(level, plate.row(y), in_plate_units);
}

// The disputed pixels of a row again, by the frames that their neighbours were seen in.
void StartupPlate::settle_row(int plane, int y, const Visibility& visibility,
                              PlateModel& model) const {
  int first = 0;
  int last = 0;
  if (!visibility.next_disputed(plane, y, first, last))
    return;
  const int width = model.components[plane].plate.width();
  Raster<std::uint8_t> weights(width + Flicker::largest_cell, static_cast<int>(samples_.size()),
                               unset);
  std::vector<const std::uint8_t*> weight_rows;
  for (int k = 0; k < weights.height(); k++) {
    visibility.weigh(k, plane, y, weights.row(k));
    weight_rows.push_back(weights.row(k));
  }
  auto level = padded_row(width);
  const auto whole = rows(plane, y);
  std::vector<const std::uint8_t*> samples(whole.size());
  std::vector<const std::uint8_t*> weighing(whole.size());
  std::uint16_t* plate = model.components[plane].plate.row(y);
  for (; visibility.next_disputed(plane, y, first, last); first = last) {
    const int aligned = first / row_alignment * row_alignment;
    for (std::size_t k = 0; k < whole.size(); k++) {
      samples[k] = whole[k] + aligned;
      weighing[k] = weight_rows[k] + aligned;
    }
    kernels::densest_weighted(samples.data(), weighing.data(), weights.height(), likeness.of(plane),
                              level.data(), last - aligned);
    std::transform(level.data() + first - aligned, level.data() + last - aligned, plate + first,
                   in_plate_units);
  }
}

// What follows from the plate: evidence and noise.
void StartupPlate::finish_row(int plane, int y, float most, const Flicker& flicker,
                              PlateModel& model) const {
  PlateModel::Component& component = model.components[plane];
  const int width = component.plate.width();
  const auto samples = rows(plane, y);
  const int count = static_cast<int>(samples.size());
  std::uint16_t* plate = component.plate.row(y);
  auto level = padded_row(width);
  auto deviation = padded_row(width);
  std::transform(plate, plate + width, level.data(),
                 [](std::uint16_t v) { return static_cast<std::uint8_t>(v >> 8); });
  const int shift_x = plane ? model.format.chroma_shift_x : 0;
  const int luma_y = y << (plane ? model.format.chroma_shift_y : 0);
  // An even number of samples has no middle one; the oldest is left out.
  const int skipped = count % 2 == 0 ? 1 : 0;
  if (flicker.any_near(luma_y)) {
    kernels::median(samples.data() + skipped, count - skipped, deviation.data(), width);
    for (int x = 0; x < width; x++) {
      const auto i = static_cast<std::size_t>(x);
      if (flicker.moves(x << shift_x, luma_y))
        plate[x] = in_plate_units(level[i] = deviation[i]);
    }
  }
  if (plane == 0) {
    // Every sample that agrees with the plate stands for the frames up to the next.
    std::uint8_t* evidence = model.evidence.row(y);
    kernels::count_agreeing(samples.data(), count, level.data(), agreeing_within, evidence, width);
    for (int x = 0; x < width; x++)
      evidence[x] = static_cast<std::uint8_t>(evidence[x] * interval_ / PlateModel::evidence_unit);
  }
  kernels::median_deviation(samples.data() + skipped, count - skipped, level.data(),
                            deviation.data(), width);
  std::uint16_t* noise = component.noise.row(y);
  for (int x = 0; x < width; x++)
    noise[x] = static_cast<std::uint16_t>(
        std::clamp(gauss_mad * deviation[static_cast<std::size_t>(x)], least_noise, most) * 256);
}

void StartupPlate::guess_noise(const ImageView& frame, PlateModel& model) {
  for (int p = 0; p < model.format.planes(); p++) {
    PlateModel::Component& component = model.components[p];
    PictureNoise picture;
    picture.add(frame.planes[static_cast<std::size_t>(p)], component.plate);
    // The plate is a frame yet, and as noisy.
    const float noise = picture.deviation(1.4142f) * 256;
    if (noise > component.noise.at(0, 0))
      component.noise.fill(static_cast<std::uint16_t>(noise));
  }
}

float StartupPlate::noise_limit(int plane, const PlateModel& model) const {
  PictureNoise picture;
  for (const OwnedImage& sample : samples_)
    picture.add(sample.planes[plane].plane(), model.components[plane].plate);
  const float noise = picture.deviation(1);
  return noise > very_noisy ? noise : most_noise;
}

void StartupPlate::apply(int t, const Flicker& flicker, PlateModel& model, ThreadPool& pool) {
  for_each_row(pool, model.format, [&](int p, int y) { guess_row(p, y, model); });
  Visibility visibility(model.format, likeness);
  for (int round = 0; round < rounds; round++) {
    visibility.measure(samples_, model, pool);
    for_each_row(pool, model.format, [&](int p, int y) { settle_row(p, y, visibility, model); });
  }
  float most[3] = {};
  for (int p = 0; p < model.format.planes(); p++)
    most[p] = noise_limit(p, model);
  for_each_row(pool, model.format,
               [&](int p, int y) { finish_row(p, y, most[p], flicker, model); });
  model.still.fill(0);
  if (t >= frames_ - 1)
    samples_.clear();
}

void StartupPlate::end(const Flicker& flicker, PlateModel& model, ThreadPool& pool) {
  const auto count = std::ssize(samples_);
  if (count < 2) {
    samples_.clear();
    return;
  }
  // Few samples say little of the noise: what has been seen of it so far is the lower bound.
  Raster<std::uint16_t> least[3];
  for (int p = 0; p < model.format.planes() && count < enough_for_noise; p++) {
    const Raster<std::uint16_t>& noise = model.components[p].noise;
    Raster<std::uint16_t> other(noise.width(), noise.height(), unset);
    least[p] = std::exchange(model.components[p].noise, std::move(other));
  }
  apply(frames_ - 1, flicker, model, pool);
  for (int p = 0; p < model.format.planes() && !least[p].empty(); p++)
    for (int y = 0; y < least[p].height(); y++) {
      std::uint16_t* noise = model.components[p].noise.row(y);
      std::transform(noise, noise + least[p].width(), least[p].row(y), noise,
                     [](std::uint16_t a, std::uint16_t b) { return std::max(a, b); });
    }
}

}  // namespace lowrank
