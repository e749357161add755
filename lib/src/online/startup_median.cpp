// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/startup_median.h"

#include <algorithm>

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
constexpr float least_noise = 1;
constexpr float most_noise = 9;

}  // namespace

StartupMedian::StartupMedian(const ImageFormat& format, int learning_frames)
    : frames_(learning_frames) {
  const auto fitting =
      std::clamp<std::ptrdiff_t>(sample_memory / format.samples(), min_samples, max_samples);
  interval_ = (frames_ + static_cast<int>(fitting) - 1) / static_cast<int>(fitting);
}

void StartupMedian::add(int t, const ImageView& frame) {
  if (t % interval_ != 0)
    return;
  samples_.emplace_back(frame.format);
  copy_image(frame, samples_.back().view());
}

bool StartupMedian::due(int t) const {
  return !samples_.empty() && (t == frames_ - 1 || (t > 0 && t % (frames_ / refreshes) == 0));
}

// Every sample that agrees with the median stands for the frames up to the next.
void StartupMedian::gather_evidence(const std::vector<const std::uint8_t*>& rows,
                                    const std::uint8_t* middle, std::uint8_t* evidence,
                                    int width) const {
  kernels::count_agreeing(rows.data(), static_cast<int>(rows.size()), middle, agreeing_within,
                          evidence, width);
  for (int x = 0; x < width; x++)
    evidence[x] = static_cast<std::uint8_t>(evidence[x] * interval_ / PlateModel::evidence_unit);
}

void StartupMedian::apply(int t, PlateModel& model, ThreadPool& pool) {
  // An even number of samples has no middle one; the oldest is left out.
  const std::size_t skipped = samples_.size() % 2 == 0 ? 1 : 0;
  const int count = static_cast<int>(samples_.size() - skipped);
  for (int p = 0; p < model.format.planes(); p++) {
    const int width = model.format.plane_width(p);
    PlateModel::Component& component = model.components[p];
    for_each_strip(pool, model.format.plane_height(p), [&](int first, int last) {
      std::vector<const std::uint8_t*> rows(static_cast<std::size_t>(count));
      std::vector<std::uint8_t> middle(static_cast<std::size_t>(padded_width(width)));
      std::vector<std::uint8_t> deviation(middle.size());
      for (int y = first; y < last; y++) {
        for (std::size_t k = 0; k < rows.size(); k++)
          rows[k] = samples_[k + skipped].planes[p].row(y);
        kernels::median(rows.data(), count, middle.data(), width);
        if (p == 0)
          gather_evidence(rows, middle.data(), model.evidence.row(y), width);
        kernels::median_deviation(rows.data(), count, middle.data(), deviation.data(), width);
        for (int x = 0; x < width; x++) {
          const auto i = static_cast<std::size_t>(x);
          component.plate.at(x, y) = static_cast<std::uint16_t>(middle[i] << 8);
          const float sigma = std::clamp(gauss_mad * deviation[i], least_noise, most_noise);
          component.noise.at(x, y) = static_cast<std::uint16_t>(sigma * 256);
        }
      }
    });
  }
  model.still.fill(0);
  if (t >= frames_ - 1)
    samples_.clear();
}

}  // namespace lowrank
