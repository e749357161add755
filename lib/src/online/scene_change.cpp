// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/scene_change.h"

#include <algorithm>
#include <cstdlib>

#include "online/scoring.h"

namespace lowrank {
namespace {

constexpr double covered = 0.75;      // share of the picture that is a new scene by itself,
constexpr double half_covered = 0.4;  // and that is one where the edges are gone
constexpr double sudden = 0.35;       // rise of that share in a frame, which no object takes
constexpr int long_patience = 250;    // frames, where the share rose slowly
constexpr int patience = 3;           // frames

constexpr int points_a_side = 100;
constexpr int texture = 24;          // grey levels of gradient that make an edge
constexpr int least_points = 200;    // with an edge, that can tell
constexpr double edges_left = 0.35;  // share; by chance some edges run alike

// Share of the picture that differs, by the automatic threshold where a lower one is set.
double differing_share(const SceneChange::Evidence& evidence) {
  if (evidence.lowered <= 1)
    return evidence.foreground_ratio;
  const float limit = score_of_threshold * evidence.lowered;
  const Raster<std::uint8_t>& score = evidence.score;
  std::int64_t count = 0;
  for (int y = 0; y < score.height(); y++)
    count += std::count_if(score.row(y), score.row(y) + score.width(), [limit](std::uint8_t value) {
      return static_cast<float>(value) > limit;
    });
  return static_cast<double>(count) / (static_cast<double>(score.width()) * score.height());
}

struct Gradient {
  int x, y;
};

int squared(Gradient g) {
  return g.x * g.x + g.y * g.y;
}

Gradient gradient(const PlaneView& plane, int x, int y) {
  const std::uint8_t* row = plane.row(y);
  return {row[x + 1] - row[x - 1], plane.row(y + 1)[x] - plane.row(y - 1)[x]};
}

// Of the edges of L, how many the frame has; false where L has too few to tell.
bool edges_are_gone(const PlaneView& luma, const PlaneView& predicted) {
  const int step_x = std::max(1, luma.width / points_a_side);
  const int step_y = std::max(1, luma.height / points_a_side);
  int edges = 0;
  int left = 0;
  for (int y = 1; y < luma.height - 1; y += step_y) {
    for (int x = 1; x < luma.width - 1; x += step_x) {
      const Gradient there = gradient(predicted, x, y);
      if (std::abs(there.x) + std::abs(there.y) <= texture)
        continue;
      const Gradient here = gradient(luma, x, y);
      edges++;
      const Gradient change{here.x - there.x, here.y - there.y};
      left += 2 * squared(change) <= squared(there);
    }
  }
  return edges >= least_points && left < edges_left * edges;
}

}  // namespace

SceneChange::Verdict SceneChange::judge(const Evidence& evidence) {
  const double share = evidence.foreground_ratio > half_covered ? differing_share(evidence)
                                                                : evidence.foreground_ratio;
  const double rise = share - last_share_;
  last_share_ = share;
  const bool gone = share > half_covered && edges_are_gone(evidence.luma, evidence.predicted);
  if (share <= covered && !(gone && (sudden_ || rise > sudden))) {
    frames_ = 0;
    sudden_ = false;
    return Verdict::same;
  }
  if (frames_ == 0)
    sudden_ = rise > sudden;
  frames_++;
  if (frames_ >= (sudden_ ? patience : long_patience))
    return Verdict::another;
  return sudden_ ? Verdict::doubtful : Verdict::same;
}

void SceneChange::save(ModelWriter& out) const {
  out.number(static_cast<std::uint16_t>(frames_));
  out.number(static_cast<std::uint8_t>(sudden_));
  out.real(last_share_);
}

void SceneChange::load(ModelReader& in) {
  frames_ = in.number(std::uint16_t{0}, std::uint16_t{long_patience}, "count of frames");
  sudden_ = in.number(std::uint8_t{0}, std::uint8_t{1}, "kind of change") != 0;
  last_share_ = in.real(0.0, 1.0, "share of foreground");
}

}  // namespace lowrank
