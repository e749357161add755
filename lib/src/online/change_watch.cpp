// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/change_watch.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "online/scoring.h"

namespace lowrank {
namespace {

// Shares of the picture.
constexpr double covered = 0.75;           // is a new scene by itself,
constexpr double half_covered = 0.4;       // and that is one where the edges are gone
constexpr double sudden = 0.35;            // rise within two frames, which no object takes
constexpr double risen = 0.06;             // over the usual, with the edges left: light
constexpr double risen_in_jump = 0.02;     // the same where the light fit has jumped
constexpr double surely_explained = 0.01;  // over the usual, at the end of a change,
constexpr double explained = 0.03;         // or so much where the edges are not those of light,
constexpr double explained_peak = 0.15;    // or so much of what it was at most

constexpr int first_judged = 3;          // frame
constexpr int most_seen = 255;           // frames; more change nothing
constexpr double usual_rate = 1.0 / 50;  // a frame
constexpr int long_patience = 250;       // frames, where the share rose slowly
constexpr int scene_patience = 3;        // frames; a flash is over sooner, unless it is
constexpr int flash_patience = 12;       // a bright one
constexpr int light_patience = 5;
constexpr int unrest_patience = 40;
constexpr int quiet_frames = 3;
constexpr int over_frames = 2;

// Grey levels.
constexpr double mean_gray = 110;
constexpr double most_level = 1e6;
constexpr double level_jump = 10;
constexpr double level_drift = 8;
constexpr double lasting_rate = 1.0 / 50;
constexpr double flash = 40;
constexpr double quiet_level = 2;
constexpr double quiet_share = 0.03;  // of the picture
constexpr double colourful = 2.5;     // mean distance from gray,
constexpr double colourless = 0.25;   // and how many times less is none

constexpr int points_a_side = 200;
constexpr int texture = 24;           // grey levels of gradient that make an edge
constexpr int least_points = 200;     // with an edge, that can tell of a scene,
constexpr int least_lit_points = 60;  // or of light
constexpr double edges_gone = 0.35;   // share; by chance some edges run alike
constexpr double edges_left = 0.55;
constexpr double edges_covered = 0.25;     // share of the edges over that of the picture, at least
constexpr double edges_left_slowly = 0.7;  // where the mask has not grown at once
constexpr double edges_still_left = 0.45;  // while light is changing
constexpr int color_points = 50;           // a side
constexpr int gray = 128;
constexpr int cells_a_side = 8;
constexpr double cell_touched = 0.1;  // share of its points that are masked
constexpr double cells_touched = 0.75;

const PlaneView& luma(const ChangeWatch::Evidence& evidence) {
  return evidence.frame.planes[0];
}
const PlaneView& predicted(const ChangeWatch::Evidence& evidence) {
  return evidence.predicted.planes[0];
}

// Calls visit(x, y) for points that count and have neighbours on all sides.
template <typename Visit>
void for_each_point(const ChangeWatch::Evidence& evidence, const Visit& visit) {
  const PlaneView& plane = luma(evidence);
  const int step_x = std::max(1, plane.width / points_a_side);
  const int step_y = std::max(1, plane.height / points_a_side);
  for (int y = 1; y < plane.height - 1; y += step_y)
    for (int x = 1; x < plane.width - 1; x += step_x)
      if (evidence.sensitivity.counts(x, y))
        visit(x, y);
}

// Whether a component differs at a point by the automatic threshold.
bool differs(const ChangeWatch::Evidence& evidence, int x, int y) {
  const OnlineParameters automatic;
  const ImageFormat& format = evidence.frame.format;
  for (int p = 0; p < format.planes(); p++) {
    const auto i = static_cast<std::size_t>(p);
    const int sx = p > 0 ? x >> format.chroma_shift_x : x;
    const int sy = p > 0 ? y >> format.chroma_shift_y : y;
    const float deviation = static_cast<float>(evidence.model.components[p].noise.at(sx, sy));
    const float limit = std::max(p > 0 ? automatic.chroma_floor : automatic.luma_floor,
                                 automatic.deviations * deviation * PlateModel::level_unit);
    const int residual =
        evidence.frame.planes[i].row(sy)[sx] - evidence.predicted.planes[i].row(sy)[sx];
    if (static_cast<float>(std::abs(residual)) > limit)
      return true;
  }
  return false;
}

// Share of the points that do.
double differing_points(const ChangeWatch::Evidence& evidence) {
  int points = 0;
  int count = 0;
  for_each_point(evidence, [&](int x, int y) {
    points++;
    count += differs(evidence, x, y);
  });
  return points > 0 ? static_cast<double>(count) / points : 0;
}

// Pixels that differ, by the automatic threshold where a lower one is set.
double differing(const ChangeWatch::Evidence& evidence, double pixels) {
  if (evidence.lowered <= 1)
    return evidence.foreground_ratio * pixels;
  const float limit = score_of_threshold * evidence.lowered;
  const Raster<std::uint8_t>& score = evidence.score;
  std::int64_t count = 0;
  for (int y = 0; y < score.height(); y++)
    count += std::count_if(score.row(y), score.row(y) + score.width(), [limit](std::uint8_t value) {
      return static_cast<float>(value) > limit;
    });
  return static_cast<double>(count);
}

// Their share of those that count. Scores end at some thresholds, and tell nothing beyond.
double differing_share(const ChangeWatch::Evidence& evidence) {
  if (score_of_threshold * evidence.lowered >= highest_score)
    return differing_points(evidence);
  const std::int64_t pixels = std::int64_t{evidence.score.width()} * evidence.score.height();
  const std::int64_t counted = evidence.sensitivity.counted(pixels);
  const double share = differing(evidence, static_cast<double>(pixels));
  return counted > 0 ? std::min(1.0, share / static_cast<double>(counted)) : 0;
}

struct Gradient {
  int x, y;
};

int product(Gradient a, Gradient b) {
  return a.x * b.x + a.y * b.y;
}

Gradient gradient(const PlaneView& plane, int x, int y) {
  const std::uint8_t* row = plane.row(y);
  return {row[x + 1] - row[x - 1], plane.row(y + 1)[x] - plane.row(y - 1)[x]};
}

// Of the edges of L, how many the frame has.
struct Edges {
  int all = 0;       // in the picture,
  int same = 0;      // of which so many are as strong,
  int alike = 0;     // and so many run alike;
  int masked = 0;    // where the mask is,
  int parallel = 0;  // of which so many run alike

