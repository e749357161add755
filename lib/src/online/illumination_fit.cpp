// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/illumination_fit.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace lowrank {
namespace {

constexpr int sample_count = 3000;
constexpr double plate_scale = 128;  // brings the columns of the system to like sizes
constexpr double widest = 6;         // scale of the first step, in deviations,
constexpr double narrow = 3;         // and of those that follow
constexpr double least_share = 0.5;  // of the samples, which a solution has to explain
constexpr double least_gain = 0.3;
constexpr double most_gain = 3;
constexpr double gray = 128;
constexpr double chroma_ridge = 4;  // squared levels a sample: colour less than noise says nothing

constexpr int max_unknowns = 18;
using System = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0, max_unknowns, max_unknowns>;

double tukey(double residual_over_scale) {
  const double u = residual_over_scale * residual_over_scale;
  return u < 1 ? (1 - u) * (1 - u) : 0;
}

struct Quartiles {
  double first, second, third;
};

Quartiles quartiles(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](std::size_t quarter) { return values[quarter * values.size() / 4]; };
  return {at(1), at(2), at(3)};
}

}  // namespace

Illumination match_quartiles(std::vector<double>& plate, std::vector<double>& frame) {
  const Quartiles from = quartiles(plate);
  const Quartiles to = quartiles(frame);
  const double spread = from.third - from.first;
  const double gain = spread < 1 ? 1 : (to.third - to.first) / spread;
  return {static_cast<float>(gain), static_cast<float>(to.second - gain * from.second), {}};
}

void IlluminationFit::draw_samples(const Levels& frame, const PlateModel& model, bool avoid_mask) {
  const PlateModel::Component& component = model.components[0];
  const int height = model.format.height;
  samples_.clear();
  for (int i = 0; i < sample_count; i++) {
    int x = 0;
    int y = 0;
    // One foreground pixel in eight is taken all the same, so that a mask over everything
    // does not end the fit. From the top down, which memory likes better than back and forth.
    for (int attempt = 0; attempt < 16; attempt++) {
      x = random_.below(model.format.width);
      const std::int64_t row = std::int64_t{i} * height + random_.below(height);
      y = static_cast<int>(row / sample_count);
      if (!avoid_mask || !model.mask.at(x, y) || random_.below(8) == 0)
        break;
    }
    const double sigma = component.noise.at(x, y) * double{PlateModel::level_unit};
    samples_.push_back({x, y, frame.at(0, x, y),
                        component.plate.at(x, y) * double{PlateModel::level_unit / plate_scale},
                        1 / (sigma + 1)});
  }
}

// One step of iteratively re-weighted least squares; false where no sample has any weight.
bool IlluminationFit::improve(const Subspace& subspace, double scale, Unknowns& solution) const {
  const Eigen::Index unknowns = solution.size();
  System system = System::Zero(unknowns, unknowns);
  Unknowns right = Unknowns::Zero(unknowns);
  Unknowns row(unknowns);
  double sum_w = 0, sum_p = 0, sum_pp = 0, sum_y = 0, sum_py = 0;
  for (const Sample& sample : samples_) {
    double explained = solution[0] * sample.plate + solution[1];
    for (int k = 0; k < subspace.size(); k++) {
      row[2 + k] = subspace.at(k, sample.x, sample.y);
      explained += solution[2 + k] * row[2 + k];
    }
    const double residual = (sample.level - explained) * sample.weight;
    const double weight = tukey(residual / scale) * sample.weight * sample.weight;
    sum_w += weight;
    sum_p += weight * sample.plate;
    sum_pp += weight * sample.plate * sample.plate;
    sum_y += weight * sample.level;
    sum_py += weight * sample.plate * sample.level;
    if (subspace.size() > 0) {
      row[0] = sample.plate;
      row[1] = 1;
      system.selfadjointView<Eigen::Lower>().rankUpdate(row, weight);
      right.tail(unknowns - 2) += weight * sample.level * row.tail(unknowns - 2);
    }
  }
  if (sum_w <= 0)
    return false;
  system(0, 0) = sum_pp;
  system(1, 0) = sum_p;
  system(1, 1) = sum_w;
  right[0] = sum_py;
  right[1] = sum_y;
  // The ridge pulls gain and offset towards (1, 0).
  system(0, 0) += 0.002 * sum_w;
  right[0] += 0.002 * sum_w * plate_scale;
  system(1, 1) += 1e-4 * sum_w;
  for (Eigen::Index k = 2; k < unknowns; k++)
    system(k, k) += 1e-6 * sum_w;
  solution = system.selfadjointView<Eigen::Lower>().ldlt().solve(right);
  return true;
}

