// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/subspace.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "strips.h"

namespace lowrank {
namespace {

constexpr float forgetting = 0.97f;
constexpr float worth_a_component = 2;  // grey levels of |e| that the span leaves unexplained

std::int16_t quantise(float value) {
  return static_cast<std::int16_t>(std::clamp(std::round(value), -32767.0f, 32767.0f));
}

}  // namespace

Subspace::Subspace(int width, int height, int capacity)
    : capacity_(capacity), width_(width), height_(height) {}

void Subspace::evaluate_row(const std::vector<float>& v, int y, std::int16_t* row) const {
  std::vector<float> sum(static_cast<std::size_t>(width_), 0.0f);
  for (std::size_t k = 0; k < components_.size(); k++) {
    const float factor = v[k] * unit * 32;
    const std::int16_t* component = components_[k].row(y);
    for (std::size_t i = 0; i < sum.size(); i++)
      sum[i] += factor * static_cast<float>(component[i]);
  }
  std::transform(sum.begin(), sum.end(), row, quantise);
}

void Subspace::learn(const std::vector<float>& v, float level, const ResidualRow& residual,
                     ThreadPool& pool) {
  std::vector<float> steps;
  for (std::size_t k = 0; k < components_.size(); k++) {
    energies_[k] = forgetting * energies_[k] + v[k] * v[k];
    steps.push_back(v[k] / std::max(energies_[k], 1.0f));
  }
  const bool grow = size() < capacity_ && level > worth_a_component;
  if (grow) {
    steps.push_back(1);
    energies_.reserve(components_.size() + 1);  // either both grow or none
    components_.emplace_back(width_, height_);
    energies_.push_back(1);
  }
  for_each_strip(pool, height_, [&](int first, int last) {
    std::vector<float> e(static_cast<std::size_t>(width_));
    for (int y = first; y < last; y++) {
      residual(y, e.data());
      // A new component takes this frame's residual whole, which leaves nothing to the others.
      for (std::size_t k = grow ? components_.size() - 1 : 0; k < components_.size(); k++) {
        std::int16_t* component = components_[k].row(y);
        const float step = steps[k] / unit;
        for (int i = 0; i < width_; i++)
          component[i] =
              quantise(static_cast<float>(component[i]) + step * e[static_cast<std::size_t>(i)]);
      }
    }
  });
}

void Subspace::save(ModelWriter& out) const {
  for (std::size_t k = 0; k < components_.size(); k++) {
    out.real(energies_[k]);
    out.plane(components_[k]);
  }
}

void Subspace::load(ModelReader& in, int components) {
  for (int k = 0; k < components; k++) {
    const float energy = in.real(0.0f, std::numeric_limits<float>::max(), "energy");
    if (size() < capacity_) {
      energies_.push_back(energy);
      in.plane(components_.emplace_back(width_, height_));
    } else {
      in.bytes(sizeof(std::int16_t) * static_cast<std::size_t>(width_) *
               static_cast<std::size_t>(height_));
    }
  }
}

}  // namespace lowrank
