// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/ghosts.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "online/absorption.h"
#include "regions.h"

namespace lowrank {
namespace {

constexpr int reach = 2;             // pixels to either side of the outline
constexpr int still_enough = 15;     // frames, the mean over the region
constexpr int least_edge = 6;        // grey levels that the plate's edge has over the frame's
constexpr double edge_ratio = 1.5;   // and how many times it is the frame's
constexpr int long_seen = 50;        // mean of the plate's evidence from which on it is trusted,
constexpr double trusted_ratio = 3;  // and has to be contradicted so many times

struct Evidence {
  std::int64_t area = 0;
  std::int64_t still = 0;
  std::int64_t seen = 0;
  std::int64_t outline = 0;
  std::int64_t frame_edge = 0;
  std::int64_t plate_edge = 0;

  bool ghost() const {
    const double ratio = seen > long_seen * area ? trusted_ratio : edge_ratio;
    return outline > 0 && still >= still_enough * area &&
           plate_edge >= frame_edge + least_edge * outline &&
           static_cast<double>(plate_edge) >= ratio * static_cast<double>(frame_edge);
  }
};

class Outlines {
 public:
  Outlines(const ImageView& frame, const ImageView& predicted, const PlateModel& model)
      : frame_(frame), predicted_(predicted), model_(model) {}

  void add(const RegionRun& run, Evidence& evidence) const {
    evidence.area += run.last - run.first;
    const std::uint16_t* still = model_.still.row(run.y);
    const std::uint8_t* seen = model_.evidence.row(run.y);
    for (int x = run.first; x < run.last; x++) {
      evidence.still += still[x];
      evidence.seen += seen[x];
      for (const int dy : {-1, 1})
        if (outside(x, run.y + dy))
          add_edge(x, run.y, 0, dy, evidence);
    }
    if (outside(run.first - 1, run.y))
      add_edge(run.first, run.y, -1, 0, evidence);
    if (outside(run.last, run.y))
      add_edge(run.last - 1, run.y, 1, 0, evidence);
  }

 private:
  bool inside_image(int x, int y) const {
    return x >= 0 && y >= 0 && x < model_.format.width && y < model_.format.height;
  }
  bool outside(int x, int y) const { return inside_image(x, y) && !model_.mask.at(x, y); }

  int step(const ImageView& image, int x1, int y1, int x2, int y2) const {
    int sum = 0;
    for (int p = 0; p < image.format.planes(); p++) {
      const PlaneView& plane = image.planes[static_cast<std::size_t>(p)];
      const int sx = p ? image.format.chroma_shift_x : 0;
      const int sy = p ? image.format.chroma_shift_y : 0;
      sum += std::abs(plane.row(y1 >> sy)[x1 >> sx] - plane.row(y2 >> sy)[x2 >> sx]);
    }
    return sum;
  }

  // The change across the outline, from inside at (x, y) − reach to outside.
  void add_edge(int x, int y, int dx, int dy, Evidence& evidence) const {
    const int x1 = x - (reach - 1) * dx;
    const int y1 = y - (reach - 1) * dy;
    const int x2 = x + reach * dx;
    const int y2 = y + reach * dy;
    if (!inside_image(x1, y1) || !inside_image(x2, y2))
      return;
    evidence.outline++;
    evidence.frame_edge += step(frame_, x1, y1, x2, y2);
    evidence.plate_edge += step(predicted_, x1, y1, x2, y2);
  }

  const ImageView& frame_;
  const ImageView& predicted_;
  const PlateModel& model_;
};

}  // namespace

void dissolve_ghosts(const ImageView& frame, const ImageView& predicted, const Illumination& light,
                     PlateModel& model) {
  const Regions regions = find_regions(static_cast<const PlateModel&>(model).mask.plane());
  std::vector<Evidence> evidence(static_cast<std::size_t>(regions.count));
  const Outlines outlines(frame, predicted, model);
  for (const RegionRun& run : regions.runs)
    outlines.add(run, evidence[static_cast<std::size_t>(run.region)]);
  for (const RegionRun& run : regions.runs)
    if (evidence[static_cast<std::size_t>(run.region)].ghost())
      for (int x = run.first; x < run.last; x++)
        absorb(frame, light, x, run.y, model);
}

}  // namespace lowrank
