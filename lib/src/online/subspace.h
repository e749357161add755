// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "online/model_bytes.h"
#include "raster.h"
#include "thread_pool.h"

namespace lowrank {

/// Learned components U of the luma background beyond plate and offset, for light that moves over
/// the picture. A component starts as the residual of a frame that the span so far does not
/// explain; each further frame moves all of them along the gradient of its squared residual, over
/// background pixels only, as in He, Balzano, Szlam (GRASTA), CVPR 2012, with the step of the
/// stochastic update of Feng, Xu, Yan, "Online robust PCA via stochastic optimization", NIPS 2013:
/// the coefficient over its accumulated energy.
class Subspace {
 public:
  Subspace() = default;
  Subspace(int width, int height, int capacity);

  int size() const { return static_cast<int>(components_.size()); }
  float at(int component, int x, int y) const {
    return static_cast<float>(components_[static_cast<std::size_t>(component)].at(x, y)) * unit;
  }

  /// row = row y of U v, in 1/32 grey levels.
  void evaluate_row(const std::vector<float>& v, int y, std::int16_t* row) const;

  /// `residual(y, row)` fills a row of e = x − L, clipped, and zero where it says nothing of the
  /// background; `level` is the mean of |e| over the background.
  using ResidualRow = std::function<void(int y, float* row)>;
  void learn(const std::vector<float>& v, float level, const ResidualRow& residual,
             ThreadPool& pool);

  void save(ModelWriter& out) const;
  /// Reads `components` of them, and keeps as many as fit the capacity.
  void load(ModelReader& in, int components);

 private:
  static constexpr float unit = 1.0f / 256;

  int capacity_ = 0;
  int width_ = 0;
  int height_ = 0;
  std::vector<Raster<std::int16_t>> components_;
  std::vector<float> energies_;  ///< Σ v², forgetting
};

}  // namespace lowrank