  bool gone() const {
    return all >= least_points && same < edges_gone * all && alike < edges_still_left * all;
  }
  bool kept() const { return all >= least_lit_points && alike > edges_still_left * all; }
  bool left(double share) const { return masked >= least_lit_points && parallel > share * masked; }
};

// Directions within 37° of each other, and neither edge three times as strong as the other.
bool run_alike(Gradient a, Gradient b) {
  const double aa = product(a, a);
  const double bb = product(b, b);
  const double ab = product(a, b);
  return ab > 0 && ab * ab > 0.64 * aa * bb && bb > aa / 9 && bb < aa * 9;
}

Edges count_edges(const ChangeWatch::Evidence& evidence) {
  Edges edges;
  for_each_point(evidence, [&](int x, int y) {
    const Gradient there = gradient(predicted(evidence), x, y);
    if (std::abs(there.x) + std::abs(there.y) <= texture)
      return;
    const Gradient here = gradient(luma(evidence), x, y);
    const Gradient change{here.x - there.x, here.y - there.y};
    edges.all++;
    const bool alike = run_alike(there, here);
    edges.same += 2 * product(change, change) <= product(there, there);
    edges.alike += alike;
    if (!evidence.mask.at(x, y))
      return;
    edges.masked++;
    edges.parallel += alike;
  });
  return edges;
}

// Whether the mask is all over the picture.
bool spread(const ChangeWatch::Evidence& evidence) {
  int counts[cells_a_side * cells_a_side] = {};
  int points[cells_a_side * cells_a_side] = {};
  for_each_point(evidence, [&](int x, int y) {
    const int cell = y * cells_a_side / luma(evidence).height * cells_a_side +
                     x * cells_a_side / luma(evidence).width;
    points[cell]++;
    counts[cell] += evidence.mask.at(x, y) != 0;
  });
  int cells = 0;
  int touched = 0;
  for (int i = 0; i < cells_a_side * cells_a_side; i++) {
    cells += points[i] > 0;
    touched += points[i] > 0 && counts[i] >= cell_touched * points[i];
  }
  return touched >= cells_touched * cells;
}

double level_of(const Illumination& light) {
  return light.gain * mean_gray + light.offset;
}

// Whether an IR-cut filter has come or gone: there was colour and is none, or the other way round.
bool color_switched(const ChangeWatch::Evidence& evidence) {
  const ImageFormat& format = evidence.frame.format;
  double frame = 0;
  double plate = 0;
  int count = 0;
  for (int p = 1; p < format.planes(); p++) {
    const PlaneView& plane = evidence.frame.planes[static_cast<std::size_t>(p)];
    const Raster<std::uint16_t>& levels = evidence.model.components[p].plate;
    for (int i = 0; i < color_points; i++)
      for (int k = 0; k < color_points; k++) {
        const int y = i * plane.height / color_points;
        const int x = k * plane.width / color_points;
        frame += std::abs(plane.row(y)[x] - gray);
        plate += std::abs(levels.at(x, y) * double{PlateModel::level_unit} - gray);
        count++;
      }
  }
  const double least = colourful * count;
  return count > 0 && std::max(frame, plate) > least &&
         std::min(frame, plate) < colourless * std::max(frame, plate);
}

// Mean of the frame over that of L.
double brightening(const ChangeWatch::Evidence& evidence) {
  std::int64_t sum = 0;
  std::int64_t count = 0;
  for_each_point(evidence, [&](int x, int y) {
    sum += luma(evidence).row(y)[x] - predicted(evidence).row(y)[x];
    count++;
  });
  return count ? static_cast<double>(sum) / static_cast<double>(count) : 0;
}

}  // namespace

ChangeWatch::Verdict ChangeWatch::judge(const Evidence& evidence) {
  const double share = differing_share(evidence);
  const double level = level_of(evidence.light);
  const Verdict verdict =
      change_ == GlobalChange::none ? watch(evidence, share) : follow(evidence, share);
  const bool drifts = light_drifts(level);
  last_[1] = last_[0];
  last_[0] = share;
  seen_ = std::min(seen_ + 1, most_seen);
  if (verdict.change == GlobalChange::none && drifts)
    return {GlobalChange::light, false, verdict.relearn};
  return verdict;
}

/// No change is under way.
ChangeWatch::Verdict ChangeWatch::watch(const Evidence& evidence, double share) {
  change_ = seen_ < first_judged ? GlobalChange::none : beginning(evidence, share);
  if (change_ != GlobalChange::none) {
    brighter_ = brightening(evidence) > flash;
    frames_ = over_ = quiet_ = covered_ = 0;
    peak_ = 0;
    jumped_ = std::abs(level_of(evidence.light) - level_) > level_jump;
    return follow(evidence, share);
  }
  usual_ += (share - usual_) * std::max(usual_rate, 1.0 / (1 + seen_));
  covered_ = share > covered ? covered_ + 1 : 0;
  if (covered_ >= long_patience)
    return {GlobalChange::scene, true, true};
  return {};
}

GlobalChange ChangeWatch::beginning(const Evidence& evidence, double share) const {
  const double level = level_of(evidence.light);
  const bool jumps = std::abs(level - level_) > level_jump;
  const double rise = share - usual_;
  if (color_switched(evidence))
    return GlobalChange::light;
  if (rise < (jumps ? risen_in_jump : risen))
    return GlobalChange::none;
  const Edges edges = count_edges(evidence);
  const bool at_once = share - last_[1] > sudden;
  if (at_once && share > half_covered && edges.gone())
    return GlobalChange::scene;
  // A mask that hides few edges may as well be that of an object.
  const double limit = share - last_[1] > risen ? edges_left : edges_left_slowly;
  const bool tell = edges.masked > edges_covered * share * edges.all;
  if ((jumps && edges.kept()) || (tell && edges.left(limit)))
    return GlobalChange::light;
  if (at_once && share > covered)
    return GlobalChange::scene;
  return at_once && spread(evidence) ? GlobalChange::light : GlobalChange::none;
}

/// A change is under way.
ChangeWatch::Verdict ChangeWatch::follow(const Evidence& evidence, double share) {
  frames_++;
  const bool quiet = std::abs(share - last_[0]) < quiet_share &&
                     std::abs(level_of(evidence.light) - level_) < quiet_level;
  quiet_ = quiet ? quiet_ + 1 : 0;
  peak_ = std::max(peak_, share - usual_);
  over_ = is_explained(evidence, share) ? over_ + 1 : 0;
  if (over_ >= over_frames) {
    change_ = GlobalChange::none;
    return {};
  }
  const int patience = brighter_                        ? flash_patience
                       : change_ == GlobalChange::scene ? scene_patience
                                                        : light_patience;
  const bool settled = change_ == GlobalChange::scene || quiet_ >= quiet_frames;
  const bool stays = over_ == 0 && (frames_ >= unrest_patience || (frames_ >= patience && settled));
  return {change_, true, stays};
}

/// Whether the model explains the frame, but for what moves.
bool ChangeWatch::is_explained(const Evidence& evidence, double share) const {
  const double rise = share - usual_;
  if (color_switched(evidence))
    return false;
  if (rise < surely_explained)
    return true;
  const double tolerable = std::max({explained, explained_peak * peak_, jumped_ ? risen : 0});
  if (share > half_covered || rise > tolerable)
    return false;
  return !count_edges(evidence).left(edges_still_left);
}

/// Whether light is no longer what it was over the last seconds.
bool ChangeWatch::light_drifts(double level) {
  if (seen_ == 0)
    lasting_ = level;
  lasting_ += (level - lasting_) * lasting_rate;
  level_ = level;
  return std::abs(level - lasting_) > level_drift;
}

void ChangeWatch::save(ModelWriter& out) const {
  // What is compared with less than a byte holds may as well stop there.
  const auto byte = [](int value) { return static_cast<std::uint8_t>(std::min(value, 255)); };
  for (const double value : {usual_, last_[0], last_[1], level_, lasting_, peak_})
    out.real(value);
  out.number(static_cast<std::uint16_t>(covered_));
  out.number(static_cast<std::uint16_t>(frames_));
  out.number(static_cast<std::uint8_t>(seen_));
  out.number(byte(over_));
  out.number(byte(quiet_));
  out.number(static_cast<std::uint8_t>(change_));
  out.number(static_cast<std::uint8_t>(brighter_ | jumped_ << 1));
}

void ChangeWatch::load(ModelReader& in) {
  for (double* share : {&usual_, &last_[0], &last_[1]})
    *share = in.real(0.0, 1.0, "share of foreground");
  for (double* level : {&level_, &lasting_})
    *level = in.real(-most_level, most_level, "level of light");
  peak_ = in.real(-1.0, 1.0, "rise of foreground");
  covered_ = in.number(std::uint16_t{0}, std::uint16_t{long_patience}, "count of frames");
  frames_ = in.number(std::uint16_t{0}, std::uint16_t{unrest_patience}, "count of frames");
  seen_ = in.number<std::uint8_t>();
  over_ = in.number<std::uint8_t>();
  quiet_ = in.number<std::uint8_t>();
  change_ = static_cast<GlobalChange>(
      in.number(std::uint8_t{0}, static_cast<std::uint8_t>(GlobalChange::scene), "kind of change"));
  const std::uint8_t flags = in.number(std::uint8_t{0}, std::uint8_t{3}, "set of flags");
  brighter_ = flags & 1;
  jumped_ = flags & 2;
}

}  // namespace lowrank
