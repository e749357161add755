// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/illumination_fit.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

namespace lowrank {
namespace {

constexpr int sample_count = 3000;
constexpr double plate_scale = 128;  // brings the columns of the system to like sizes

constexpr int max_unknowns = 18;
using System = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0, max_unknowns, max_unknowns>;
using Unknowns = Eigen::Matrix<double, Eigen::Dynamic, 1, 0, max_unknowns, 1>;

double tukey(double residual_over_scale) {
  const double u = residual_over_scale * residual_over_scale;
  return u < 1 ? (1 - u) * (1 - u) : 0;
}

}  // namespace

void IlluminationFit::draw_samples(const PlaneView& luma, const PlateModel& model,
                                   const Raster<std::uint8_t>& last_mask, bool avoid_mask) {
  const PlateModel::Component& component = model.components[0];
  samples_.clear();
  for (int i = 0; i < sample_count; i++) {
    int x = 0;
    int y = 0;
    // One foreground pixel in eight is taken all the same, so that a mask over everything
    // does not end the fit.
    for (int attempt = 0; attempt < 16; attempt++) {
      x = random_.below(luma.width);
      y = random_.below(luma.height);
      if (!avoid_mask || !last_mask.at(x, y) || random_.below(8) == 0)
        break;
    }
    samples_.push_back({x, y, static_cast<double>(luma.row(y)[x]),
                        component.plate.at(x, y) * double{PlateModel::level_unit},
                        1 / (component.noise.at(x, y) * double{PlateModel::level_unit} + 1)});
  }
}

Illumination IlluminationFit::fit(const PlaneView& luma, const PlateModel& model,
                                  const Subspace& subspace, const Raster<std::uint8_t>& last_mask,
                                  bool avoid_mask) {
  draw_samples(luma, model, last_mask, avoid_mask);
  const int unknowns = 2 + subspace.size();
  Unknowns solution = Unknowns::Zero(unknowns);
  Unknowns prior = Unknowns::Zero(unknowns);
  Unknowns ridge = Unknowns::Constant(unknowns, 1e-6);
  solution[0] = last_.gain * plate_scale;
  solution[1] = last_.offset;
  prior[0] = plate_scale;
  ridge[0] = 0.002;
  ridge[1] = 1e-4;
  Unknowns row(unknowns);
  for (int iteration = 0; iteration < 4; iteration++) {
    System system = System::Zero(unknowns, unknowns);
    Unknowns right = Unknowns::Zero(unknowns);
    double total = 0;
    for (const Sample& sample : samples_) {
      row[0] = sample.plate / plate_scale;
      row[1] = 1;
      for (int k = 0; k < subspace.size(); k++)
        row[2 + k] = subspace.at(k, sample.x, sample.y);
      const double residual = std::abs(sample.level - row.dot(solution)) * sample.weight;
      const double scale = iteration == 0 ? 6 : 3;
      const double weight = tukey(residual / scale) * sample.weight * sample.weight;
      system.selfadjointView<Eigen::Lower>().rankUpdate(row, weight);
      right += weight * sample.level * row;
      total += weight;
    }
    for (int k = 0; k < unknowns; k++) {
      system(k, k) += ridge[k] * total;
      right[k] += ridge[k] * total * prior[k];
    }
    if (total <= 0)
      return last_ = {};
    solution = system.selfadjointView<Eigen::Lower>().ldlt().solve(right);
  }
  const double gain = solution[0] / plate_scale;
  if (!solution.allFinite() || gain < 0.3 || gain > 3)
    return last_ = {};
  last_.gain = static_cast<float>(gain);
  last_.offset = static_cast<float>(solution[1]);
  last_.components.assign(static_cast<std::size_t>(subspace.size()), 0.0f);
  for (int k = 0; k < subspace.size(); k++)
    last_.components[static_cast<std::size_t>(k)] = static_cast<float>(solution[2 + k]);
  return last_;
}

}  // namespace lowrank