bool IlluminationFit::iterate(const Subspace& subspace, Unknowns& solution) const {
  for (const double scale : {widest, narrow, narrow, narrow})
    if (!improve(subspace, scale, solution))
      return false;
  return true;
}

double IlluminationFit::residual_of(const Sample& sample, const Subspace& subspace,
                                    const Unknowns& solution) const {
  double level = solution[0] * sample.plate + solution[1];
  for (int k = 0; k < subspace.size(); k++)
    level += solution[2 + k] * subspace.at(k, sample.x, sample.y);
  return (sample.level - level) * sample.weight;
}

double IlluminationFit::explained_share(const Subspace& subspace, const Unknowns& solution) const {
  const auto explained = std::count_if(samples_.begin(), samples_.end(), [&](const Sample& sample) {
    return std::abs(residual_of(sample, subspace, solution)) < narrow;
  });
  return static_cast<double>(explained) / sample_count;
}

void IlluminationFit::start_from_quartiles(Unknowns& solution) const {
  std::vector<double> plate;
  std::vector<double> level;
  for (const Sample& sample : samples_) {
    plate.push_back(sample.plate * plate_scale);
    level.push_back(sample.level);
  }
  const Illumination light = match_quartiles(plate, level);
  solution.setZero();
  solution[0] = light.gain * plate_scale;
  solution[1] = light.offset;
}

// Of the samples whose luma is background, by least squares, pulled to 1 by a ridge.
float IlluminationFit::chroma_gain(const Levels& frame, const PlateModel& model,
                                   const Subspace& subspace, const Unknowns& solution) const {
  double sum_pp = chroma_ridge * sample_count;
  double sum_py = sum_pp;
  const ImageFormat& format = model.format;
  for (const Sample& sample : samples_) {
    const double weight = tukey(residual_of(sample, subspace, solution) / narrow);
    if (weight <= 0)
      continue;
    const int x = sample.x >> format.chroma_shift_x;
    const int y = sample.y >> format.chroma_shift_y;
    for (int p = 1; p < format.planes(); p++) {
      const double plate =
          model.components[p].plate.at(x, y) * double{PlateModel::level_unit} - gray;
      const double level = frame.at(p, x, y) - gray;
      sum_pp += weight * plate * plate;
      sum_py += weight * plate * level;
    }
  }
  return static_cast<float>(std::clamp(sum_py / sum_pp, 0.3, 3.0));
}

Illumination IlluminationFit::fit(const ImageView& frame, const OwnedDeepImage* fine,
                                  const PlateModel& model, const Subspace& subspace,
                                  bool avoid_mask) {
  const Levels levels{frame, fine};
  draw_samples(levels, model, avoid_mask);
  Unknowns solution = Unknowns::Zero(2 + subspace.size());
  solution[0] = last_.gain * plate_scale;
  solution[1] = last_.offset;
  bool found = iterate(subspace, solution);
  // After a light is switched the last frame's is no start: all samples would be outliers.
  if (!found || explained_share(subspace, solution) < least_share) {
    Unknowns fresh = solution;
    start_from_quartiles(fresh);
    if (iterate(subspace, fresh) && explained_share(subspace, fresh) >= least_share) {
      solution = fresh;
      found = true;
    }
  }
  if (!found)
    return last_ = {};
  const double gain = solution[0] / plate_scale;
  if (!solution.allFinite() || gain < least_gain || gain > most_gain)
    return last_ = {};
  last_.gain = static_cast<float>(gain);
  last_.offset = static_cast<float>(solution[1]);
  last_.components.assign(static_cast<std::size_t>(subspace.size()), 0.0f);
  for (int k = 0; k < subspace.size(); k++)
    last_.components[static_cast<std::size_t>(k)] = static_cast<float>(solution[2 + k]);
  last_.chroma_gain = chroma_gain(levels, model, subspace, solution);
  return last_;
}

void IlluminationFit::save(ModelWriter& out) const {
  out.number(random_.state());
  save_light(last_, out);
}

void IlluminationFit::load(ModelReader& in) {
  random_ = Random(in.number<std::uint64_t>());
  last_ = load_light(in);
}

void save_light(const Illumination& light, ModelWriter& out) {
  out.real(light.gain);
  out.real(light.offset);
}

Illumination load_light(ModelReader& in) {
  constexpr float any = std::numeric_limits<float>::max();
  Illumination light;
  light.gain = in.real(static_cast<float>(least_gain), static_cast<float>(most_gain), "gain");
  light.offset = in.real(-any, any, "offset");
  return light;
}

}  // namespace lowrank
