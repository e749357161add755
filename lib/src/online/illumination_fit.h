// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <Eigen/Dense>
#include <vector>

#include "online/model_bytes.h"
#include "online/plate_model.h"
#include "online/subspace.h"
#include "random.h"

namespace lowrank {

/// L = gain · m + offset of a plane, in grey levels.
struct PlaneLight {
  float gain;
  float offset;
};

/// Coefficients of a frame on the span of {plate, 1, components}: L = gain · m + offset + U v.
struct Illumination {
  float gain = 1;
  float offset = 0;
  std::vector<float> components;  ///< v
  float chroma_gain = 1;          ///< of the distance from gray, 128

  PlaneLight of(int plane) const {
    if (plane == 0)
      return {gain, offset};
    return {chroma_gain, 128 * (1 - chroma_gain)};
  }
};

/// Gain and offset: what is known of the last frame's light when the next one comes.
void save_light(const Illumination& light, ModelWriter& out);
Illumination load_light(ModelReader& in);

/// Gain and offset that give the quartiles of some levels of the plate those of the frame; sorts
/// them. Rough, but needs no last frame to start from.
Illumination match_quartiles(std::vector<double>& plate, std::vector<double>& frame);

/// Fits the luma of a frame on the background's subspace by iteratively re-weighted least squares
/// with Tukey's biweight (Beaton and Tukey, Technometrics 1974) over some thousand random pixels,
/// most of them background: foreground is an outlier and gets no weight. It starts from the last
/// frame's light, or from the quartiles where that explains less than half of the pixels, as after
/// a light is switched. A ridge holds gain and offset near (1, 0) where the picture says nothing
/// about them.
class IlluminationFit {
 public:
  /// `fine` is the frame in 1/256 levels where it has more than 8 bits, or null.
  Illumination fit(const ImageView& frame, const OwnedDeepImage* fine, const PlateModel& model,
                   const Subspace& subspace, bool avoid_mask);

  void save(ModelWriter& out) const;
  void load(ModelReader& in);

 private:
  /// Gain times a constant, offset, components.
  using Unknowns = Eigen::Matrix<double, Eigen::Dynamic, 1, 0, 18, 1>;

  struct Sample {
    int x, y;
    double level;   ///< of the frame
    double plate;   ///< over a constant, so that the columns of the system are of like sizes
    double weight;  ///< 1 / (σ + 1)
  };
  /// Grey levels of a frame.
  struct Levels {
    const ImageView& frame;
    const OwnedDeepImage* fine;
    double at(int plane, int x, int y) const {
      return fine ? fine->planes[plane].at(x, y) * double{PlateModel::level_unit}
                  : frame.planes[static_cast<std::size_t>(plane)].row(y)[x];
    }
  };
  void draw_samples(const Levels& frame, const PlateModel& model, bool avoid_mask);
  bool improve(const Subspace& subspace, double scale, Unknowns& solution) const;
  double residual_of(const Sample& sample, const Subspace& subspace,
                     const Unknowns& solution) const;
  bool iterate(const Subspace& subspace, Unknowns& solution) const;
  double explained_share(const Subspace& subspace, const Unknowns& solution) const;
  void start_from_quartiles(Unknowns& solution) const;
  float chroma_gain(const Levels& frame, const PlateModel& model, const Subspace& subspace,
                    const Unknowns& solution) const;

  Random random_{7};
  std::vector<Sample> samples_;
  Illumination last_;
};

}  // namespace lowrank
